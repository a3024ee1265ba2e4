//! The introspection endpoint's answer (RFC 7662 §2.2, RFC 9701 §5). Pure.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_TYPE};

use crate::{
    error::{TokenFault, TokenFaultKind},
    json::{self, Member},
    metadata::check_json_type,
    time::UnixTime,
    transport::retry_after,
};

/// The media type of a signed answer (RFC 9701 §5).
pub(super) const SIGNED_TYPE: &str = "application/token-introspection+jwt";

/// An answer of status 200, not yet read.
#[derive(Debug)]
pub(crate) enum Answer {
    Json(String),
    Signed(Bytes),
}

/// Why an answer says nothing about the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// The end of a sentence that begins with the endpoint.
    pub(crate) why: String,
    /// The endpoint did not accept our credentials.
    pub(crate) are_credentials_refused: bool,
    /// The endpoint refused what it was asked, so that it may answer about the next token.
    pub(crate) is_of_request: bool,
    pub(crate) retry_after: Option<Duration>,
}

impl Unusable {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        let why = why.into();
        Self { why, are_credentials_refused: false, is_of_request: false, retry_after: None }
    }
}

/// The answers to a request that the endpoint does not like. Everybody who sends a token can cause them,
/// so they begin no backoff, which would hold back the tokens of all others.
const REFUSED_REQUEST: [StatusCode; 3] =
    [StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNPROCESSABLE_ENTITY];

/// Sorts an answer that came at `now`.
pub(super) fn sort(answer: &Response<Bytes>, now: UnixTime) -> Result<Answer, Unusable> {
    let status = answer.status();
    if status != StatusCode::OK {
        return Err(Unusable {
            why: format!("answers {status}"),
            are_credentials_refused: matches!(
                status,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
            ),
            is_of_request: REFUSED_REQUEST.contains(&status),
            retry_after: retry_after(answer.headers(), now),
        });
    }
    if is_signed(answer) {
        return Ok(Answer::Signed(answer.body().clone()));
    }
    check_json_type(answer.headers())
        .map_err(|came| Unusable::new(format!("answers with another type: {came}")))?;
    let text = json::document_text(answer.body());
    text.map(|text| Answer::Json(text.to_owned()))
        .map_err(|_| Unusable::new("answers with text that is not UTF-8"))
}

fn is_signed(answer: &Response<Bytes>) -> bool {
    let mut fields = answer.headers().get_all(CONTENT_TYPE).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return false };
    let essence = field.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(SIGNED_TYPE)
}

/// Values of `token_type` that access tokens have: RFC 6750's, and that of older servers.
const ACCESS_TOKEN_TYPES: [&str; 2] = ["bearer", "access_token"];
/// Values of `token_use` that access tokens have, at Ory and at Amazon.
const ACCESS_TOKEN_USES: [&str; 2] = ["access_token", "access"];
/// Values of `typ` that other tokens have at Keycloak.
const OTHER_TYPES: [&str; 3] = ["id", "refresh", "offline"];

/// Returns true if the answer says that the token is active; a fault if it says that the token is
/// not an access token that a bearer may use.
///
/// # Errors
/// The answer is not a JSON object with `active`, each member once.
pub(crate) fn is_active(answer: &str) -> Result<Result<bool, TokenFault>, Unusable> {
    let mut active = None;
    let mut fault = None;
    json::read(answer, &mut |name, value| match (name, value) {
        ("active", Member::Bool(value)) => active = Some(value),
        ("token_type", value) if !is_one_of(&value, &ACCESS_TOKEN_TYPES) => {
            fault.get_or_insert(("token_type", "Bearer"));
        }
        ("token_use", value) if !is_one_of(&value, &ACCESS_TOKEN_USES) => {
            fault.get_or_insert(("token_use", "access_token"));
        }
        ("typ", Member::Text(typ)) if is_in(&typ, &OTHER_TYPES) => {
            fault.get_or_insert(("typ", "Bearer"));
        }
        _ => {}
    })
    .map_err(|_| Unusable::new("answers with text that is not a JSON object, each member once"))?;
    let active = active.ok_or_else(|| Unusable::new("answers without a boolean `active`"))?;
    Ok(match fault {
        Some((claim, expected)) if active => {
            Err(TokenFaultKind::WrongClaimValue { claim: claim.into(), expected: expected.into() }
                .into())
        }
        _ => Ok(active),
    })
}

/// Returns true if a member is absent in all but name, or has one of the values, without case.
fn is_one_of(value: &Member<'_>, allowed: &[&str]) -> bool {
    match value {
        Member::Null => true,
        Member::Text(text) => is_in(text, allowed),
        _ => false,
    }
}

fn is_in(text: &str, values: &[&str]) -> bool {
    values.iter().any(|value| value.eq_ignore_ascii_case(text))
}

//! The token endpoint's answer (RFC 6749 §5). Pure.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};

use super::{
    error::{TokenRequestError, TokenRequestErrorKind},
    renewal::MIN_LIFETIME,
    scope_list::{distinct, scopes_in},
    token_response::{AUTHORIZATION_PREFIX, TokenResponse},
};
use crate::{
    json::{self, Member},
    metadata::check_json_type,
    scope::{MAX_SCOPES, ScopeSet, items, join_scopes},
    time::UnixTime,
    transport::retry_after,
};

/// The assumed lifetime of a token without `expires_in`: long enough to be useful, short enough
/// that few expired tokens are sent.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
/// The longest description that is kept, in bytes.
const MAX_DESCRIPTION_BYTES: usize = 256;

/// The most strings of an array of scopes that are read: four times as many as a token may have.
const MAX_LISTED: usize = 4 * MAX_SCOPES;

/// The members that are read; unknown ones are ignored (RFC 6749 §5.1).
#[derive(Debug, Default)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<f64>,
    scope: Option<String>,
    rejected_scope: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

/// Reads an answer that came at `now` to a request for the scopes `requested`.
pub(super) fn read(
    answer: &Response<Bytes>,
    requested: Option<&str>,
    now: UnixTime,
) -> Result<TokenResponse, TokenRequestError> {
    let (members, fault) = Answer::parse(answer);
    if answer.status() != StatusCode::OK {
        return Err(members.refusal(answer, now));
    }
    // Some issuers send an error with status 200.
    if members.error.is_some() && members.access_token.is_none() {
        return Err(members.refusal(answer, now));
    }
    if let Some(fault) = fault {
        return Err(malformed(fault));
    }
    match members.token_type.as_deref() {
        Some(token_type) if token_type.eq_ignore_ascii_case("bearer") => {}
        Some(_) => return Err(malformed("has a `token_type` other than Bearer")),
        None => return Err(malformed("has no `token_type`")),
    }
    let token = members.access_token.filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| malformed("has no `access_token`"))?;
    let mut authorization = HeaderValue::try_from(format!("{AUTHORIZATION_PREFIX}{token}"))
        .map_err(|_| malformed("has an `access_token` that a header cannot carry"))?;
    authorization.set_sensitive(true);
    let lifetime = match members.expires_in {
        None => DEFAULT_LIFETIME,
        Some(seconds) => Duration::try_from_secs_f64(seconds)
            .map_err(|_| malformed("has an `expires_in` that is not a number of seconds"))?,
    };
    if lifetime < MIN_LIFETIME {
        return Err(malformed("has an `expires_in` below one second: the token has expired"));
    }
    let granted = members.scope.as_deref().or(requested).unwrap_or_default();
    let scope = ScopeSet::parse(granted).map_err(|_| malformed("has more than 256 scopes"))?;
    let rejected = rejected(&scope, requested, members.rejected_scope.as_deref());
    let rejected = ScopeSet::parse(&rejected).map_err(|_| malformed("has more than 256 scopes"))?;
    Ok(TokenResponse { authorization, scope, rejected, obtained_at: now, lifetime })
}

/// Reads an answer of the revocation endpoint that came at `now` (RFC 7009 §2.2).
pub(super) fn acknowledged(
    answer: &Response<Bytes>,
    now: UnixTime,
) -> Result<(), TokenRequestError> {
    if answer.status() == StatusCode::OK {
        return Ok(());
    }
    Err(Answer::parse(answer).0.refusal(answer, now))
}

/// Returns the requested scopes that are not granted and those that the issuer lists as rejected,
/// each once.
fn rejected(granted: &ScopeSet, requested: Option<&str>, said: Option<&str>) -> String {
    let missing = items(requested.unwrap_or_default()).filter(|item| !granted.lists(item));
    distinct(missing.chain(scopes_in(said.unwrap_or_default()))).join(" ")
}

impl Answer {
    /// Reads the members that have the right type, and returns the fault of the others as the end
    /// of a sentence. `null` counts as absent.
    fn parse(answer: &Response<Bytes>) -> (Self, Option<&'static str>) {
        let mut members = Self::default();
        if check_json_type(answer.headers()).is_err() {
            return (members, Some("is not application/json"));
        }
        let mut fault = None;
        let text = std::str::from_utf8(answer.body()).unwrap_or_default();
        let read = json::read(text, &mut |name, value| {
            if let Err(wrong) = members.take(name, value) {
                fault.get_or_insert(wrong);
            }
        });
        let malformed = "is not a JSON object in which each member occurs once";
        (members, if read.is_err() { Some(malformed) } else { fault })
    }

    fn take(&mut self, name: &str, value: Member<'_>) -> Result<(), &'static str> {
        let (place, wrong) = match name {
            "access_token" => {
                (&mut self.access_token, "has an `access_token` that is not a string")
            }
            "token_type" => (&mut self.token_type, "has a `token_type` that is not a string"),
            "error" => (&mut self.error, "has an `error` that is not a string"),
            "error_description" => {
                (&mut self.description, "has an `error_description` that is not a string")
            }
            // Some issuers write the scopes as an array.
            "scope" => {
                return scopes_of(value, &mut self.scope)
                    .ok_or("has a `scope` that is not a list of strings");
            }
            "rejected_scope" => {
                return scopes_of(value, &mut self.rejected_scope)
                    .ok_or("has a `rejected_scope` that is not a list of strings");
            }
            "expires_in" => {
                self.expires_in = match value {
                    Member::Null => return Ok(()),
                    Member::Number(seconds) => Some(seconds),
                    // Some issuers write the number as a string.
                    Member::Text(text) => text.parse().ok(),
                    _ => None,
                };
                return self
                    .expires_in
                    .map(|_| ())
                    .ok_or("has an `expires_in` that is not a number");
            }
            _ => return Ok(()),
        };
        match value {
            Member::Null => Ok(()),
            Member::Text(text) => {
                *place = Some(text.into_owned());
                Ok(())
            }
            _ => Err(wrong),
        }
    }

    /// The error of an answer that is not 200.
    fn refusal(self, answer: &Response<Bytes>, now: UnixTime) -> TokenRequestError {
        let code = self.error.filter(|code| is_text(code));
        let kind = match code.as_deref() {
            Some("invalid_client") => TokenRequestErrorKind::InvalidClient,
            Some("invalid_scope") => TokenRequestErrorKind::InvalidScope {
                rejected: rejected(&ScopeSet::default(), None, self.rejected_scope.as_deref()),
            },
            Some("unauthorized_client" | "access_denied") => TokenRequestErrorKind::Denied,
            Some("invalid_target") => TokenRequestErrorKind::InvalidTarget,
            Some("invalid_request" | "unsupported_grant_type" | "invalid_grant") => {
                TokenRequestErrorKind::InvalidRequest
            }
            _ => TokenRequestErrorKind::Status(answer.status()),
        };
        let mut description = self.description.filter(|text| is_text(text)).unwrap_or_default();
        description.truncate(MAX_DESCRIPTION_BYTES);
        let retry_after = retry_after(answer.headers(), now);
        TokenRequestError::new(kind).with_description(description).with_retry_after(retry_after)
    }
}

/// Reads a list of scopes, which may be an array. Strings in it that are not scopes are left out.
fn scopes_of(value: Member<'_>, place: &mut Option<String>) -> Option<()> {
    *place = match value {
        Member::Null => None,
        Member::Text(text) => Some(text.into_owned()),
        Member::Texts(texts) => Some(join_scopes(texts.take(MAX_LISTED))),
        _ => return None,
    };
    Some(())
}

fn malformed(what: &'static str) -> TokenRequestError {
    TokenRequestErrorKind::MalformedAnswer(what).into()
}

/// Returns true if RFC 6749 §5.2 allows the text in an error or its description.
fn is_text(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

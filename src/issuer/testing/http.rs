//! Faults over HTTP, for test suites in any language.

use std::{error::Error, future::poll_fn, pin::pin};

use http::{HeaderValue, Method, Request, Response, StatusCode, header::ALLOW};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;

use super::{faults::Faults, faulty_issuer::FaultyIssuer, token_changes::TokenChanges};
use crate::issuer::{
    RequestBody,
    endpoint::poll_body,
    response::{ResponseBody, bare, document},
};

/// Answers `METHOD /testing/ACTION`.
pub(super) async fn answer(
    issuer: &FaultyIssuer,
    action: &str,
    request: Request<RequestBody>,
) -> Response<ResponseBody> {
    let (parts, body) = request.into_parts();
    let mut body = pin!(body);
    let mut read = Vec::new();
    if let Err(error) = poll_fn(|context| poll_body(body.as_mut(), &mut read, context)).await {
        return error.into_response();
    }
    let outcome = match (action, &parts.method) {
        ("faults", &Method::GET) => Ok(faults(issuer)),
        ("faults", &Method::PUT) => parse_json(&read).map(|set: Faults| {
            issuer.control.set(set);
            faults(issuer)
        }),
        ("faults", &Method::DELETE) => {
            issuer.control.set(Faults::none());
            Ok(bare(StatusCode::NO_CONTENT))
        }
        ("mint", &Method::POST) => parse_json(&read).and_then(|changes| mint(issuer, &changes)),
        ("rotate", &Method::POST) => rotate(issuer),
        ("withdraw", &Method::POST) => parse_json(&read).and_then(|which| withdraw(issuer, which)),
        ("faults", _) => Ok(method_not_allowed("GET, PUT, DELETE")),
        ("mint" | "rotate" | "withdraw", _) => Ok(method_not_allowed("POST")),
        _ => Ok(bare(StatusCode::NOT_FOUND)),
    };
    let refuse = |refused: Refused| answered(refused.status, &json!({"error": refused.why}));
    outcome.unwrap_or_else(refuse)
}

type Outcome = Result<Response<ResponseBody>, Refused>;

struct Refused {
    status: StatusCode,
    why: String,
}

/// A key or a token could not be made.
impl<E: Error> From<E> for Refused {
    fn from(error: E) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, why: error.to_string() }
    }
}

fn faults(issuer: &FaultyIssuer) -> Response<ResponseBody> {
    answered(StatusCode::OK, &issuer.control.faults())
}

fn mint(issuer: &FaultyIssuer, changes: &TokenChanges) -> Outcome {
    Ok(answered(StatusCode::OK, &json!({"access_token": issuer.mint(changes)?})))
}

fn rotate(issuer: &FaultyIssuer) -> Outcome {
    issuer.issuer.rotate()?;
    Ok(signing(issuer))
}

/// The key to withdraw; without a `kid` the one that signs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    kid: Option<String>,
}

fn withdraw(issuer: &FaultyIssuer, which: Withdrawal) -> Outcome {
    let kid = which.kid.unwrap_or_else(|| issuer.issuer.kid());
    if issuer.issuer.withdraw_key(&kid)? {
        return Ok(signing(issuer));
    }
    Err(Refused { status: StatusCode::NOT_FOUND, why: "no published key has this kid".to_owned() })
}

fn signing(issuer: &FaultyIssuer) -> Response<ResponseBody> {
    answered(StatusCode::OK, &json!({"kid": issuer.issuer.kid()}))
}

/// Parses a body as a JSON object. An empty body is an empty object.
fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let text = if body.is_empty() { b"{}" } else { body };
    let refused = |fault: serde_json::Error| Refused {
        status: StatusCode::BAD_REQUEST,
        why: fault.to_string(),
    };
    serde_json::from_slice(text).map_err(refused)
}

fn method_not_allowed(methods: &'static str) -> Response<ResponseBody> {
    let mut response = bare(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn answered(status: StatusCode, value: &impl Serialize) -> Response<ResponseBody> {
    document(status, serde_json::to_vec(value).unwrap_or_default())
}

use bytes::Bytes;
use http::{HeaderValue, header::CONTENT_TYPE, response::Parts};
use serde::Serialize;

use crate::error::{BearerError, BearerErrorKind};

/// Answers a refusal with a JSON problem document (RFC 9457): `title`, `status`, `detail`, and the
/// `error` code and `scope` of RFC 6750 §3 if the refusal has them. For `on_refusal`.
///
/// ```
/// use tower_bearer::{error::{BearerError, BearerErrorKind}, refusal::problem_details};
///
/// let (mut parts, ()) = http::Response::new(()).into_parts();
/// let body: bytes::Bytes = problem_details(&BearerErrorKind::InvalidToken.into(), &mut parts);
/// assert_eq!(parts.headers["content-type"], "application/problem+json");
/// assert!(body.starts_with(br#"{"title":"Unauthorized","status":401,"#));
/// ```
pub fn problem_details<B: From<Bytes>>(error: &BearerError, parts: &mut Parts) -> B {
    #[derive(Serialize)]
    struct Problem<'a> {
        title: &'a str,
        status: u16,
        detail: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<&'a str>,
    }
    let problem = Problem {
        title: error.status().canonical_reason().unwrap_or_default(),
        status: error.status().as_u16(),
        detail: error.description(),
        error: error.code(),
        scope: match error.kind() {
            BearerErrorKind::InsufficientScope { scope } => Some(scope),
            _ => None,
        },
    };
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    Bytes::from(serde_json::to_vec(&problem).unwrap_or_default()).into()
}

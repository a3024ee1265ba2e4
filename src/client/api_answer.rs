//! Reads the verdict of an API's answer on the token of the request (RFC 6750 §3.1). Pure.

use std::{error::Error, fmt};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::scope_list::{distinct, scopes_in};
use crate::{
    challenge::Challenge,
    scope::{Matching, Pattern, ScopeSet},
};

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// The verdict of an API on the token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenVerdict {
    /// Nothing: the token is good, or the answer has other reasons.
    Unquestioned,
    /// `invalid_token`: the token is expired, revoked, or malformed to this API.
    Invalid,
    /// `insufficient_scope`: the token is good, and does not grant what the request needs.
    InsufficientScope(InsufficientScope),
}

/// Reads the verdict on a token with the scopes `granted`. Only 401 and 403 have one: an API that
/// is down (503) says nothing about the token. gRPC's `UNAUTHENTICATED` (16) and
/// `PERMISSION_DENIED` (7) count like these.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap, granted: &ScopeSet) -> TokenVerdict {
    let error = match status {
        StatusCode::UNAUTHORIZED => "invalid_token",
        StatusCode::FORBIDDEN => "insufficient_scope",
        StatusCode::OK => match headers.get(GRPC_STATUS).map(HeaderValue::as_bytes) {
            Some(b"16") => "invalid_token",
            Some(b"7") => "insufficient_scope",
            _ => return TokenVerdict::Unquestioned,
        },
        _ => return TokenVerdict::Unquestioned,
    };
    let challenges = Challenge::from_headers(headers);
    match challenges.iter().find(|challenge| challenge.error() == Some(error)) {
        None => TokenVerdict::Unquestioned,
        Some(_) if error == "invalid_token" => TokenVerdict::Invalid,
        Some(challenge) => {
            let required = challenge.scope().unwrap_or_default();
            TokenVerdict::InsufficientScope(InsufficientScope::new(required, granted))
        }
    }
}

/// An API refused a request because the token does not grant what it needs (RFC 6750 §3.1,
/// `insufficient_scope`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InsufficientScope {
    required: ScopeSet,
    missing: ScopeSet,
}

impl InsufficientScope {
    fn new(required: &str, granted: &ScopeSet) -> Self {
        let listed = distinct(scopes_in(required));
        let is_missing = |item: &str| {
            !Pattern::parse(item).is_ok_and(|item| granted.covers(item, Matching::Patterns))
        };
        let mut missing: Vec<&str> =
            listed.iter().copied().filter(|item| is_missing(item)).collect();
        if missing.is_empty() {
            // The API does not compare scopes as patterns.
            missing.extend(listed.iter().filter(|item| !granted.lists(item)));
        }
        let set = |items: &[&str]| ScopeSet::parse(&items.join(" ")).unwrap_or_default();
        Self { required: set(&listed), missing: set(&missing) }
    }

    /// Reads the answer of an API to a request with a token of the scopes `granted`; `None` if it is
    /// not 403 with the error `insufficient_scope`.
    ///
    /// For HTTP clients that have no layer or middleware here.
    #[must_use]
    pub fn from_answer(
        status: StatusCode,
        headers: &HeaderMap,
        granted: &ScopeSet,
    ) -> Option<Self> {
        match judge(status, headers, granted) {
            TokenVerdict::InsufficientScope(error) => Some(error),
            _ => None,
        }
    }

    /// The scopes that the API requires, as its challenge lists them; empty if it does not say.
    #[must_use]
    pub const fn required(&self) -> &ScopeSet {
        &self.required
    }

    /// The required scopes that the token does not grant.
    #[must_use]
    pub const fn missing(&self) -> &ScopeSet {
        &self.missing
    }
}

impl fmt::Display for InsufficientScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token does not grant what the API requires")?;
        if self.missing.is_empty() { Ok(()) } else { write!(f, ": {}", self.missing.as_str()) }
    }
}

impl Error for InsufficientScope {}

#[cfg(test)]
mod tests {
    use http::header::WWW_AUTHENTICATE;

    use super::*;

    fn missing(granted: &str, required: &str) -> String {
        let granted = ScopeSet::parse(granted).unwrap_or_default();
        InsufficientScope::new(required, &granted).missing().as_str().to_owned()
    }

    #[test]
    fn what_a_pattern_of_the_token_covers_is_not_missing() {
        assert_eq!(missing("book:read", "book:1:read book:1:write"), "book:1:write");
        assert_eq!(missing("", "a b a"), "a b");
        assert_eq!(missing("a", "a \u{1b}[2J b\u{202e}"), "");
    }

    #[test]
    fn an_api_that_compares_byte_for_byte_is_believed() {
        assert_eq!(missing("read", "read:appointments read"), "read:appointments");
    }

    #[test]
    fn of_a_list_that_is_too_long_the_first_256_scopes_are_missing() {
        let many = (0..5_000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        let error = InsufficientScope::new(&many, &ScopeSet::default());
        assert_eq!((error.required().len(), error.missing().len()), (256, 256));
    }

    #[test]
    fn only_401_and_403_with_the_fitting_error_question_a_token() {
        let verdict = |status: u16, challenge: &'static str, grpc: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            if let Some(code) = grpc {
                headers.insert("grpc-status", HeaderValue::from_static(code));
            }
            let status = StatusCode::from_u16(status).unwrap_or_default();
            match judge(status, &headers, &ScopeSet::default()) {
                TokenVerdict::Unquestioned => "-",
                TokenVerdict::Invalid => "invalid",
                TokenVerdict::InsufficientScope(_) => "insufficient",
            }
        };
        let invalid = "Bearer error=\"invalid_token\"";
        let insufficient = "Bearer error=\"insufficient_scope\", scope=\"a\"";
        assert_eq!(verdict(401, invalid, None), "invalid");
        assert_eq!(verdict(403, insufficient, None), "insufficient");
        assert_eq!(verdict(200, invalid, Some("16")), "invalid");
        assert_eq!(verdict(200, insufficient, Some("7")), "insufficient");
        for (status, challenge, grpc) in [
            (503, invalid, None),
            (200, invalid, None),
            (200, invalid, Some("14")),
            (403, invalid, None),
            (401, insufficient, None),
            (401, "Bearer realm=\"x\"", None),
            (401, "DPoP error=\"invalid_token\"", None),
        ] {
            assert_eq!(verdict(status, challenge, grpc), "-", "{status} {challenge}");
        }
    }
}

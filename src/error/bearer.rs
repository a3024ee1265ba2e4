use std::{borrow::Cow, error::Error, fmt, time::Duration};

use http::StatusCode;

use super::TokenFault;

/// Why a request was not admitted, in the terms of RFC 6750 §3.1.
///
/// It stands in the extensions of the refused response, so that a layer outside can log or count
/// it, and is what the `on_refusal` hook of a resource server sees.
#[derive(Clone, Debug)]
pub struct BearerError {
    kind: BearerErrorKind,
    source: Option<TokenFault>,
}

/// The kinds of refusal, each with its HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BearerErrorKind {
    /// 401: the request has no bearer credential.
    MissingToken,
    /// 400 `invalid_request`: the credential is malformed, or there are two of them.
    InvalidRequest,
    /// 401 `invalid_token`: the token is not one to be trusted.
    InvalidToken,
    /// 403 `insufficient_scope`: the token is good and does not cover what the route needs.
    InsufficientScope {
        /// All scopes that the route needs, separated by spaces.
        scope: Cow<'static, str>,
    },
    /// 503: the issuer's keys cannot be had, so no token can be judged.
    KeysUnavailable {
        /// When to ask again.
        retry_after: Duration,
    },
    /// 400: a path parameter that a scope depends on is not UTF-8.
    InvalidPath,
    /// 500: the API is not set up as its routes need it; the text names the cure.
    Misconfigured {
        /// What is wrong, and what to do about it.
        cure: Cow<'static, str>,
    },
}

impl BearerError {
    /// The kind, in the terms of RFC 6750 §3.1.
    #[must_use]
    pub const fn kind(&self) -> &BearerErrorKind {
        &self.kind
    }

    /// Which check the token failed; not for the caller's eyes.
    #[must_use]
    pub const fn fault(&self) -> Option<&TokenFault> {
        self.source.as_ref()
    }

    /// The HTTP status of the refusal.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.kind {
            BearerErrorKind::MissingToken | BearerErrorKind::InvalidToken => {
                StatusCode::UNAUTHORIZED
            }
            BearerErrorKind::InvalidRequest | BearerErrorKind::InvalidPath => {
                StatusCode::BAD_REQUEST
            }
            BearerErrorKind::InsufficientScope { .. } => StatusCode::FORBIDDEN,
            BearerErrorKind::KeysUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            BearerErrorKind::Misconfigured { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The `error` code of RFC 6750 §3.1, where the refusal has one.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self.kind {
            BearerErrorKind::InvalidRequest => Some("invalid_request"),
            BearerErrorKind::InvalidToken => Some("invalid_token"),
            BearerErrorKind::InsufficientScope { .. } => Some("insufficient_scope"),
            _ => None,
        }
    }

    /// One sentence that a caller may read: it tells nothing of the token or the server's inside.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match self.kind {
            BearerErrorKind::MissingToken => "this resource needs a bearer token",
            BearerErrorKind::InvalidRequest => "the bearer credential is malformed or repeated",
            BearerErrorKind::InvalidToken => "the token is not valid here",
            BearerErrorKind::InsufficientScope { .. } => "the token does not grant what this needs",
            BearerErrorKind::KeysUnavailable { .. } => "tokens cannot be checked at the moment",
            BearerErrorKind::InvalidPath => "a path parameter is not UTF-8",
            BearerErrorKind::Misconfigured { .. } => "the server is not set up to answer this",
        }
    }
}

impl From<BearerErrorKind> for BearerError {
    fn from(kind: BearerErrorKind) -> Self {
        Self { kind, source: None }
    }
}

impl From<TokenFault> for BearerError {
    fn from(fault: TokenFault) -> Self {
        Self { kind: BearerErrorKind::InvalidToken, source: Some(fault) }
    }
}

impl fmt::Display for BearerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            BearerErrorKind::Misconfigured { cure } => f.write_str(cure),
            _ => f.write_str(self.description()),
        }
    }
}

impl Error for BearerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|fault| fault as _)
    }
}

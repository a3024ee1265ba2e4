use std::{borrow::Cow, error::Error, fmt, time::Duration};

use http::StatusCode;

use super::TokenFault;

/// The reason for refusing a request, in the terms of RFC 6750 §3.1.
///
/// It is in the extensions of the refused response, so that an outer layer can log or count it, and
/// the `on_refusal` hook of a resource server receives it.
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
    /// 401 `invalid_token`: the token failed a check.
    InvalidToken,
    /// 403 `insufficient_scope`: the token is valid but does not grant the scopes of the route.
    InsufficientScope {
        /// All scopes that the route requires, separated by spaces.
        scope: Cow<'static, str>,
    },
    /// 403: no list of operations names this one, so that no token is enough for it.
    UnlistedOperation,
    /// 400: the request does not say clearly which operation it asks for.
    UnclearOperation {
        /// What is wrong, for the caller.
        help: &'static str,
    },
    /// 503: the issuer's keys are unavailable, so tokens cannot be verified.
    KeysUnavailable {
        /// The wait before the next attempt.
        retry_after: Duration,
    },
    /// 503: the issuer's introspection endpoint is unavailable, so opaque tokens cannot be verified.
    IntrospectionUnavailable {
        /// The wait before the next attempt.
        retry_after: Duration,
    },
    /// 503: the status list of the token is unavailable, so nobody knows whether its issuer has taken
    /// the token back.
    StatusUnavailable {
        /// How long to wait before the next attempt.
        retry_after: Duration,
    },
    /// 400: a path parameter that a scope depends on is not UTF-8.
    InvalidPath,
    /// 500: the API is misconfigured.
    Misconfigured {
        /// The mistake and how to fix it.
        help: Cow<'static, str>,
    },
}

impl BearerErrorKind {
    /// The name of the kind in metrics.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::MissingToken => "missing_token",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::IntrospectionUnavailable { .. } => "introspection_unavailable",
            Self::StatusUnavailable { .. } => "status_unavailable",
            Self::UnlistedOperation => "unlisted_operation",
            Self::UnclearOperation { .. } => "unclear_operation",
            Self::InvalidPath => "invalid_path",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }
}

impl BearerError {
    /// The kind, in the terms of RFC 6750 §3.1.
    #[must_use]
    pub const fn kind(&self) -> &BearerErrorKind {
        &self.kind
    }

    /// Returns the check that the token failed. Do not show it to the caller.
    #[must_use]
    pub const fn fault(&self) -> Option<&TokenFault> {
        self.source.as_ref()
    }

    /// Returns how long the caller of a 503 should wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            BearerErrorKind::KeysUnavailable { retry_after }
            | BearerErrorKind::IntrospectionUnavailable { retry_after }
            | BearerErrorKind::StatusUnavailable { retry_after } => Some(retry_after),
            _ => None,
        }
    }

    /// The HTTP status of the refusal.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.kind {
            BearerErrorKind::MissingToken | BearerErrorKind::InvalidToken => {
                StatusCode::UNAUTHORIZED
            }
            BearerErrorKind::InvalidRequest
            | BearerErrorKind::InvalidPath
            | BearerErrorKind::UnclearOperation { .. } => StatusCode::BAD_REQUEST,
            BearerErrorKind::InsufficientScope { .. } | BearerErrorKind::UnlistedOperation => {
                StatusCode::FORBIDDEN
            }
            BearerErrorKind::KeysUnavailable { .. }
            | BearerErrorKind::IntrospectionUnavailable { .. }
            | BearerErrorKind::StatusUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            BearerErrorKind::Misconfigured { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The `error` code of RFC 6750 §3.1, if the refusal has one.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self.kind {
            BearerErrorKind::InvalidRequest => Some("invalid_request"),
            BearerErrorKind::InvalidToken => Some("invalid_token"),
            BearerErrorKind::InsufficientScope { .. } => Some("insufficient_scope"),
            _ => None,
        }
    }

    /// The reason as a constant name, for details of a gRPC status.
    #[cfg(feature = "grpc")]
    pub(crate) const fn reason(&self) -> &'static str {
        match self.kind {
            BearerErrorKind::MissingToken => "MISSING_TOKEN",
            BearerErrorKind::InvalidRequest => "INVALID_REQUEST",
            BearerErrorKind::InvalidToken => "INVALID_TOKEN",
            BearerErrorKind::InsufficientScope { .. } => "INSUFFICIENT_SCOPE",
            BearerErrorKind::UnlistedOperation => "UNLISTED_OPERATION",
            BearerErrorKind::UnclearOperation { .. } => "UNCLEAR_OPERATION",
            BearerErrorKind::KeysUnavailable { .. } => "KEYS_UNAVAILABLE",
            BearerErrorKind::IntrospectionUnavailable { .. } => "INTROSPECTION_UNAVAILABLE",
            BearerErrorKind::StatusUnavailable { .. } => "STATUS_UNAVAILABLE",
            BearerErrorKind::InvalidPath => "INVALID_PATH",
            BearerErrorKind::Misconfigured { .. } => "MISCONFIGURED",
        }
    }

    /// One sentence that a caller may read: it reveals nothing about the token or the server.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match self.kind {
            BearerErrorKind::MissingToken => "a bearer token is required",
            BearerErrorKind::InvalidRequest => "the bearer credential is malformed or repeated",
            BearerErrorKind::InvalidToken => "the token is invalid or expired",
            BearerErrorKind::InsufficientScope { .. } => "the token lacks a required scope",
            BearerErrorKind::UnlistedOperation => "the operation is not open to any token",
            BearerErrorKind::UnclearOperation { help } => help,
            BearerErrorKind::KeysUnavailable { .. }
            | BearerErrorKind::IntrospectionUnavailable { .. }
            | BearerErrorKind::StatusUnavailable { .. } => {
                "tokens cannot be verified at the moment"
            }
            BearerErrorKind::InvalidPath => "a path parameter is not UTF-8",
            BearerErrorKind::Misconfigured { .. } => "the server is misconfigured",
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
            BearerErrorKind::Misconfigured { help } => f.write_str(help),
            _ => f.write_str(self.description()),
        }
    }
}

impl Error for BearerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|fault| fault as _)
    }
}

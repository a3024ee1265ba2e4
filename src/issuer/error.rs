//! The errors of token requests (RFC 6749 §5.2).

use std::{borrow::Cow, time::Duration};

use http::StatusCode;

/// The error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 7009 §2.2.1 and RFC 8707 §2 that the endpoints
/// use, and Auth0's for an exhausted quota, for which no RFC has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    InvalidTarget,
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
    TooManyRequests,
    UnsupportedTokenType,
}

impl ErrorCode {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::TooManyRequests => "too_many_requests",
            Self::UnsupportedTokenType => "unsupported_token_type",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// The error response of a token request. The description contains nothing that the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenError {
    pub(super) code: ErrorCode,
    pub(super) description: Cow<'static, str>,
    pub(super) status: StatusCode,
    pub(super) rejected_scope: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl TokenError {
    pub(super) fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        let status = code.status();
        let description = description.into();
        Self { code, description, status, rejected_scope: None, retry_after: None }
    }

    pub(super) fn invalid_request(description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// The same error for an unknown client and for a wrong secret.
    pub(super) fn invalid_client() -> Self {
        Self::new(ErrorCode::InvalidClient, "client authentication failed")
    }

    /// The parameter `client_id` contradicts the credentials.
    pub(super) fn another_client() -> Self {
        Self::invalid_request("client_id is not the authenticated client")
    }

    pub(super) fn server_error() -> Self {
        Self::new(ErrorCode::ServerError, "no token could be made")
    }

    pub(super) fn body_too_large() -> Self {
        let error = Self::invalid_request("the request body is too large");
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, ..error }
    }

    /// The client may try again after `retry_after`.
    pub(super) fn too_many_requests(description: &'static str, retry_after: Duration) -> Self {
        let error = Self::new(ErrorCode::TooManyRequests, description);
        Self { retry_after: Some(retry_after), ..error }
    }

    /// The keys of the assertion's issuer are unavailable. The client may try again after
    /// `retry_after`.
    pub(super) fn temporarily_unavailable(retry_after: Duration) -> Self {
        let why = "the keys of the assertion's issuer cannot be fetched";
        let error = Self::new(ErrorCode::TemporarilyUnavailable, why);
        Self { retry_after: Some(retry_after), ..error }
    }

    pub(super) fn with_rejected_scope(self, rejected: String) -> Self {
        Self { rejected_scope: Some(rejected), ..self }
    }
}

/// A token request that failed.
#[derive(Debug)]
pub(super) struct TokenFailure {
    pub(super) error: TokenError,
    /// The account that the request names, for the log: authenticated or not.
    pub(super) client: Option<String>,
    /// The delay of the response.
    pub(super) delay: Duration,
}

impl TokenFailure {
    /// The failure of an authenticated client.
    pub(super) fn of_client(client: &str, error: TokenError) -> Self {
        Self { error, client: Some(client.to_owned()), delay: Duration::ZERO }
    }
}

impl From<TokenError> for TokenFailure {
    fn from(error: TokenError) -> Self {
        Self { error, client: None, delay: Duration::ZERO }
    }
}

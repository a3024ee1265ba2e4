//! The answer of a hook that denies a token.

use crate::issuer::error::{ErrorCode, TokenError};

/// A hook denies a token.
///
/// ```
/// use tower_bearer::issuer::{AccessDenied, AccessDeniedCode};
///
/// let denied = AccessDenied::new("the contract has ended")
///     .code(AccessDeniedCode::UnauthorizedClient);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDenied {
    code: AccessDeniedCode,
    reason: String,
}

/// The `error` member of the response to a denied client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessDeniedCode {
    /// `access_denied`.
    AccessDenied,
    /// `invalid_request`.
    InvalidRequest,
    /// `invalid_scope`.
    InvalidScope,
    /// `unauthorized_client`.
    UnauthorizedClient,
}

impl AccessDenied {
    /// Denies with `access_denied` and this `error_description`. Characters other than printable
    /// ASCII without `"` and `\` are left out of it.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { code: AccessDeniedCode::AccessDenied, reason: reason.into() }
    }

    /// Sets another code.
    #[must_use]
    pub fn code(self, code: AccessDeniedCode) -> Self {
        Self { code, ..self }
    }
}

impl From<AccessDenied> for TokenError {
    fn from(denial: AccessDenied) -> Self {
        let code = match denial.code {
            AccessDeniedCode::AccessDenied => ErrorCode::AccessDenied,
            AccessDeniedCode::InvalidRequest => ErrorCode::InvalidRequest,
            AccessDeniedCode::InvalidScope => ErrorCode::InvalidScope,
            AccessDeniedCode::UnauthorizedClient => ErrorCode::UnauthorizedClient,
        };
        Self::new(code, denial.reason)
    }
}

use std::{fmt, time::Duration};

use http::HeaderValue;

use crate::{scope::ScopeSet, time::UnixTime};

/// The scheme and the space before the token in an `Authorization` field (RFC 6750 §2.1).
pub(super) const AUTHORIZATION_PREFIX: &str = "Bearer ";

/// A successful answer of a token endpoint (RFC 6749 §5.1): an access token with its scope and its
/// expiry. `Debug` does not show the token.
#[derive(Clone)]
pub struct TokenResponse {
    pub(super) authorization: HeaderValue,
    pub(super) scope: ScopeSet,
    pub(super) rejected: ScopeSet,
    pub(super) obtained_at: UnixTime,
    pub(super) lifetime: Duration,
}

impl TokenResponse {
    /// The token itself, as the issuer wrote it, for uses other than an `Authorization` header.
    /// Keep it out of logs.
    #[must_use]
    pub fn secret(&self) -> &str {
        let value = self.authorization.to_str().unwrap_or_default();
        value.strip_prefix(AUTHORIZATION_PREFIX).unwrap_or_default()
    }

    /// The value of an `Authorization` field (RFC 6750 §2.1), marked as sensitive.
    #[must_use]
    pub fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// The granted scope. When the issuer omits it, the requested scope was granted (RFC 6749
    /// §5.1).
    #[must_use]
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// The scopes that were requested and not granted.
    #[must_use]
    pub const fn rejected(&self) -> &ScopeSet {
        &self.rejected
    }

    /// Returns when the token expires: 5 minutes after it arrived if the issuer does not say.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.obtained_at + self.lifetime
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("scope", &self.scope)
            .field("rejected", &self.rejected)
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

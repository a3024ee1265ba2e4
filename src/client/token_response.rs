use std::{fmt, time::Duration};

use http::HeaderValue;

use crate::{scope::ScopeSet, time::UnixTime};

/// The longest before its expiry that a token is renewed.
const MAX_MARGIN: Duration = Duration::from_secs(60);

/// An access token that an issuer granted. `Debug` does not show it.
#[derive(Clone)]
pub struct GrantedToken {
    pub(super) authorization: HeaderValue,
    pub(super) scope: ScopeSet,
    pub(super) rejected: ScopeSet,
    pub(super) obtained_at: UnixTime,
    pub(super) lifetime: Duration,
}

impl GrantedToken {
    /// The value of an `Authorization` field (RFC 6750 §2.1), marked as sensitive.
    #[must_use]
    pub fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// What is granted. When the issuer does not say, it is what was requested (RFC 6749 §5.1).
    #[must_use]
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// What was requested and is not granted.
    #[must_use]
    pub const fn rejected(&self) -> &ScopeSet {
        &self.rejected
    }

    /// When the token's time is up; 5 minutes after it came when the issuer does not say.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.obtained_at + self.lifetime
    }

    /// From here on it is renewed beside the callers: a tenth of its life before its end, a minute
    /// at most.
    pub(super) fn renew_at(&self) -> UnixTime {
        self.expires_at() - self.margin()
    }

    /// From here on it is not handed out, for it could expire on its way.
    pub(super) fn usable_until(&self) -> UnixTime {
        self.expires_at() - self.margin() / 4
    }

    fn margin(&self) -> Duration {
        (self.lifetime / 10).min(MAX_MARGIN)
    }
}

impl fmt::Debug for GrantedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantedToken")
            .field("scope", &self.scope)
            .field("rejected", &self.rejected)
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
    }
}

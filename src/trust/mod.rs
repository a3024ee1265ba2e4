//! Judges bearer credentials: the bytes of a credential in, an
//! [`AccessToken`](crate::token::AccessToken) or a refusal out. It knows neither tower nor HTTP, so
//! that a layer, a gRPC interceptor and a forward-auth server can share it.
//!
//! [`Authenticator::authenticate`] runs, in this order:
//!
//! 1. **cache**: a token that was verified lately is admitted if its [`CacheEntry`] is still valid;
//! 2. **introspection**: an opaque token takes another way, with the same checks of claims at its end
//!    (`opaque`); the others go on;
//! 3. **parse**: the form of the token;
//! 4. **precheck**: the issuer by its `iss`, then every check that needs no key;
//! 5. **keys**: lookup by `kid` ([`key_search`]); if a fetch must decide, the [`PendingToken`] waits
//!    for it and goes on from here, so that nothing is parsed or checked twice;
//! 6. **verify**: the signature and the checks that follow it, then the denylist;
//! 7. **status**: whether the issuer has taken the token back ([`status`]); if a fetch of a list must
//!    decide, the token waits once more. Only now it enters the cache.
//!
//! [`CacheEntry`]: cache::CacheEntry

mod admit;
mod authenticate;
mod b64token;
mod cache;
#[cfg(feature = "introspection")]
mod introspected;
mod issuers;
mod key_search;
#[cfg(feature = "introspection")]
mod opaque;
mod pending;
mod refusal_log;
mod resolver;
#[cfg(feature = "status-list")]
mod status;
#[cfg(not(feature = "status-list"))]
#[path = "no_status.rs"]
mod status;

#[cfg(feature = "issuer")]
pub(crate) use self::issuers::IssuerState;
#[cfg(feature = "introspection")]
pub(crate) use self::opaque::{OpaqueTokens, check_introspection};
pub(crate) use self::{
    authenticate::{Authentication, Authenticator},
    cache::TokenCache,
    issuers::IssuerContext,
    pending::Pending,
    refusal_log::RefusalLog,
    resolver::{ResolveIssuer, Resolver},
};
pub use self::{cache::MIN_CACHE_BYTES, issuers::TrustedIssuer};

//! Judges bearer credentials: the bytes of a credential in, an
//! [`AccessToken`](crate::token::AccessToken) or a refusal out. It knows neither tower nor HTTP, so
//! that a layer, a gRPC interceptor and a forward-auth server can share it.
//!
//! [`Authenticator::authenticate`] runs, in this order:
//!
//! 1. **cache**: a token that was verified lately is admitted if its [`CacheEntry`] is still valid;
//! 2. **parse**: the form of the token;
//! 3. **precheck**: the issuer by its `iss`, then every check that needs no key;
//! 4. **keys**: lookup by `kid` ([`key_search`]); if a fetch must decide, the [`PendingToken`] waits
//!    for it and goes on from here, so that nothing is parsed or checked twice;
//! 5. **verify**: the signature and the checks that follow it, the denylist last. Only now the token
//!    enters the cache.
//!
//! [`CacheEntry`]: cache::CacheEntry

mod authenticate;
mod b64token;
mod cache;
mod issuers;
mod key_search;
mod refusal_log;
mod resolver;

pub(crate) use self::{
    authenticate::{Authentication, Authenticator},
    cache::TokenCache,
    issuers::{IssuerContext, IssuerState},
    key_search::PendingToken,
    refusal_log::RefusalLog,
    resolver::{ResolveIssuer, Resolver},
};
pub use self::{cache::MIN_CACHE_BYTES, issuers::TrustedIssuer};

//! Opaque tokens: asks the issuer's introspection endpoint about them (RFC 7662).
//!
//! An opaque token says nothing by itself; the issuer states whether it is active, and its claims.
//! They pass the same checks as the claims of a JWT, and the
//! [`AccessToken`](crate::AccessToken) is used in the same way: by
//! [`RequireScope`](struct@crate::RequireScope), extractors and
//! [`claims`](crate::AccessToken::claims).
//!
//! ```
//! use tower_bearer::{
//!     ResourceServer,
//!     introspection::{ClientCredentials, Introspection, SecretSource},
//! };
//!
//! # let secret = tower_bearer::secret::Secret::new("secret");
//! // The API is a client of the issuer; SecretSource::env and ::file read its secret.
//! let credentials = ClientCredentials::new("announcements-api", SecretSource::from(secret));
//! let api = ResourceServer::discover("https://issuer.example", "urn:announcements")
//!     .introspection(Introspection::discover(credentials))
//!     .build()?;
//! # Ok::<(), tower_bearer::error::ConfigError>(())
//! ```
//!
//! # Which tokens are introspected
//!
//! An API has one introspection endpoint at most, and each token goes one way:
//!
//! | setting | a token of three parts, as JWTs are | any other token |
//! |---|---|---|
//! | none | verified as a JWT | refused |
//! | `introspection(..)` | verified as a JWT, never introspected | introspected |
//! | `introspection(..)` with [`every_token`](Introspection::every_token) | introspected | introspected |
//!
//! # What is cached, and for how long
//!
//! The key of an entry is the SHA-256 of a token, never the token.
//!
//! | verdict | cached | entries |
//! |---|---|---|
//! | active | 30 seconds ([`cache_for`](Introspection::cache_for)), never beyond `exp` | [`MAX_ACTIVE_TOKENS`] |
//! | refused | 10 seconds ([`cache_refusals_for`](Introspection::cache_refusals_for)) | [`MAX_REFUSED_TOKENS`] of their own: junk evicts no good token |
//!
//! **A token that is revoked at the issuer is admitted until its entry ends.** One that
//! [`deny`](crate::ResourceServer::deny) names is refused at once.
//!
//! # Load and outages
//!
//! All requests with one token share one request to the endpoint, which goes on when they are
//! cancelled. At most 64 are in flight ([`max_in_flight`](Introspection::max_in_flight)): half of
//! them are for tokens that were active lately, half for all others, so that a flood of junk tokens
//! delays no caller that is known. 1,024 tokens of each kind wait in line; more are answered 503.
//!
//! When the endpoint fails (no answer within 5 seconds, an error status, an answer that is not
//! well-formed, refused credentials), the request is answered 503 with `Retry-After`, and the
//! endpoint is left alone for a backoff of a second, doubling up to a minute. The backoff after
//! tokens that are not known does not hold known ones back. An endpoint that refuses the request
//! itself (400, 413 or 422), which a malformed token may cause, is not left alone. With
//! [`stale_if_error`](Introspection::stale_if_error) a token that was active is admitted for that
//! time longer; the default is not at all.

mod answer;
mod asker;
mod flight;
mod introspector;
mod settings;
mod state;
mod store;
mod verdict;

pub(crate) use self::{
    answer::{Answer, Unusable, is_active},
    flight::VerdictFuture,
    introspector::{Introspector, Lookup},
    settings::Policy,
    verdict::{Judge, JudgeFuture, Outcome, Verdict},
};
pub use self::{
    settings::Introspection,
    state::{MAX_ACTIVE_TOKENS, MAX_REFUSED_TOKENS},
};
pub use crate::credentials::{
    AssertionSigner, AssertionSource, ClientAuthentication, ClientCredentials, SecretSource,
};

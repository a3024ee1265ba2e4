//! A token issuer: client credentials in, signed access tokens out (RFC 6749 §4.4).
//!
//! It is for tests, for development and for small production. The model is small: an
//! [`Application`] is what tokens are for, an [`Account`] is who gets them, and the account's rules
//! say for which scopes. What a client asks for beyond them is left out of its token and named in
//! `rejected_scope`.
//!
//! ```
//! use tower_bearer::{
//!     algorithm::Algorithm,
//!     issuer::{Account, Application, TokenIssuer},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = TokenIssuer::builder("https://issuer.example".parse()?)
//!     .algorithm(Algorithm::ES256)
//!     .application(
//!         Application::new("display")
//!             .audience("https://display.example")
//!             .resource("announce", ["create", "read", "update", "delete"]),
//!     )
//!     .build()?;
//!
//! let outsourcer = Account::new("outsourcer-a").allow("display", "announce:*:read");
//! let credentials = issuer.create_account(outsourcer)?; // shows the secret, this once
//!
//! // let app = axum::Router::new().fallback_service(issuer);
//! # assert_eq!(credentials.client_id, "outsourcer-a");
//! # Ok(())
//! # }
//! ```
//!
//! In a test, [`TokenIssuer::on_loopback`] listens on a port of its own, and
//! [`TokenIssuer::token`] mints any token, right or wrong; with the feature `testing` an issuer breaks
//! down on demand, for test suites in any language.
//!
//! A client proves who it is by its secret, in the `Authorization` field (Basic) or in the form or JSON
//! body, or by an assertion that it signs ([`Account::public_keys`]). [`Quota`] limits how much it may
//! ask for.
//!
//! The answer to wrong credentials is held back the longer, the more of them there were for a client
//! id, on tokio's timer; right ones are answered at once, so that nobody can lock an account.
//!
//! # Errors
//!
//! Refusals are those of RFC 6749 §5.2 in every [`Profile`]: JSON with `error` and
//! `error_description`. Where Auth0 answers otherwise:
//!
//! | | here | Auth0 |
//! |---|---|---|
//! | an unknown `audience` | 400 `invalid_target` (RFC 8707 §2) | 403 `access_denied`, "Service not found: ..." |
//! | an `audience` without a grant | 400 `invalid_target` | 403 `access_denied`, "Client is not authorized to access ..." |
//! | a quota that is used up | 429 `too_many_requests`, `Retry-After` | the same |
//!
//! # Keys
//!
//! The key that signs is in memory, or in a [`KeyStore`] across restarts. It is replaced
//! [on a schedule](TokenIssuerBuilder::rotate_every) or [by command](TokenIssuer::schedule_rotation); the
//! next one is published [`PUBLISH_LEAD_TIME`] of its first use, the last one until its tokens have
//! ended. [`TokenIssuer::withdraw_key`] is for the day when a key is no secret any more.
//!
//! # Configuration
//!
//! A configuration need not hold a secret: an [`Account`] can have its [`SecretHash`]. Rules are
//! scopes, or words ([`Rule`]). [`TokenIssuer::reconfigure`] replaces it all while requests are
//! answered.
//!
//! What it does not do: it keeps nothing on disk but its keys, knows no users, and cannot take a
//! token back before its `exp`.

mod builder;
mod client_auth;
mod configuration;
mod endpoint;
mod error;
mod form;
mod grant;
mod hooks;
mod identity;
mod keys;
mod model;
mod response;
mod running_issuer;
mod serve;
mod shared;
#[cfg(feature = "testing")]
pub mod testing;
mod token_builder;
mod token_id;
mod token_issuer;

pub use self::{
    builder::{Loopback, TokenIssuerBuilder},
    client_auth::assertion::MAX_ASSERTION_LIFETIME,
    endpoint::{MAX_BODY_BYTES, ResponseFuture},
    hooks::{AccessDenied, AccessDeniedCode, CredentialsExchange, TokenModifications},
    keys::{KeyStore, PUBLISH_LEAD_TIME, PublishedKey, PublishedKeyState, RotationError},
    model::{
        account::{Account, Credentials},
        application::Application,
        grant_policy::{EmptyGrant, ExcessScope, GrantPolicy, MissingScope},
        lifetime::{DEFAULT_LIFETIME, MAX_LIFETIME},
        profile::Profile,
        quota::Quota,
        resolve::{MAX_KEY_BYTES, MAX_SECRETS},
        rule::Rule,
        secret_hash::{MAX_SECRET_CHARS, MIN_SECRET_CHARS, SecretHash, SecretHashError},
    },
    response::ResponseBody,
    running_issuer::{RunningIssuer, StartError},
    serve::{RequestBody, Server, ServerLimits},
    token_builder::TokenBuilder,
    token_issuer::TokenIssuer,
};

//! A token issuer: client credentials in, signed access tokens out (RFC 6749 §4.4).
//!
//! It is for tests, for development and for small production. Tokens are issued to an [`Account`]
//! for an [`Application`], and the account's rules allow scopes. Requested scopes that the rules do
//! not allow are left out of the token and listed in `rejected_scope`.
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
//! # Tests
//!
//! [`TokenIssuer::on_loopback`] listens on a port of its own, and [`TokenIssuer::token`] makes any
//! token, valid or not. With the feature `testing`, `TokenIssuerBuilder::start_testing` runs an issuer
//! with faults on demand: outages, hanging requests, 429, flapping keys, a wrong clock and spoiled
//! tokens, from Rust and, over HTTP, from test suites in any language (`docs/testing.md`).
//!
//! # Clients
//!
//! A client authenticates by its secret, in the `Authorization` header (Basic) or in the form or JSON
//! body, or by an assertion that it signs ([`Account::public_keys`]). A pod or a job needs neither: its
//! platform's token is its credential, where that platform is a trusted [`WorkloadIssuer`]. [`Quota`]
//! limits how much a client may ask for.
//!
//! After five failures for a client id, the answers to wrong credentials are delayed by 100 ms to 5
//! seconds, on tokio's timer. Correct credentials are answered at once, so that nobody can lock an
//! account.
//!
//! # Serving
//!
//! A [`TokenIssuer`] is a tower `Service`: mount it in a router, or serve it by a [`Server`], which
//! bounds connections, times and memory.
//!
//! # Errors
//!
//! Error responses are those of RFC 6749 §5.2 in every [`Profile`]: JSON with `error` and
//! `error_description`. The differences from Auth0:
//!
//! | | here | Auth0 |
//! |---|---|---|
//! | an unknown `audience` | 400 `invalid_target` (RFC 8707 §2) | 403 `access_denied`, "Service not found: ..." |
//! | an `audience` without a grant | 400 `invalid_target` | 403 `access_denied`, "Client is not authorized to access ..." |
//! | an exhausted quota | 429 `too_many_requests`, `Retry-After` | the same |
//!
//! # Keys
//!
//! The key that signs is in memory, or in a [`KeyStore`] across restarts. It is replaced
//! [on a schedule](TokenIssuerBuilder::rotate_every) or [by command](TokenIssuer::schedule_rotation); the
//! next one is published [`PUBLISH_LEAD_TIME`] before its first use, the last one until its tokens have
//! expired. Call [`TokenIssuer::withdraw_key`] when a key has been compromised.
//!
//! # Configuration
//!
//! A configuration need not contain secrets: an [`Account`] can have a [`SecretHash`]. Rules are
//! scopes, or words ([`Rule`]). [`TokenIssuer::reconfigure`] replaces the configuration while requests
//! are answered.
//!
//! # Taking access back
//!
//! Each token of the default profile has an index in a *status list*, which the issuer signs and
//! publishes. A token is taken back when its account is [deleted](TokenIssuer::delete_account), when a
//! [new configuration](TokenIssuer::reconfigure) does not grant it any more, by
//! [command](TokenIssuer::revoke), or by its client at the revocation endpoint (RFC 7009). APIs that
//! read the list refuse it within the list's
//! [`ttl`](TokenIssuerBuilder::status_list_ttl). With a [`KeyStore`] all of this survives restarts, and
//! several processes share it.
//!
//! It does not store anything on disk but its keys and what it has taken back, and has no users.

mod blocking;
mod builder;
mod client_auth;
mod configuration;
mod endpoint;
mod error;
mod form;
mod grant;
mod hold_back;
mod hooks;
mod identity;
mod issued_token;
mod keys;
mod model;
mod response;
mod revocation;
mod running_issuer;
mod serve;
mod shared;
#[cfg(feature = "testing")]
pub mod testing;
mod token_builder;
mod token_id;
mod token_issuer;
mod workload;

pub use self::{
    builder::{Loopback, TokenIssuerBuilder},
    client_auth::assertion::MAX_ASSERTION_LIFETIME,
    configuration::{DEFAULT_STATUS_LIST_TTL, MAX_STATUS_LIST_TTL},
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
    revocation::{Revocation, RevocationError},
    running_issuer::{RunningIssuer, StartError},
    serve::{RequestBody, Server, ServerLimits},
    token_builder::TokenBuilder,
    token_issuer::TokenIssuer,
    workload::{
        issuer::{ReplayRule, WorkloadIssuer},
        rule::WorkloadRule,
    },
};

//! Bearer-token authorization for tower, axum and hyper: access tokens are checked against an
//! issuer's rotating keys, and routes say which scopes they need.
//!
//! ```
//! # #[cfg(all(feature = "axum", feature = "reqwest"))]
//! # fn app() -> Result<axum::Router, Box<dyn std::error::Error>> {
//! use axum::{Router, routing::get};
//! use tower_bearer::{Audience, Issuer, RequireScope, ResourceServer};
//!
//! async fn list(RequireScope(token): RequireScope!["announce:read"]) -> String {
//!     format!("hello, {}", token.client_id().unwrap_or("somebody"))
//! }
//!
//! let issuer = Issuer::new("https://issuer.example")?;
//! let audience = Audience::new("https://api.example/announcements")?;
//! let api = ResourceServer::discover(issuer, audience).build()?;
//! let app = Router::new()
//!     .route("/revenue", get(|| async { "42" }))
//!     .route_layer(RequireScope("revenue:read"))
//!     .route("/announcements", get(list))
//!     .layer(api.layer());
//! # Ok(app)
//! # }
//! ```
//!
//! A call without a token is answered 401, one whose token lacks the scope 403, each with the
//! challenge of RFC 6750; while the issuer's keys cannot be had, 503 with `Retry-After`.
//!
//! **Scopes are patterns here**: `announce:read` is granted by `announce:*:read`, `announce` and
//! `*`. If your issuer does not speak this language, choose [`Matching::Exact`](scope::Matching).
//!
//! | to | see |
//! |---|---|
//! | guard a service | [`ResourceServer`], [`server`] |
//! | say what a route needs | [`RequireScope`](struct@RequireScope), [`require`] |
//! | describe a server in a file | [`config`] |
//! | know how scopes are compared | [`mod@scope`] |
//! | know how keys are kept | [`jwks`] |
//! | check a token without any server | [`verify`] |
//! | read what a refused caller is told | [`challenge`], [`error`], [`refusal`] |
//! | issue tokens (feature `issuer`) | `issuer` |
//! | get tokens (feature `client`) | `client` |
//! | keep handlers written for jsonwebtoken (feature `jsonwebtoken`) | `interop` |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod algorithm;
mod base64url;
pub mod challenge;
pub mod claims;
#[cfg(feature = "client")]
pub mod client;
pub mod config;
pub mod error;
#[cfg(feature = "jsonwebtoken")]
pub mod interop;
#[cfg(feature = "issuer")]
pub mod issuer;
mod json;
pub mod jwks;
mod jwt;
pub mod key;
pub mod metadata;
mod refresh;
pub mod refusal;
pub mod require;
pub mod scope;
#[cfg(any(feature = "client", feature = "issuer"))]
pub mod secret;
pub mod server;
pub mod time;
pub mod token;
pub mod transport;
mod trust;
pub mod verify;

#[doc(inline)]
pub use self::{
    claims::{Audience, Issuer},
    require::RequireScope,
    server::ResourceServer,
    token::AccessToken,
};

#[cfg(all(doctest, feature = "axum", feature = "reqwest"))]
#[doc = include_str!("../README.md")]
mod readme {}

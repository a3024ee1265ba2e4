//! A route's requirement in the API's OpenAPI document: the same words check each request and
//! describe the operation, so that document and server cannot differ.
//!
//! With `utoipa` (feature `utoipa`):
//!
//! ```
//! # #[cfg(all(feature = "utoipa", feature = "reqwest"))]
//! # fn app() -> Result<(), Box<dyn std::error::Error>> {
//! use tower_bearer::{
//!     Issuer, ResourceServer,
//!     openapi::{SecurityScheme, utoipa::{add_scheme, guarded, requires}},
//! };
//! use utoipa_axum::{router::OpenApiRouter, routes};
//!
//! #[utoipa::path(get, path = "/announcements", responses((status = 200)))]
//! async fn list() {}
//!
//! #[utoipa::path(get, path = "/health", responses((status = 200)))]
//! async fn health() {}
//!
//! let issuer = Issuer::new("https://issuer.example")?;
//! let api = ResourceServer::discover(issuer.clone(), "https://display.example").build()?;
//! let private = OpenApiRouter::new().routes(requires("announce:read", routes!(list)));
//! let (app, mut document) = guarded(api.layer(), private)
//!     .routes(routes!(health)) // after `guarded`: open to everybody
//!     .split_for_parts();
//! add_scheme(&mut document, &SecurityScheme::discover(&issuer)?);
//! # let _: axum::Router = app;
//! # Ok(())
//! # }
//! # #[cfg(all(feature = "utoipa", feature = "reqwest"))] app().unwrap();
//! ```
//!
//! The module [`aide`] has the same three functions for that crate, and describes the extractor
//! [`RequireScope!`](macro@crate::RequireScope) by itself.
//!
//! # What a document says
//!
//! | the route needs | `security` of its operation |
//! |---|---|
//! | nothing: it is outside `guarded` | absent |
//! | a token, whatever its scopes | `[{"oauth2": []}]` |
//! | `"announce:read"` | `[{"oauth2": ["announce:read"]}]` |
//! | `"announce:read revenue:read"`, both | `[{"oauth2": ["announce:read", "revenue:read"]}]` |
//! | `any_of(["announce:read", "admin"])`, one | `[{"oauth2": ["announce:read"]}, {"oauth2": ["admin"]}]` |
//! | a token or none (an optional layer) | `[{}, {"oauth2": []}]` |
//! | `"book:{id}:read"`, a template | `[{"oauth2": ["book:{id}:read"]}]`, as it is written |
//!
//! Requirements add up: a security requirement that an operation has already is needed as well. Each
//! guarded operation gets the responses 401 and 503, and 403 if it needs a scope; a response that you
//! described yourself stays.
//!
//! # What it does not describe
//!
//! - Wildcards: a token with `announce:*:read` passes a route that needs `announce:1:read`, and the
//!   document names only what the route needs.
//! - 400 for a malformed credential, 500 for a misconfigured API, and the bodies of refusals.
//! - A requirement that is malformed: the layer answers 500 to everybody, and the document asks for a
//!   token.

#[cfg(feature = "aide")]
pub mod aide;
mod responses;
mod scheme;
mod security;
#[cfg(feature = "utoipa")]
pub mod utoipa;

pub use self::{scheme::SecurityScheme, security::SCHEME_NAME};

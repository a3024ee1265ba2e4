//! Protects axum, hyper and other tower services with OAuth 2.0 access tokens: JWTs verified against
//! the issuer's published keys, required scopes (with wildcards) checked at compile time, and a key
//! cache that survives rotations and outages of the issuer.
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
//! let issuer = Issuer::new("https://issuer.example")?; // exactly the `iss` of its tokens
//! let audience = Audience::new("https://display.example")?; // this API, as tokens name it
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
//! **Warning: scopes are patterns by default. A token with the scope `read` passes
//! `RequireScope("read:appointments")`.** If your issuer's scopes are plain strings, as most
//! issuers' are, add [`.matching(Matching::Exact)`](scope::Matching) to compare them byte for byte.
//!
//! # The flow of a request
//!
//! ```text
//!                 ┌───────────────┐      ┌────────────────┐
//!   request ────▶ │  api.layer()  │ ───▶ │  RequireScope  │ ───▶ handler
//!                 └───────┬───────┘      └───────┬────────┘
//!  no token ───── 401 ◀───┤                      ├───▶ 403 ──── the token lacks the scope
//!  invalid token  401 ◀───┤                      └───▶ 500 ──── no layer outside: the log says so
//!  two tokens ─── 400 ◀───┤
//!  no keys ────── 503 ◀───┤
//!                         │ reads a snapshot
//!                 ┌───────┴───────┐   refreshed in the background
//!                 │  issuer keys  │ ◀──────────────────────────── issuer: metadata, JWK Set
//!                 └───────────────┘
//! ```
//!
//! # What it checks
//!
//! - The signature: a key that the trusted issuer publishes, and an asymmetric algorithm that you
//!   allow. In the header, `alg`, `typ` and `crit`.
//! - `iss`, exactly; `aud`, against your audience or your rule; `exp` (required), `nbf` and `iat`,
//!   with 30 s of leeway.
//! - That it is an access token: ID tokens and sender-constrained tokens are refused.
//! - The scopes of the route, by [`RequireScope`](struct@RequireScope).
//! - The shape of everything that it reads: strict base64url and JSON, no duplicate members,
//!   bounded sizes.
//!
//! # What it does not check
//!
//! - Whether the token was revoked: a JWT is valid until its `exp`, unless you [deny](denylist) it
//!   here, set `check_status` (feature `status-list`), or have
//!   [every token introspected](introspection). Keep lifetimes short.
//! - Who presents the token: a bearer token is valid for anyone who holds it. Tokens bound by DPoP or mTLS
//!   are refused, not checked.
//! - How often a client calls, or how slowly it sends: put rate and time limits in front.
//! - Your own claims: read them with [`AccessToken::claims`].
//!
//! # Order of layers
//!
//! The bearer layer must be *outside* `RequireScope`. With axum the layer added **last** is the
//! outermost: call `.layer(api.layer())` after the routes and their `.route_layer(RequireScope(..))`.
//! With `tower::ServiceBuilder` the layer added **first** is the outermost.
//!
//! # Where to look
//!
//! | to | see |
//! |---|---|
//! | guard a service | [`ResourceServer`], [`server`] |
//! | require scopes for a route | [`RequireScope`](struct@RequireScope), [`require`] |
//! | know how scopes are compared | [`mod@scope`] |
//! | know how keys are kept | [`jwks`] |
//! | refuse a token before it expires | [`denylist`] |
//! | admit opaque tokens (feature `introspection`) | [`introspection`] |
//! | verify a token without a server | [`verify`] |
//! | read challenges and errors | [`challenge`], [`error`], [`refusal`] |
//! | guard a gRPC server (feature `grpc`) | [`grpc`] |
//! | guard an MCP server (feature `mcp`) | [`mcp`] |
//! | issue tokens (feature `issuer`) | [`issuer`] |
//! | get tokens (feature `client`) | [`client`] |
//! | describe what routes need (features `utoipa`, `aide`) | [`openapi`] |
//! | copy a recipe: Auth0, Entra ID, Keycloak, tenants, tests | [cookbook](_docs::cookbook) |
//! | find out why a request was refused | [cookbook](_docs::cookbook#why-was-my-request-rejected) |
//! | test a handler without a network | [cookbook](_docs::cookbook#test-a-handler) |
//! | run it: alerts, rotation, outages, emergencies | [operations](_docs::operations) |
//! | know the reasons behind the decisions | [design](_docs::design) |
//! | choose between this and other crates | [comparison](_docs::compare) |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `axum` | yes | extractors, [`problem_details`](server::ResourceServerBuilder::problem_details) |
//! | `reqwest` | yes | the HTTP transport over rustls; without it, bring a [`Transport`](transport::Transport) |
//! | `client` | | [`client`]: a token client, cached and renewed |
//! | `introspection` | | [`introspection`]: opaque tokens, by the issuer's introspection endpoint |
//! | `reqwest-middleware` | | the token client as a middleware of that crate |
//! | `metrics` | | counters and histograms of [`mod@metrics`], by the facade of that name |
//! | `utoipa`, `aide` | | [`openapi`]: a route's requirement in the OpenAPI document of either crate |
//! | `grpc` | | [`grpc`]: statuses of gRPC, and scopes by method |
//! | `mcp` | | [`mcp`]: scopes by tool, resource and prompt of an MCP server |
//! | `jsonwebtoken` | | [`interop`]: conversions from and to that crate's types |
//! | `status-list` | | [`status`]: access that is taken back before a token expires |
//! | `issuer` | | [`issuer`]: a token issuer for tests, development and small production |
//! | `full` | | all of the above: 157 crates in the build (`cargo tree`), where the default features have 107 |
//! | `testing` | | [`issuer::testing`]: the issuer with faults on demand |
//! | `cli` | | the program `tower-bearer`; nothing in the library |
//!
//! # Words
//!
//! | word | meaning |
//! |---|---|
//! | issuer | the server that signs tokens: [`Issuer`] is its `iss`, `TokenIssuer` ours |
//! | audience | the API that a token is for: its `aud` |
//! | resource server | the API that admits tokens (RFC 6749 §1.1) |
//! | bearer token | a token that is valid for anyone who presents it (RFC 6750) |
//! | access token | a token for an API; an [`AccessToken`] exists only if it was verified |
//! | scope | a permission that a token grants; here a pattern, see [`mod@scope`] |
//! | JWK Set, key id (`kid`) | the issuer's published keys, and the name of one |
//! | challenge | the `WWW-Authenticate` header of a 400, 401 or 403 |
//! | stale keys | keys past their lifetime that are still used in an outage |
//! | expired keys | keys past that period; they are no longer used |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod algorithm;
pub mod challenge;
pub mod claims;
#[cfg(feature = "client")]
pub mod client;
pub mod config;
#[cfg(any(feature = "client", feature = "introspection"))]
mod credentials;
pub mod denylist;
pub mod error;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(feature = "jsonwebtoken")]
pub mod interop;
#[cfg(feature = "introspection")]
pub mod introspection;
#[cfg(feature = "issuer")]
pub mod issuer;
mod json;
pub mod jwks;
mod jwt;
pub mod key;
#[cfg(feature = "mcp")]
pub mod mcp;
pub mod metadata;
pub mod metrics;
#[cfg(any(feature = "utoipa", feature = "aide"))]
pub mod openapi;
mod refresh;
pub mod refusal;
pub mod require;
pub mod scope;
#[cfg(any(feature = "client", feature = "introspection", feature = "issuer"))]
pub mod secret;
pub mod server;
#[cfg(feature = "status-list")]
pub mod status;
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

/// Longer documentation: guides, without code to call.
#[cfg(all(
    doc,
    feature = "axum",
    feature = "client",
    feature = "reqwest",
    feature = "metrics",
    feature = "testing",
    feature = "utoipa"
))]
pub mod _docs {
    #[doc = include_str!("../docs/cookbook.md")]
    pub mod cookbook {}

    #[doc = include_str!("../docs/operations.md")]
    pub mod operations {}

    #[doc = include_str!("../docs/design.md")]
    pub mod design {}

    #[doc = include_str!("../docs/compare.md")]
    pub mod compare {}
}

#[cfg(all(doctest, feature = "axum", feature = "reqwest"))]
#[doc = include_str!("../README.md")]
mod readme {}

//! gRPC: scopes by method, for tonic and every other server of gRPC that is a tower service.
//!
//! The layer of a [`ResourceServer`](crate::server::ResourceServer) guards a gRPC server as it is:
//! it is given to `tonic::transport::Server::layer`. With
//! [`grpc_statuses`](crate::server::ResourceServerBuilder::grpc_statuses) it answers in gRPC's own
//! terms, and [`MethodScopes`] inside it says what each method requires:
//!
//! ```
//! use tower::ServiceBuilder;
//! use tower_bearer::{ResourceServer, grpc::MethodScopes};
//!
//! let api = ResourceServer::discover("https://issuer.example", "urn:api:announcements")
//!     .grpc_statuses()
//!     .build()?;
//! let methods = MethodScopes::new()
//!     .require("/announce.v1.Announcements/Create", "announce:create")
//!     .require("/announce.v1.Announcements/*", "announce:read")
//!     .open("/grpc.health.v1.Health/*")
//!     .build()?;
//! // `optional`, so that calls without a token reach the methods that are open. All others need one.
//! let layer = ServiceBuilder::new().layer(api.layer().optional()).layer(methods);
//! // tonic::transport::Server::builder().layer(layer).add_service(..)
//! # drop(layer.service(tower::service_fn(|_: http::Request<()>| async {
//! #     Ok::<_, std::convert::Infallible>(http::Response::new(()))
//! # })));
//! # Ok::<(), tower_bearer::error::ConfigError>(())
//! ```
//!
//! | refusal | status | details (`google.rpc.ErrorInfo`) |
//! |---|---|---|
//! | no token, a malformed credential, a bad token | 16 `UNAUTHENTICATED` | `MISSING_TOKEN`, `INVALID_REQUEST`, `INVALID_TOKEN` |
//! | the token lacks a scope | 7 `PERMISSION_DENIED` | `INSUFFICIENT_SCOPE`, with `scope` in its metadata |
//! | the method is not on the list | 7 `PERMISSION_DENIED` | `UNLISTED_OPERATION` |
//! | the issuer's keys are unavailable | 14 `UNAVAILABLE` | `KEYS_UNAVAILABLE`, and `google.rpc.RetryInfo` |
//! | the server is misconfigured | 13 `INTERNAL` | `MISCONFIGURED` |
//!
//! The domain of an `ErrorInfo` is the API's realm. The challenge is in the metadata
//! `www-authenticate`, and the time to wait in `retry-after`.
//!
//! A handler finds the [`AccessToken`](crate::token::AccessToken) in the extensions of its
//! `tonic::Request`. For grpc-web, `tonic_web::GrpcWebLayer` must be outside of the bearer layer, and
//! a layer that answers CORS preflights outside of both.

mod methods;
mod scopes;
mod service;

pub use self::{
    scopes::MethodScopes,
    service::{MethodScopesLayer, MethodScopesService},
};

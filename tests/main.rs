//! All tests of the public API, in one binary.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod challenge;
#[cfg(feature = "client")]
mod client;
#[cfg(all(feature = "client", feature = "issuer"))]
mod clocks;
mod config;
mod denylist;
#[cfg(feature = "grpc")]
mod grpc;
mod hostile;
#[cfg(feature = "jsonwebtoken")]
mod interop;
#[cfg(all(feature = "introspection", feature = "reqwest"))]
mod introspection;
#[cfg(feature = "issuer")]
mod issuer;
mod jwks;
mod key;
mod layer;
#[cfg(all(feature = "axum", feature = "mcp"))]
mod mcp;
#[cfg(all(feature = "metrics", feature = "client", feature = "issuer"))]
mod metrics;
#[cfg(all(feature = "utoipa", feature = "aide"))]
mod openapi;
mod recipes;
mod scope;
#[cfg(feature = "status-list")]
mod status;
mod support;
#[cfg(all(feature = "testing", feature = "reqwest", feature = "client"))]
mod testing;
mod time;
#[cfg(feature = "axum")]
mod ui;
mod verified;
mod verify;
#[cfg(all(feature = "issuer", feature = "client", feature = "reqwest"))]
mod workload;

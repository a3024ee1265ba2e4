//! The HTTP interface: routes a request to its endpoint, reads its body, and answers.
//!
//! `service` is the tower Service, `path` finds the endpoint, `cors` answers browsers, `body` reads a
//! bounded body, and `metadata` writes the issuer's metadata.

mod body;
mod cors;
mod metadata;
mod path;
mod service;

pub use self::{body::MAX_BODY_BYTES, service::ResponseFuture};
#[cfg(feature = "testing")]
pub(super) use self::{body::poll_body, path::Endpoint};

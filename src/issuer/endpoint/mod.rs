//! The HTTP interface: routes a request to its endpoint, reads its body, and answers.
//!
//! `service` is the tower Service, `path` finds the endpoint, `cors` answers browsers, `body` reads a
//! bounded body, `metadata` writes the issuer's metadata, `revocation` and `introspection` answer
//! about a `presented_token`, and `status_list` publishes what was taken back.

mod body;
mod cors;
mod introspection;
mod metadata;
mod path;
mod presented_token;
mod revocation;
mod service;
mod status_list;

pub use self::{body::MAX_BODY_BYTES, service::ResponseFuture};
#[cfg(feature = "testing")]
pub(super) use self::{body::poll_body, path::Endpoint};

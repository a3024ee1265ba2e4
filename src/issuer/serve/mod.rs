//! The accept loop: serves an issuer, or a service around one, over HTTP/1.1 with bounded
//! resources.
//!
//! `server` accepts and ends connections, `places` decides which connection gives way when all
//! places are taken, `activity` records what a connection is waiting for, `stream` and `body` watch
//! its bytes, and `limits` holds the limits. This module does not depend on the service that it
//! serves.

mod activity;
mod body;
mod limits;
mod places;
mod server;
mod service;
mod stream;

pub(super) use self::activity::Activity;
pub use self::{body::RequestBody, limits::ServerLimits, server::Server};

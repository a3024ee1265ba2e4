//! Every setting that a file may have: the one description of a resource server.

mod http;
#[cfg(feature = "introspection")]
mod introspection;
mod issuer;
mod keys;
mod server;
#[cfg(feature = "status-list")]
mod status;

pub(super) use self::server::RESOURCE_SERVER;

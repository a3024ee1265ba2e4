//! Makes a server's builder of a checked file.

mod fields;
#[cfg(feature = "introspection")]
mod introspection;
mod issuer;
mod keys;
mod server;
#[cfg(feature = "status-list")]
mod status;

pub(super) use self::server::builder;

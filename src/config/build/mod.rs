//! Makes a server's builder of a checked file.

mod fields;
#[cfg(feature = "introspection")]
mod introspection;
mod issuer;
mod keys;
mod server;

pub(super) use self::server::builder;

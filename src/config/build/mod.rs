//! Makes a server's builder of a checked file.

mod fields;
mod issuer;
mod keys;
mod server;

pub(super) use self::server::builder;

//! Bearer-token authorization for tower, axum and hyper.

pub mod algorithm;
mod backoff;
pub mod challenge;
pub mod claims;
#[cfg(feature = "client")]
pub mod client;
pub mod error;
#[cfg(feature = "issuer")]
pub mod issuer;
pub mod jwks;
pub mod key;
mod members;
pub mod metadata;
pub mod refusal;
pub mod require;
pub mod scope;
#[cfg(any(feature = "client", feature = "issuer"))]
pub mod secret;
pub mod server;
pub mod time;
pub mod token;
pub mod transport;
pub mod verify;

pub use self::{
    claims::{Audience, Issuer},
    require::RequireScope,
    server::ResourceServer,
    token::AccessToken,
};

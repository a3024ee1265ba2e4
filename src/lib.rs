//! Bearer-token authorization for tower, axum and hyper.

pub mod algorithm;
pub mod challenge;
pub mod claims;
pub mod error;
#[cfg(feature = "issuer")]
pub mod issuer;
pub mod key;
mod members;
pub mod metadata;
pub mod refusal;
pub mod scope;
#[cfg(any(feature = "client", feature = "issuer"))]
pub mod secret;
pub mod time;
pub mod token;
pub mod transport;
pub mod verify;

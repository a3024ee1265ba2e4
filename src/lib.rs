//! Bearer-token authorization for tower, axum and hyper.

pub mod algorithm;
pub mod challenge;
pub mod claims;
pub mod error;
pub mod jwks;
pub mod key;
mod members;
pub mod metadata;
pub mod refusal;
pub mod require;
pub mod scope;
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

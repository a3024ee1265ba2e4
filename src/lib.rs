//! Bearer-token authorization for tower, axum and hyper.

pub mod algorithm;
pub mod claims;
pub mod error;
pub mod key;
mod members;
pub mod time;
pub mod transport;

//! Bearer-token authorization for tower, axum and hyper.

pub mod algorithm;
pub mod time;
pub mod transport;

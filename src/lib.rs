//! tower-bearer.

pub mod algorithm;
pub mod time;
pub mod transport;

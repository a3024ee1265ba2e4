//! The integration tests, in one binary.

#[cfg(feature = "issuer")]
mod issuer;

//! All tests of the public API, in one binary.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "issuer")]
mod issuer;
mod key;
mod layer;
mod scope;
mod support;
mod time;
mod verify;

//! Conversions from and to the types of other crates, each behind the feature of its name.
//!
//! Their major versions are independent of this crate's: a conversion follows the version that the
//! feature names.

#[cfg(feature = "jsonwebtoken")]
pub mod jsonwebtoken;

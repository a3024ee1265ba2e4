//! Conversions from and to the types of other crates, each behind the feature of its name.
//!
//! Their majors are not this crate's: a conversion follows the version that the feature names.

#[cfg(feature = "jsonwebtoken")]
pub mod jsonwebtoken;

//! The claims of an access token (RFC 7519 §4.1, RFC 9068 §2.2) and the names that stand in them.
//!
//! [`Issuer`] and [`Audience`] are what a configuration names; they are checked once and compared
//! byte for byte ever after.
//!
//! ```
//! use tower_bearer::claims::{Audience, Issuer};
//!
//! let issuer = Issuer::new("https://issuer.example/")?;
//! assert_ne!(issuer, Issuer::new("https://issuer.example")?, "a trailing slash counts");
//! assert!(Audience::new("urn:world mappers").is_err());
//! # Ok::<(), tower_bearer::claims::IdentifierError>(())
//! ```

mod identifier;
pub(crate) mod registered;

pub use self::identifier::{Audience, IdentifierError, Issuer, MAX_IDENTIFIER_BYTES};

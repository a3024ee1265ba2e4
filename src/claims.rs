//! The identifiers that a configuration names and that claims are compared with.
//!
//! [`Issuer`] and [`Audience`] are checked once, and from then on compared byte for byte.
//!
//! ```
//! use tower_bearer::claims::{Audience, Issuer};
//!
//! let issuer = Issuer::new("https://issuer.example/")?;
//! assert_ne!(issuer, Issuer::new("https://issuer.example")?, "a trailing slash counts");
//! assert!(Audience::new("urn:world mappers").is_err());
//! # Ok::<(), tower_bearer::claims::IdentifierError>(())
//! ```

use std::{convert::Infallible, fmt, sync::Arc};

/// The longest issuer or audience identifier that a configuration may name, in bytes.
pub const MAX_IDENTIFIER_BYTES: usize = 2_048;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $setting:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the identifier as it is: nothing is normalised, so a trailing slash counts.
            ///
            /// # Errors
            /// When the text is empty, longer than [`MAX_IDENTIFIER_BYTES`], or holds white space
            /// or a control character.
            pub fn new(text: impl Into<Arc<str>>) -> Result<Self, IdentifierError> {
                let text = text.into();
                match find_fault(&text) {
                    Some(fault) => Err(IdentifierError { setting: $setting, fault }),
                    None => Ok(Self(text)),
                }
            }

            /// The identifier, byte for byte.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdentifierError;

            fn try_from(text: &str) -> Result<Self, IdentifierError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;

            fn try_from(text: String) -> Result<Self, IdentifierError> {
                Self::new(text)
            }
        }
    };
}

identifier! {
    /// The `iss` of the tokens to be admitted (RFC 7519 §4.1.1): compared byte for byte, so
    /// `https://issuer.example` and `https://issuer.example/` are two issuers.
    Issuer, "issuer"
}

identifier! {
    /// One value of `aud` (RFC 7519 §4.1.3): the identifier by which an issuer knows an API.
    Audience, "audience"
}

fn find_fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.len() > MAX_IDENTIFIER_BYTES {
        Some("is longer than 2,048 bytes")
    } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        Some("holds white space or a control character")
    } else {
        None
    }
}

/// A text that cannot be an [`Issuer`] or [`Audience`]. `Debug` prints the same sentence as `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentifierError {
    setting: &'static str,
    fault: &'static str,
}

impl IdentifierError {
    /// The argument that is wrong: `issuer` or `audience`.
    pub(crate) const fn setting(&self) -> &'static str {
        self.setting
    }

    /// Returns the mistake and its fix, as the end of a sentence that begins with the setting.
    pub(crate) fn help(&self) -> String {
        format!("{}; give the {} exactly as it is in the tokens", self.fault, self.setting)
    }
}

/// Lets a function accept both an identifier and a text that may not be one.
impl From<Infallible> for IdentifierError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for IdentifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.setting, self.help())
    }
}

impl fmt::Debug for IdentifierError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for IdentifierError {}

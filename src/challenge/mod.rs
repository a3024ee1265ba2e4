//! The `WWW-Authenticate` challenge of the Bearer scheme (RFC 6750 §3, RFC 9728 §5.1): rendered by
//! an API, read by its caller.
//!
//! ```
//! use tower_bearer::challenge::Challenge;
//!
//! let challenge = Challenge::new("urn:worldmappers")
//!     .with_error("insufficient_scope", "the token lacks a required scope")
//!     .with_scope("geocode:location");
//! let field = challenge.to_header_value();
//! assert_eq!(Challenge::parse_all(field.to_str()?), [challenge]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod parse;

use http::HeaderValue;

use crate::error::{BearerError, BearerErrorKind};

/// One challenge of the Bearer scheme.
///
/// Each parameter occurs at most once. Characters that RFC 6750 §3 does not allow are left out when
/// the challenge is rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    realm: Option<Box<str>>,
    error: Option<Box<str>>,
    description: Option<Box<str>>,
    scope: Option<Box<str>>,
    resource_metadata: Option<Box<str>>,
}

impl Challenge {
    /// Creates a challenge with a realm, the name of what is protected (RFC 9110 §11.5).
    #[must_use]
    pub fn new(realm: impl Into<Box<str>>) -> Self {
        Self { realm: Some(realm.into()), ..Self::default() }
    }

    /// Adds an error code of RFC 6750 §3.1 and a sentence for a developer.
    #[must_use]
    pub fn with_error(self, code: impl Into<Box<str>>, description: impl Into<Box<str>>) -> Self {
        Self { error: Some(code.into()), description: Some(description.into()), ..self }
    }

    /// Adds the scopes that are required, separated by spaces.
    #[must_use]
    pub fn with_scope(self, scope: impl Into<Box<str>>) -> Self {
        Self { scope: Some(scope.into()), ..self }
    }

    /// Adds the URL of the resource's metadata (RFC 9728 §5.1).
    #[must_use]
    pub fn with_resource_metadata(self, url: impl Into<Box<str>>) -> Self {
        Self { resource_metadata: Some(url.into()), ..self }
    }

    /// The challenge for a refusal; `None` if other credentials would not help.
    #[must_use]
    pub(crate) fn for_refusal(
        error: &BearerError,
        realm: &str,
        resource_metadata: Option<&str>,
    ) -> Option<Self> {
        let challenge = Self::new(realm);
        let challenge = match error.kind() {
            BearerErrorKind::MissingToken => challenge,
            kind => {
                let challenge = challenge.with_error(error.code()?, error.description());
                match kind {
                    BearerErrorKind::InsufficientScope { scope } => {
                        challenge.with_scope(scope.as_ref())
                    }
                    _ => challenge,
                }
            }
        };
        Some(match resource_metadata {
            // With a malformed request neither other scopes nor another issuer would help.
            Some(url) if *error.kind() != BearerErrorKind::InvalidRequest => {
                challenge.with_resource_metadata(url)
            }
            _ => challenge,
        })
    }

    /// The realm: the name of what is protected.
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// The error code: `invalid_request`, `invalid_token` or `insufficient_scope`. A request
    /// without credentials gets none.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// A sentence for a developer.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The scopes that are required, separated by spaces.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    /// The URL of the resource's metadata.
    #[must_use]
    pub fn resource_metadata(&self) -> Option<&str> {
        self.resource_metadata.as_deref()
    }

    /// The value of a `WWW-Authenticate` header.
    ///
    /// A challenge without parameters gets an empty realm: the scheme alone is not a challenge (RFC
    /// 6750 §3).
    #[must_use]
    pub fn to_header_value(&self) -> HeaderValue {
        let parameters = [
            ("realm", &self.realm),
            ("error", &self.error),
            ("error_description", &self.description),
            ("scope", &self.scope),
            ("resource_metadata", &self.resource_metadata),
        ];
        let given = parameters.iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let length = given.clone().map(|(name, value)| name.len() + value.len() + 5).sum::<usize>();
        let mut field = String::with_capacity("Bearer realm=\"\"".len() + length);
        field.push_str("Bearer ");
        for (place, (name, value)) in given.enumerate() {
            field.push_str(if place == 0 { "" } else { ", " });
            field.push_str(name);
            field.push_str("=\"");
            if value.bytes().all(|byte| is_text(char::from(byte))) {
                field.push_str(value);
            } else {
                field.extend(value.chars().filter(|c| is_text(*c)));
            }
            field.push('"');
        }
        if field.ends_with(' ') {
            field.push_str("realm=\"\"");
        }
        HeaderValue::try_from(field).unwrap_or(HeaderValue::from_static("Bearer realm=\"\""))
    }
}

/// `%x20-21 / %x23-5B / %x5D-7E` of RFC 6750 §3: the characters of a scope list or an error, none
/// of which needs escaping.
const fn is_text(c: char) -> bool {
    matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

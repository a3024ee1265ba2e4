use std::{error::Error, fmt};

use crate::claims::Issuer;

/// The reason why an issuer's metadata cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataError {
    kind: MetadataErrorKind,
}

/// The kinds of [`MetadataError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataErrorKind {
    /// The configured issuer is not an absolute URL without query and fragment (RFC 8414 §2).
    IssuerNotUrl,
    /// The issuer has a template such as `{tenantid}` in it.
    TemplatedIssuer,
    /// The document is not a JSON object.
    NotJson,
    /// A member name occurs twice in the document.
    DuplicateMember,
    /// The document has no `issuer`.
    NoIssuer,
    /// The document is another issuer's (RFC 8414 §3.3).
    IssuerMismatch {
        /// The issuer whose document it should be.
        expected: Issuer,
    },
    /// The named member is not an absolute URL.
    NotUrl(&'static str),
    /// The document does not have the named member, which is needed.
    Missing(&'static str),
}

impl MetadataError {
    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> &MetadataErrorKind {
        &self.kind
    }
}

impl From<MetadataErrorKind> for MetadataError {
    fn from(kind: MetadataErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            MetadataErrorKind::IssuerNotUrl => f.write_str(
                "the issuer is not an absolute URL without query and fragment, so its metadata cannot \
                 be found; name the address of its keys instead of discovering it",
            ),
            MetadataErrorKind::TemplatedIssuer => f.write_str(
                "the issuer has a template in it; name the issuer of one tenant, and the address \
                 of its keys",
            ),
            MetadataErrorKind::NotJson => f.write_str("the metadata is not a JSON object"),
            MetadataErrorKind::DuplicateMember => {
                f.write_str("a member name occurs twice in the metadata")
            }
            MetadataErrorKind::NoIssuer => f.write_str("the metadata has no `issuer`"),
            MetadataErrorKind::IssuerMismatch { expected } => write!(
                f,
                "the metadata is not that of {expected}: its `issuer` differs (a trailing slash \
                 counts)"
            ),
            MetadataErrorKind::NotUrl(name) => {
                write!(f, "`{name}` of the metadata is not an absolute URL")
            }
            MetadataErrorKind::Missing(name) => write!(f, "the metadata has no `{name}`"),
        }
    }
}

impl Error for MetadataError {}

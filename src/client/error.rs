use std::{error::Error, fmt, time::Duration};

use http::StatusCode;

/// The reason why a token request failed. It never holds a secret or a token.
///
/// `Debug` prints the same sentence as `Display`, so that a `main` that returns it is readable.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequestError {
    kind: TokenRequestErrorKind,
    description: String,
    retry_after: Option<Duration>,
}

/// The kinds of [`TokenRequestError`], in the words of RFC 6749 §5.2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenRequestErrorKind {
    /// `invalid_client`: the issuer does not know the client, or its secret is wrong.
    InvalidClient,
    /// `invalid_scope`: none of the requested scopes is granted.
    InvalidScope {
        /// The rejected scopes, if the issuer lists them: separated by single spaces, 4096 bytes at
        /// most.
        rejected: String,
    },
    /// `invalid_target` (RFC 8707 §2): the issuer does not know the audience or resource.
    InvalidTarget,
    /// `unauthorized_client` or `access_denied`: this client may not do this.
    Denied,
    /// `invalid_request` or its like: the issuer rejects the request as invalid.
    InvalidRequest,
    /// The issuer answered with another error.
    Status(StatusCode),
    /// The issuer's answer is not what RFC 6749 §5.1 says; the text ends the sentence.
    MalformedAnswer(&'static str),
    /// No answer came in time, or none at all.
    Unreachable,
    /// The issuer's metadata could not be used to find the token endpoint.
    InvalidMetadata,
    /// The client's secret, assertion or key could not be read or used.
    Credentials,
}

impl TokenRequestError {
    pub(super) const fn new(kind: TokenRequestErrorKind) -> Self {
        Self { kind, description: String::new(), retry_after: None }
    }

    pub(super) fn with_description(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    pub(super) fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> &TokenRequestErrorKind {
        &self.kind
    }

    /// Returns the description by the issuer or the network; it may be empty.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the wait that the issuer asks for (`Retry-After`, RFC 9110 §10.2.3).
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl TokenRequestErrorKind {
    /// The name of the kind in metrics.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::InvalidScope { .. } => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::Denied => "denied",
            Self::InvalidRequest => "invalid_request",
            Self::Status(_) => "status",
            Self::MalformedAnswer(_) => "malformed_answer",
            Self::Unreachable => "unreachable",
            Self::InvalidMetadata => "invalid_metadata",
            Self::Credentials => "credentials",
        }
    }
}

impl TokenRequestError {
    /// Returns true if the same request fails again until somebody changes a configuration.
    pub(super) const fn is_permanent(&self) -> bool {
        matches!(
            self.kind,
            TokenRequestErrorKind::InvalidClient
                | TokenRequestErrorKind::InvalidScope { .. }
                | TokenRequestErrorKind::InvalidTarget
                | TokenRequestErrorKind::Denied
                | TokenRequestErrorKind::InvalidRequest
        )
    }
}

impl From<TokenRequestErrorKind> for TokenRequestError {
    fn from(kind: TokenRequestErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for TokenRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TokenRequestErrorKind::InvalidClient => {
                f.write_str("the issuer does not accept the client's credentials")?;
            }
            TokenRequestErrorKind::InvalidScope { rejected } if rejected.is_empty() => {
                f.write_str("the issuer grants none of the requested scopes")?;
            }
            TokenRequestErrorKind::InvalidScope { rejected } => {
                write!(f, "the issuer rejects the requested scope: {rejected}")?;
            }
            TokenRequestErrorKind::InvalidTarget => {
                f.write_str("the issuer does not know the audience or resource")?;
            }
            TokenRequestErrorKind::Denied => f.write_str("the issuer denies the client a token")?,
            TokenRequestErrorKind::InvalidRequest => {
                f.write_str("the issuer rejects the token request as invalid")?;
            }
            TokenRequestErrorKind::Status(status) => write!(f, "the issuer answers {status}")?,
            TokenRequestErrorKind::MalformedAnswer(what) => {
                write!(f, "the issuer's answer {what}")?;
            }
            TokenRequestErrorKind::Unreachable => f.write_str("the issuer cannot be reached")?,
            TokenRequestErrorKind::InvalidMetadata => {
                f.write_str("the issuer's metadata cannot be used")?;
            }
            TokenRequestErrorKind::Credentials => {
                f.write_str("the client's credentials cannot be read")?;
            }
        }
        if self.description.is_empty() { Ok(()) } else { write!(f, " ({})", self.description) }
    }
}

impl fmt::Debug for TokenRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for TokenRequestError {}

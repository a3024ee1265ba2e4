//! The errors of reading, generating, writing and using a private key.

use std::{error::Error, fmt};

use super::fault::KeyFault;

/// The error of generating, reading or using a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningError {
    kind: SigningErrorKind,
}

impl SigningError {
    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> SigningErrorKind {
        self.kind
    }
}

/// The kinds of [`SigningError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningErrorKind {
    /// No key could be generated.
    Generation,
    /// The text has no PEM block `PRIVATE KEY`, or no base64 in it.
    InvalidPem,
    /// The bytes are not a PKCS #8 private key that can sign with the algorithm.
    InvalidPkcs8,
    /// The JWK is not a private key that may sign.
    InvalidJwk(KeyFault),
    /// The JWK has no `alg`, and its key could sign with several.
    AlgorithmMissing,
    /// No signature could be made.
    Signature,
    /// The key could not be written.
    Encoding,
}

impl fmt::Display for SigningError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            SigningErrorKind::Generation => "no key could be generated",
            SigningErrorKind::InvalidPem => "the text holds no PEM block `PRIVATE KEY`",
            SigningErrorKind::InvalidPkcs8 => "no PKCS #8 private key for this algorithm",
            SigningErrorKind::InvalidJwk(_) => "the JWK is not a private key that may sign",
            SigningErrorKind::AlgorithmMissing => "the JWK needs `alg`: its key fits several",
            SigningErrorKind::Signature => "no signature could be made",
            SigningErrorKind::Encoding => "the key could not be written",
        })
    }
}

impl Error for SigningError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            SigningErrorKind::InvalidJwk(fault) => Some(fault),
            _ => None,
        }
    }
}

impl From<SigningErrorKind> for SigningError {
    fn from(kind: SigningErrorKind) -> Self {
        Self { kind }
    }
}

impl From<KeyFault> for SigningError {
    fn from(fault: KeyFault) -> Self {
        SigningErrorKind::InvalidJwk(fault).into()
    }
}

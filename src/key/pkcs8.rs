use std::fmt;

#[cfg(feature = "issuer")]
use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::pem::blocks;
#[cfg(feature = "issuer")]
use super::signing_error::{SigningError, SigningErrorKind};

const LABEL: &str = "PRIVATE KEY";

/// A private key in PKCS #8 (RFC 5208), in DER. It is wiped from memory when dropped.
pub struct Pkcs8Der(Zeroizing<Vec<u8>>);

impl Pkcs8Der {
    pub(super) fn new(der: &[u8]) -> Self {
        Self(Zeroizing::new(der.to_vec()))
    }

    /// The key in the first block `PRIVATE KEY` of a PEM file (RFC 7468 §10). `None` if there is no
    /// such block, or a block before it is malformed.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let block = blocks(pem).find(|block| block.as_ref().map_or(true, |it| it.label == LABEL));
        Some(Self(block?.ok()?.der))
    }

    /// The key as a PEM file (RFC 7468 §10).
    ///
    /// # Errors
    /// The key is too long to be encoded.
    #[cfg(feature = "issuer")]
    pub(crate) fn to_pem(&self) -> Result<Zeroizing<String>, SigningError> {
        let pem = pem_rfc7468::encode_string(LABEL, LineEnding::LF, self.as_bytes());
        pem.map(Zeroizing::new).map_err(|_| SigningErrorKind::Encoding.into())
    }

    /// The DER bytes. Anyone who has them can sign.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Pkcs8Der {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl fmt::Debug for Pkcs8Der {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pkcs8Der(..)")
    }
}

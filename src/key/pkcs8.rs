use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// A private key in PKCS #8 (RFC 5208), in DER. It is wiped from memory when dropped.
pub struct Pkcs8Der(Zeroizing<Vec<u8>>);

impl Pkcs8Der {
    pub(super) fn new(der: &[u8]) -> Self {
        Self(Zeroizing::new(der.to_vec()))
    }

    /// The key in the textual encoding of RFC 7468 §10, under the label `PRIVATE KEY`. `None` if
    /// there is no such block, or what it holds is no base64.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
        let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
        let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
        base64.extend(body.split_ascii_whitespace());
        STANDARD.decode(base64.as_bytes()).ok().map(Zeroizing::new).map(Self)
    }

    /// The key in the textual encoding of RFC 7468 §10.
    #[cfg(feature = "issuer")]
    pub(crate) fn to_pem(&self) -> Zeroizing<String> {
        const LINE: usize = 64;
        let base64 = Zeroizing::new(STANDARD.encode(self.as_bytes()));
        let mut pem =
            Zeroizing::new(String::with_capacity(base64.len() + base64.len() / LINE + 64));
        pem.push_str("-----BEGIN PRIVATE KEY-----\n");
        let mut rest = base64.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(LINE));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        pem
    }

    /// The DER bytes: whoever has them can sign.
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

/// Modulus and exponent of an `RSAPublicKey` in DER (RFC 8017 §A.1.1), as they stand: with the
/// zero octet that keeps a modulus positive.
pub(super) fn rsa_public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    const SEQUENCE: u8 = 0x30;
    const INTEGER: u8 = 0x02;
    let (numbers, _) = element(SEQUENCE, der)?;
    let (modulus, rest) = element(INTEGER, numbers)?;
    let (exponent, _) = element(INTEGER, rest)?;
    Some((modulus, exponent))
}

/// The content of the element in front, which must have this tag, and what follows it.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match first.checked_sub(0x80) {
        None => (usize::from(first), rest),
        Some(octets) => {
            let (length, rest) = rest.split_at_checked(octets.into())?;
            let shift = |sum: usize, octet: &u8| Some(sum.checked_mul(256)? | usize::from(*octet));
            (length.iter().try_fold(0, shift)?, rest)
        }
    };
    rest.split_at_checked(length)
}

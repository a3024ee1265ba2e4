use std::{error::Error, fmt};

/// The reason why an entry of a JWK Set is not used (RFC 7517 §5), or a private JWK cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFault {
    /// The entry is not a JSON object, or a member is missing or of the wrong JSON type.
    Malformed,
    /// A member name occurs twice, so two parsers may read two different keys.
    DuplicateMember,
    /// `kid` is not a string, or longer than [`MAX_KID_BYTES`](super::MAX_KID_BYTES).
    UnusableKid,
    /// Private members (`d`, `p`, `q`, ...) were published: anyone can sign with the key.
    PrivateKey,
    /// `kty` is `oct`: anyone who can verify with such a key can sign with it.
    SymmetricKey,
    /// `kty` is not `RSA`, `EC` or `OKP`.
    UnsupportedKeyType,
    /// `crv` is not one this crate verifies with.
    UnsupportedCurve,
    /// `alg` is not one this crate verifies.
    UnsupportedAlgorithm,
    /// `alg` does not belong to the key's `kty` and `crv`.
    AlgorithmMismatch,
    /// `use` is not `sig`, or `key_ops` lacks the operation.
    NotForSignatures,
    /// The RSA modulus has fewer than 2048 or more than 8192 bits (RFC 7518 §3.3).
    ModulusSize,
    /// The numbers do not form a valid key: bad base64url, an impossible exponent, a coordinate
    /// that is too long, a point that is not on the curve or is of small order.
    InvalidKey,
    /// The PEM block is not a public key. `openssl x509 -pubkey` extracts that of a certificate.
    NotAPublicKey,
    /// The same key, with the same `kid` and algorithms, occurs earlier in the set.
    Repeated,
}

impl KeyFault {
    /// Returns true if the entry publishes a secret: raise an alarm, and replace the key at the
    /// issuer.
    #[must_use]
    pub const fn is_exposed_secret(self) -> bool {
        matches!(self, Self::PrivateKey | Self::SymmetricKey)
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "a member is missing or of the wrong type",
            Self::DuplicateMember => "a member name occurs twice",
            Self::UnusableKid => "kid is not a string of at most 256 bytes",
            Self::PrivateKey => "the private key was published",
            Self::SymmetricKey => "a symmetric key cannot verify a published token",
            Self::UnsupportedKeyType => "kty is not supported",
            Self::UnsupportedCurve => "crv is not supported",
            Self::UnsupportedAlgorithm => "alg is not supported",
            Self::AlgorithmMismatch => "alg does not belong to this kind of key",
            Self::NotForSignatures => "use or key_ops keep the key from this operation",
            Self::ModulusSize => "the modulus does not have 2048 to 8192 bits",
            Self::InvalidKey => "the numbers do not form a valid key",
            Self::NotAPublicKey => "the PEM block is not a public key",
            Self::Repeated => "the same key occurs earlier in the set",
        })
    }
}

impl Error for KeyFault {}

/// An entry of a JWK Set that is not used, for logs and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    index: usize,
    kid: Option<Box<str>>,
    fault: KeyFault,
}

impl SkippedKey {
    /// Longest `kid` that is shown, in characters: most real ones have at most 64.
    pub(crate) const MAX_SHOWN: usize = 64;

    pub(super) fn new(index: usize, kid: Option<&str>, fault: KeyFault) -> Self {
        let shown =
            kid.map(|kid| kid.chars().flat_map(char::escape_debug).take(Self::MAX_SHOWN).collect());
        Self { index, kid: shown, fault }
    }

    /// The entry's place in the array `keys`, counted from zero.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The entry's `kid`, whatever its type, escaped and truncated to 64 characters for logs.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Returns the reason why the entry is not used.
    #[must_use]
    pub fn fault(&self) -> KeyFault {
        self.fault
    }
}

impl fmt::Display for SkippedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {} is not used: {}", self.index, self.fault)
    }
}

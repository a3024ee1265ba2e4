//! Signature algorithms: asymmetric ones only.
//!
//! There is no variant for `none`, HS256 or any other symmetric algorithm, so no configuration can
//! let a token choose one (RFC 8725 §3.1 and §3.2).

use std::fmt;

/// A JWS signature algorithm (RFC 7518 §3, RFC 8037 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    PS256,
    /// RSASSA-PSS with SHA-384 and a salt of 48 bytes.
    PS384,
    /// RSASSA-PSS with SHA-512 and a salt of 64 bytes.
    PS512,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// ECDSA on P-384 with SHA-384.
    ES384,
    /// ECDSA on P-521 with SHA-512.
    ES512,
    /// Ed25519, under the names `EdDSA` (RFC 8037) and `Ed25519` (RFC 9864).
    EdDSA,
}

impl Algorithm {
    /// Every algorithm this crate verifies.
    pub const ALL: [Self; 10] = [
        Self::RS256,
        Self::RS384,
        Self::RS512,
        Self::PS256,
        Self::PS384,
        Self::PS512,
        Self::ES256,
        Self::ES384,
        Self::ES512,
        Self::EdDSA,
    ];

    /// The `alg` value of RFC 7518 §3.1 or RFC 8037 §3.1.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
        }
    }

    /// The algorithm of an `alg` value, compared byte for byte (RFC 7515 §4.1.1); `None` for every
    /// other name, including `none` and the symmetric algorithms.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Ed25519" => Some(Self::EdDSA),
            _ => Self::ALL.into_iter().find(|algorithm| algorithm.name() == name),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The algorithms that a configuration allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct AllowList(u16);

impl AllowList {
    pub(crate) const fn contains(self, algorithm: Algorithm) -> bool {
        self.0 & (1 << algorithm as u16) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Default for AllowList {
    fn default() -> Self {
        Algorithm::ALL.into_iter().collect()
    }
}

impl FromIterator<Algorithm> for AllowList {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        Self(algorithms.into_iter().fold(0, |bits, algorithm| bits | 1 << algorithm as u16))
    }
}

impl fmt::Debug for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(Algorithm::ALL.iter().filter(|algorithm| self.contains(**algorithm)))
            .finish()
    }
}

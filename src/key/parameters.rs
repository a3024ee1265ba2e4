use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
        ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
        RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{edwards, fault::KeyFault};
use crate::algorithm::Algorithm;

/// Sizes of an RSA modulus, in bits: the minimum of RFC 7518 §3.3, and a maximum above which one
/// signature check costs too much for an unauthenticated request.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Largest RSA public exponent: 33 bits, the limit of aws-lc. Real ones are 3 or 65537.
const MAX_EXPONENT: u64 = (1 << 33) - 1;

/// The curves of RFC 7518 §6.2.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.name() == name)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Length of a coordinate and of a private key, in bytes.
    pub(super) const fn coordinate_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// The numbers of a public key, each within its range. Whether a point lies on its NIST curve is
/// checked only when aws-lc parses the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parameters {
    /// Big-endian, without leading zero octets.
    Rsa { n: Box<[u8]>, e: Box<[u8]> },
    /// An uncompressed point of SEC 1: `04`, x, y.
    Ec { curve: Curve, point: Box<[u8]> },
    /// An encoded point of RFC 8032.
    Ed25519 { x: [u8; 32] },
}

impl Parameters {
    /// An RSA key. Leading zero octets are dropped: RFC 7518 §6.3.1 forbids them, but some issuers
    /// write them.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyFault> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let unused_bits = n.first().map_or(0, |octet| octet.leading_zeros() as usize);
        if !MODULUS_BITS.contains(&(n.len() * 8 - unused_bits)) {
            return Err(KeyFault::ModulusSize);
        }
        let exponent = e.iter().try_fold(0_u64, |value, octet| {
            value.checked_mul(256).map(|shifted| shifted | u64::from(*octet))
        });
        let fits = exponent.is_some_and(|e| e % 2 == 1 && (3..=MAX_EXPONENT).contains(&e));
        if !fits || n.last().is_none_or(|octet| octet % 2 == 0) {
            return Err(KeyFault::InvalidKey);
        }
        Ok(Self::Rsa { n: n.into(), e: e.into() })
    }

    /// A point on a NIST curve. Coordinates are read as numbers: RFC 7518 §6.2.1.2 requires their
    /// full length, but some issuers omit leading zero octets or add more.
    pub(super) fn ec(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, KeyFault> {
        let mut point = vec![4];
        for coordinate in [x, y] {
            let octets = without_leading_zeros(coordinate);
            let padding = curve.coordinate_len().checked_sub(octets.len());
            point.resize(point.len() + padding.ok_or(KeyFault::InvalidKey)?, 0);
            point.extend_from_slice(octets);
        }
        Ok(Self::Ec { curve, point: point.into() })
    }

    /// An Ed25519 key (RFC 8037 §2).
    pub(super) fn ed25519(x: &[u8]) -> Result<Self, KeyFault> {
        let x = x.try_into().map_err(|_| KeyFault::InvalidKey)?;
        if edwards::is_public_key(&x) { Ok(Self::Ed25519 { x }) } else { Err(KeyFault::InvalidKey) }
    }

    /// The algorithms a key of this kind can serve.
    pub(super) const fn algorithms(&self) -> &'static [Algorithm] {
        match self {
            Self::Rsa { .. } => &[
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
            ],
            Self::Ec { curve: Curve::P256, .. } => &[Algorithm::ES256],
            Self::Ec { curve: Curve::P384, .. } => &[Algorithm::ES384],
            Self::Ec { curve: Curve::P521, .. } => &[Algorithm::ES512],
            Self::Ed25519 { .. } => &[Algorithm::EdDSA],
        }
    }

    /// The members required of a public JWK, in the order of RFC 7638 §3.3.
    pub(super) fn members(&self) -> Map<String, Value> {
        let base64url = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let members = match self {
            Self::Rsa { n, e } => {
                vec![("e", base64url(e)), ("kty", "RSA".into()), ("n", base64url(n))]
            }
            Self::Ec { curve, .. } => {
                let (x, y) = self.coordinates();
                let (crv, kty) = (curve.name().into(), "EC".into());
                vec![("crv", crv), ("kty", kty), ("x", base64url(x)), ("y", base64url(y))]
            }
            Self::Ed25519 { x } => {
                vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", base64url(x))]
            }
        };
        members.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect()
    }

    fn coordinates(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Ec { curve, point } => {
                let coordinates = point.get(1..).unwrap_or_default();
                coordinates.split_at_checked(curve.coordinate_len()).unwrap_or_default()
            }
            Self::Rsa { .. } | Self::Ed25519 { .. } => Default::default(),
        }
    }

    /// The SHA-256 thumbprint of RFC 7638, in base64url.
    pub(super) fn thumbprint(&self) -> String {
        let json = Value::Object(self.members()).to_string();
        URL_SAFE_NO_PAD.encode(digest(&SHA256, json.as_bytes()))
    }

    /// Returns the parsed key for one algorithm; `None` if the key does not fit the algorithm or is
    /// not valid.
    pub(super) fn verifier(&self, algorithm: Algorithm) -> Option<ParsedPublicKey> {
        match (self, algorithm) {
            (Self::Rsa { n, e }, _) => {
                let components = RsaPublicKeyComponents { n, e };
                components.to_parsed_public_key(rsa_parameters(algorithm)?).ok()
            }
            (Self::Ec { curve: Curve::P256, point }, Algorithm::ES256) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
            }
            (Self::Ec { curve: Curve::P384, point }, Algorithm::ES384) => {
                ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).ok()
            }
            (Self::Ec { curve: Curve::P521, point }, Algorithm::ES512) => {
                ParsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point).ok()
            }
            (Self::Ed25519 { x }, Algorithm::EdDSA) => ParsedPublicKey::new(&ED25519, x).ok(),
            (Self::Ec { .. } | Self::Ed25519 { .. }, _) => None,
        }
    }
}

/// PSS checks a salt as long as the hash (RFC 7518 §3.5), which is aws-lc's default.
fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::RS256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 | Algorithm::ES384 | Algorithm::ES512 | Algorithm::EdDSA => None,
    }
}

fn without_leading_zeros(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

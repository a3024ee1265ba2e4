//! Public keys in DER.

use aws_lc_rs::rsa::PublicKey;

use super::{
    fault::KeyFault,
    parameters::{Curve, Parameters},
};

/// A SubjectPublicKeyInfo (RFC 5280 §4.1) up to the key itself. Of these kinds everything before the
/// key is fixed, so that nothing needs to be parsed.
const PREFIXES: [(Option<Curve>, &[u8]); 4] = [
    // RFC 8410 §4: Ed25519; 32 octets follow.
    (None, b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"),
    // RFC 5480 §2: a named curve; the coordinates of an uncompressed point follow.
    (
        Some(Curve::P256),
        b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
          \x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04",
    ),
    (
        Some(Curve::P384),
        b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
          \x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04",
    ),
    (
        Some(Curve::P521),
        b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\
          \x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00\x04",
    ),
];

/// Reads a SubjectPublicKeyInfo, or an RSA key in an `RSAPublicKey` (RFC 8017 §A.1.1). Points of
/// elliptic curves must not be compressed.
pub(super) fn from_der(der: &[u8]) -> Result<Parameters, KeyFault> {
    for (curve, prefix) in PREFIXES {
        match (curve, der.strip_prefix(prefix)) {
            (_, None) => {}
            (None, Some(x)) => return Parameters::ed25519(x),
            (Some(curve), Some(point)) => {
                let length = curve.coordinate_len();
                let (x, y) = point.split_at_checked(length).ok_or(KeyFault::InvalidKey)?;
                if y.len() != length {
                    return Err(KeyFault::InvalidKey);
                }
                return Parameters::ec(curve, x, y);
            }
        }
    }
    let key = PublicKey::from_der(der).map_err(|_| KeyFault::UnsupportedKeyType)?;
    Parameters::rsa(
        key.modulus().big_endian_without_leading_zero(),
        key.exponent().big_endian_without_leading_zero(),
    )
}

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    error::{KeyRejected, Unspecified},
    rand::SystemRandom,
    rsa::{KeyPairComponents, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
        KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
        RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
    },
};

use super::{
    fault::KeyFault,
    jwk::Members,
    parameters::{Curve, Parameters},
    pkcs8::Pkcs8Der,
};
use crate::algorithm::Algorithm;

/// The aws-lc parameters with which an algorithm signs.
enum Scheme {
    Rsa(&'static dyn RsaEncoding),
    Ecdsa(Curve, &'static EcdsaSigningAlgorithm),
    Ed25519,
}

impl From<Algorithm> for Scheme {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::RS256 => Self::Rsa(&RSA_PKCS1_SHA256),
            Algorithm::RS384 => Self::Rsa(&RSA_PKCS1_SHA384),
            Algorithm::RS512 => Self::Rsa(&RSA_PKCS1_SHA512),
            Algorithm::PS256 => Self::Rsa(&RSA_PSS_SHA256),
            Algorithm::PS384 => Self::Rsa(&RSA_PSS_SHA384),
            Algorithm::PS512 => Self::Rsa(&RSA_PSS_SHA512),
            Algorithm::ES256 => Self::Ecdsa(Curve::P256, &ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => Self::Ecdsa(Curve::P384, &ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::ES512 => Self::Ecdsa(Curve::P521, &ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::EdDSA => Self::Ed25519,
        }
    }
}

/// A parsed key pair, bound to one scheme.
pub(super) enum Pair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ecdsa(EcdsaKeyPair, Curve),
    Ed25519(Ed25519KeyPair),
}

impl Pair {
    /// Generates a key from the system's random numbers; RSA keys have 2048 bits.
    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, Unspecified> {
        Ok(match algorithm.into() {
            Scheme::Rsa(encoding) => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048)?, encoding),
            Scheme::Ecdsa(curve, signing) => Self::Ecdsa(EcdsaKeyPair::generate(signing)?, curve),
            Scheme::Ed25519 => Self::Ed25519(Ed25519KeyPair::generate()?),
        })
    }

    pub(super) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyRejected> {
        Ok(match algorithm.into() {
            Scheme::Rsa(encoding) => Self::Rsa(RsaKeyPair::from_pkcs8(der)?, encoding),
            Scheme::Ecdsa(curve, signing) => {
                Self::Ecdsa(EcdsaKeyPair::from_pkcs8(signing, der)?, curve)
            }
            Scheme::Ed25519 => Self::Ed25519(Ed25519KeyPair::from_pkcs8(der)?),
        })
    }

    /// Reads the key pair of a private JWK whose public half is `parameters` (RFC 7518 §6.2.2 and
    /// §6.3.2, RFC 8037 §2).
    pub(super) fn from_jwk(
        algorithm: Algorithm,
        jwk: &Members<'_>,
        parameters: &Parameters,
    ) -> Result<Self, KeyFault> {
        let d = jwk.octets("d")?;
        let pair = match (algorithm.into(), parameters) {
            (Scheme::Rsa(encoding), Parameters::Rsa { n, e }) => {
                let components = KeyPairComponents {
                    public_key: RsaPublicKeyComponents { n, e },
                    d: &d,
                    p: &jwk.octets("p")?,
                    q: &jwk.octets("q")?,
                    dP: &jwk.octets("dp")?,
                    dQ: &jwk.octets("dq")?,
                    qInv: &jwk.octets("qi")?,
                };
                let pair = RsaKeyPair::from_components(&components);
                pair.map(|pair| Self::Rsa(pair, encoding))
            }
            (Scheme::Ecdsa(curve, signing), Parameters::Ec { point, .. })
                if d.len() == curve.coordinate_len() =>
            {
                let pair = EcdsaKeyPair::from_private_key_and_public_key(signing, &d, point);
                pair.map(|pair| Self::Ecdsa(pair, curve))
            }
            (Scheme::Ed25519, Parameters::Ed25519 { x }) if d.len() == x.len() => {
                Ed25519KeyPair::from_seed_and_public_key(&d, x).map(Self::Ed25519)
            }
            _ => return Err(KeyFault::InvalidKey),
        };
        pair.map_err(|_| KeyFault::InvalidKey)
    }

    pub(super) fn parameters(&self) -> Result<Parameters, KeyFault> {
        match self {
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                Parameters::rsa(
                    public.modulus().big_endian_without_leading_zero(),
                    public.exponent().big_endian_without_leading_zero(),
                )
            }
            Self::Ecdsa(pair, curve) => {
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) =
                    point.split_at_checked(curve.coordinate_len()).ok_or(KeyFault::InvalidKey)?;
                Parameters::ec(*curve, x, y)
            }
            Self::Ed25519(pair) => Parameters::ed25519(pair.public_key().as_ref()),
        }
    }

    /// Signs in the format of JWS: an ECDSA signature is two numbers of fixed length (RFC 7518
    /// §3.4).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)?;
                Ok(signature)
            }
            Self::Ecdsa(pair, _) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
            Self::Ed25519(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
        }
    }

    pub(super) fn to_pkcs8(&self) -> Result<Pkcs8Der, Unspecified> {
        match self {
            Self::Rsa(pair, _) => {
                let der: Pkcs8V1Der<'_> = pair.as_der()?;
                Ok(Pkcs8Der::new(der.as_ref()))
            }
            Self::Ecdsa(pair, _) => Ok(Pkcs8Der::new(pair.to_pkcs8v1()?.as_ref())),
            Self::Ed25519(pair) => Ok(Pkcs8Der::new(pair.to_pkcs8v1()?.as_ref())),
        }
    }
}

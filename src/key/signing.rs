use std::{fmt, sync::Arc};

use serde_json::{Map, Value, json};

use super::{
    fault::KeyFault,
    jwk::{KeyUse, Members},
    pair::Pair,
    parameters::Parameters,
    pkcs8::Pkcs8Der,
    signing_error::{SigningError, SigningErrorKind},
};
use crate::algorithm::Algorithm;

/// A private key that signs with one algorithm, under one `kid`.
///
/// Clones share the key. It is parsed once and never shown: `Debug` has only the algorithm and the
/// `kid`.
///
/// ```
/// use tower_bearer::{
///     algorithm::Algorithm,
///     key::{KeySet, SigningKey, public_jwk_set},
/// };
///
/// let key = SigningKey::generate(Algorithm::ES256)?.with_kid("2026-11");
/// let published = KeySet::parse(public_jwk_set([&key]).as_bytes())?;
/// assert!(published.contains_kid("2026-11"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    algorithm: Algorithm,
    kid: Arc<str>,
    pair: Arc<Pair>,
    parameters: Arc<Parameters>,
}

impl SigningKey {
    /// Generates a key from the system's random numbers. An RSA key has 2048 bits, and takes some
    /// tenths of a second.
    ///
    /// # Errors
    /// The system provides no random numbers.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SigningError> {
        let pair = Pair::generate(algorithm).map_err(|_| SigningErrorKind::Generation)?;
        let parameters = pair.parameters().map_err(|_| SigningErrorKind::Generation)?;
        Ok(Self::new(algorithm, pair, parameters))
    }

    /// Reads a key in PKCS #8 (RFC 5208), in DER, unencrypted.
    ///
    /// # Errors
    /// The bytes are not such a key, `algorithm` needs another kind of key or curve, or the key's
    /// halves do not belong together. RSA keys have 2048 to 8192 bits.
    pub fn from_pkcs8_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, SigningError> {
        let refused = |_| SigningErrorKind::InvalidPkcs8;
        let pair = Pair::from_pkcs8(algorithm, der).map_err(refused)?;
        let parameters = pair.parameters().map_err(|_| SigningErrorKind::InvalidPkcs8)?;
        Self::new(algorithm, pair, parameters).proven().ok_or(SigningErrorKind::InvalidPkcs8.into())
    }

    /// Reads a key in PKCS #8, unencrypted, from a PEM file: the first block `PRIVATE KEY` of RFC
    /// 7468 §10. The older `RSA PRIVATE KEY` and `EC PRIVATE KEY` are not read.
    ///
    /// # Errors
    /// There is no such block, or [`from_pkcs8_der`](Self::from_pkcs8_der) rejects the key in it.
    pub fn from_pkcs8_pem(algorithm: Algorithm, pem: &str) -> Result<Self, SigningError> {
        let der = Pkcs8Der::from_pem(pem).ok_or(SigningErrorKind::InvalidPem)?;
        Self::from_pkcs8_der(algorithm, der.as_bytes())
    }

    /// Reads a private JWK (RFC 7517), with its `kid` if it has one. Without `alg` the key must fit
    /// one algorithm only, as an elliptic-curve key does. An RSA key needs its two primes and the
    /// three CRT parameters (RFC 7518 §6.3.2).
    ///
    /// # Errors
    /// The JWK is not such a key, its `use` or `key_ops` forbids signing, or it is an RSA key
    /// without `alg`.
    pub fn from_jwk(json: &[u8]) -> Result<Self, SigningError> {
        let json = std::str::from_utf8(json).map_err(|_| KeyFault::Malformed)?;
        let jwk = Members::parse(json)?;
        let kid = jwk.kid()?;
        jwk.check_usage("sign", KeyUse::Signatures)?;
        let parameters = jwk.parameters()?;
        let algorithm = match (jwk.algorithm()?, parameters.algorithms()) {
            (Some(algorithm), fitting) if fitting.contains(&algorithm) => algorithm,
            (Some(_), _) => return Err(KeyFault::AlgorithmMismatch.into()),
            (None, [only]) => *only,
            (None, _) => return Err(SigningErrorKind::AlgorithmMissing.into()),
        };
        let pair = Pair::from_jwk(algorithm, &jwk, &parameters)?;
        let key = Self::new(algorithm, pair, parameters).proven().ok_or(KeyFault::InvalidKey)?;
        Ok(match kid {
            Some(kid) => key.with_kid(kid),
            None => key,
        })
    }

    fn new(algorithm: Algorithm, pair: Pair, parameters: Parameters) -> Self {
        let kid = parameters.thumbprint().into();
        Self { algorithm, kid, pair: Arc::new(pair), parameters: Arc::new(parameters) }
    }

    /// Returns the key if its public half verifies a signature of its private half.
    fn proven(self) -> Option<Self> {
        const MESSAGE: &[u8] = b"pairwise consistency";
        let signature = self.pair.sign(MESSAGE).ok()?;
        let verifier = self.parameters.verifier(self.algorithm)?;
        verifier.verify_sig(MESSAGE, &signature).is_ok().then_some(self)
    }

    /// Sets the `kid`, which is the key's SHA-256 thumbprint (RFC 7638) otherwise. Readers such as
    /// [`KeySet`](super::KeySet) reject a `kid` of more than
    /// [`MAX_KID_BYTES`](super::MAX_KID_BYTES) bytes.
    #[must_use]
    pub fn with_kid(self, kid: impl Into<Arc<str>>) -> Self {
        Self { kid: kid.into(), ..self }
    }

    /// The key's `kid` (RFC 7515 §4.1.4).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The one algorithm the key signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs `message`, for a JWS the bytes up to the second dot (RFC 7515 §5.1). An ECDSA
    /// signature is two numbers of fixed length (RFC 7518 §3.4).
    ///
    /// # Errors
    /// The cryptographic library failed.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        self.pair.sign(message).map_err(|_| SigningErrorKind::Signature.into())
    }

    /// The public half as a JWK with `kid`, `alg` and `use` (RFC 7517 §4): safe to publish.
    #[must_use]
    pub fn public_jwk(&self) -> Map<String, Value> {
        let mut members = self.parameters.members();
        members.insert("kid".into(), self.kid().into());
        members.insert("alg".into(), self.algorithm.name().into());
        members.insert("use".into(), "sig".into());
        members
    }

    /// Returns the private key in PKCS #8 (RFC 5208), without the `kid`. Store it where only its
    /// owner can read it.
    ///
    /// # Errors
    /// The cryptographic library failed.
    pub fn to_pkcs8_der(&self) -> Result<Pkcs8Der, SigningError> {
        self.pair.to_pkcs8().map_err(|_| SigningErrorKind::Encoding.into())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The JWK Set (RFC 7517 §5) that publishes the public halves of these keys, as JSON. Each should
/// have a `kid` of its own.
#[must_use]
pub fn public_jwk_set<'a>(keys: impl IntoIterator<Item = &'a SigningKey>) -> String {
    let keys: Vec<_> = keys.into_iter().map(SigningKey::public_jwk).collect();
    json!({ "keys": keys }).to_string()
}

use std::{error::Error, fmt};

use aws_lc_rs::signature::ParsedPublicKey;

use super::{fault::KeyFault, parameters::Parameters};
use crate::algorithm::Algorithm;

/// A public key of a [`KeySet`](super::KeySet), parsed once for each algorithm it serves.
///
/// Two keys are equal when their numbers, their `kid`, their `issuer` and their algorithms are.
#[derive(Clone)]
pub struct Key {
    kid: Option<Box<str>>,
    /// The issuer whose tokens the key verifies, if the entry names one.
    issuer: Option<Box<str>>,
    parameters: Parameters,
    verifiers: Box<[(Algorithm, ParsedPublicKey)]>,
}

impl Key {
    /// Creates a key for `algorithm`, or, if that is `None`, for every algorithm that fits its
    /// kind.
    pub(super) fn new(
        kid: Option<Box<str>>,
        parameters: Parameters,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, KeyFault> {
        let fitting = parameters.algorithms();
        if algorithm.is_some_and(|algorithm| !fitting.contains(&algorithm)) {
            return Err(KeyFault::AlgorithmMismatch);
        }
        let served = algorithm.as_ref().map_or(fitting, std::slice::from_ref);
        let parse = |algorithm: &Algorithm| Some((*algorithm, parameters.verifier(*algorithm)?));
        let verifiers: Option<_> = served.iter().map(parse).collect();
        Ok(Self {
            kid,
            issuer: None,
            verifiers: verifiers.ok_or(KeyFault::InvalidKey)?,
            parameters,
        })
    }

    /// Binds the key to an issuer.
    pub(super) fn bound_to(self, issuer: Option<Box<str>>) -> Self {
        Self { issuer, ..self }
    }

    /// The member `issuer` of the entry, by which Microsoft Entra ID says whose tokens the key
    /// verifies where many tenants share a set. It may have the template `{tenantid}` in it.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Returns true if the key may verify tokens of this issuer: if it names none, or this one,
    /// `{tenantid}` filled in with the part of `issuer` in its place.
    #[must_use]
    pub fn is_for(&self, issuer: &str) -> bool {
        const TEMPLATE: &str = "{tenantid}";
        let Some(own) = self.issuer() else { return true };
        let Some((before, after)) = own.split_once(TEMPLATE) else { return own == issuer };
        let tenant = issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        tenant.is_some_and(|tenant| !tenant.is_empty() && !tenant.contains('/'))
    }

    /// The key's `kid` (RFC 7517 §4.5), if the issuer gave it one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithms the key serves: the one its `alg` names, or every one that fits its kind.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.verifiers.iter().map(|(algorithm, _)| *algorithm)
    }

    /// Returns true if the key can verify signatures of `algorithm` (RFC 8725 §3.1).
    #[must_use]
    pub fn can_verify(&self, algorithm: Algorithm) -> bool {
        self.algorithms().any(|served| served == algorithm)
    }

    /// The SHA-256 JWK thumbprint (RFC 7638), in base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        self.parameters.thumbprint()
    }

    /// Checks a JWS signature over `message`, the bytes of the token up to the second dot as they
    /// were received (RFC 7515 §5.2).
    ///
    /// An ECDSA signature is two numbers of fixed length (RFC 7518 §3.4), never DER; a PSS salt is
    /// as long as the hash. It does **not** check whether the algorithm may be used, or what the
    /// message says.
    ///
    /// # Errors
    /// The signature is not this key's over these bytes, or the key does not serve `algorithm`.
    pub fn verify(
        &self,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        let verifier = self.verifiers.iter().find(|(served, _)| *served == algorithm);
        let (_, verifier) = verifier.ok_or(BadSignature(()))?;
        verifier.verify_sig(message, signature).map_err(|_| BadSignature(()))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.kid == other.kid
            && self.issuer == other.issuer
            && self.parameters == other.parameters
            && self.algorithms().eq(other.algorithms())
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("kid", &self.kid)
            .field("algorithms", &self.algorithms().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// The signature was not made by this key. The reason is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature(());

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl Error for BadSignature {}

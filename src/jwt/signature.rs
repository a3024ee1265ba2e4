use super::compact::UnverifiedToken;
use crate::{
    algorithm::Algorithm,
    base64url,
    error::{TokenFault, TokenFaultKind, TokenPart},
    key::KeySet,
};

/// Longest signature, in bytes: that of an RSA key of 8,192 bits.
const MAX_SIGNATURE_BYTES: usize = 1_024;

/// Checks the signature over the bytes as they were received, with the signer's
/// [`candidates`](KeySet::candidates) for `kid` and `algorithm`.
///
/// # Errors
/// `BadSignature` if the key that the token names did not sign it; `UnknownKey` if there is no such
/// key, and no key without `kid` signed it.
pub(crate) fn check_signature(
    token: &UnverifiedToken,
    algorithm: Algorithm,
    kid: Option<&str>,
    keys: &KeySet,
) -> Result<(), TokenFault> {
    let mut buffer = [0; MAX_SIGNATURE_BYTES];
    let signature = match base64url::decode_slice(token.signature(), &mut buffer) {
        Ok(length) => buffer.get(..length).unwrap_or_default(),
        Err(_) => return Err(TokenFaultKind::Encoding(TokenPart::Signature).into()),
    };
    let mut candidates = keys.candidates(kid, algorithm).peekable();
    if candidates.peek().is_none() {
        return Err(TokenFaultKind::UnknownKey(algorithm).into());
    }
    if candidates.any(|key| key.verify(algorithm, token.signed(), signature).is_ok()) {
        Ok(())
    } else if keys.tries_without_kid(kid, algorithm) {
        Err(TokenFaultKind::UnknownKey(algorithm).into())
    } else {
        Err(TokenFaultKind::BadSignature(algorithm).into())
    }
}

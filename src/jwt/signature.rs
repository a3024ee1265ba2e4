use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::compact::UnverifiedToken;
use crate::{
    algorithm::Algorithm,
    error::{TokenFault, TokenFaultKind, TokenPart},
    key::{Key, KeySet},
};

/// Longest signature, in bytes: that of an RSA key of 8,192 bits.
const MAX_SIGNATURE_BYTES: usize = 1_024;

/// Checks the signature over the bytes as they were received, with the signer's
/// [`candidates`](KeySet::candidates) for `kid` and `algorithm` that are not bound to another
/// issuer. Returns the key that signed it.
///
/// # Errors
/// `BadSignature` if the key that the token names did not sign it; `UnknownKey` if there is no such
/// key, and no key without `kid` signed it.
pub(crate) fn check_signature<'k>(
    token: &UnverifiedToken,
    algorithm: Algorithm,
    kid: Option<&str>,
    keys: &'k KeySet,
) -> Result<&'k Key, TokenFault> {
    // The decoder wants room for whole groups of three bytes.
    let mut buffer = [0; MAX_SIGNATURE_BYTES.next_multiple_of(3)];
    let length = URL_SAFE_NO_PAD.decode_slice(token.signature(), &mut buffer);
    let signature = match length.ok().and_then(|length| buffer.get(..length)) {
        Some(signature) if signature.len() <= MAX_SIGNATURE_BYTES => signature,
        _ => return Err(TokenFaultKind::Encoding(TokenPart::Signature).into()),
    };
    let issuer = token.issuer().unwrap_or_default();
    let candidates = keys.candidates(kid, algorithm);
    let mut candidates = candidates.filter(|key| key.is_for(issuer)).peekable();
    if candidates.peek().is_none() {
        return Err(TokenFaultKind::UnknownKey(algorithm).into());
    }
    let signer = candidates.find(|key| key.verify(algorithm, token.signed(), signature).is_ok());
    if let Some(key) = signer {
        Ok(key)
    } else if keys.tries_without_kid(kid, algorithm) {
        Err(TokenFaultKind::UnknownKey(algorithm).into())
    } else {
        Err(TokenFaultKind::BadSignature(algorithm).into())
    }
}

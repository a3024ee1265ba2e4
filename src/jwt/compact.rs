use std::{fmt, ops::Deref};

use base64::{Engine as _, decoded_len_estimate, engine::general_purpose::URL_SAFE_NO_PAD};
use memchr::memchr_iter;

use super::{decoded::DecodedToken, limits::TokenLimits};
use crate::error::{TokenFault, TokenFaultKind, TokenPart};

/// A well-formed token that has not been verified. It owns its text, so that a request that waits
/// for keys need not parse it again.
#[derive(Clone)]
pub(crate) struct UnverifiedToken {
    decoded: DecodedToken,
    /// The token as it was received: a signature is checked over the very bytes that were parsed.
    compact: Box<[u8]>,
    /// The offset of the second dot.
    signed_len: usize,
}

impl UnverifiedToken {
    /// Parses a compact JWS (RFC 7515 §7.1). Cheap checks come first; no policy is applied.
    pub(crate) fn parse(credential: &[u8], limits: &TokenLimits) -> Result<Self, TokenFault> {
        if credential.len() > limits.token_bytes {
            let limit = limits.token_bytes;
            return Err(TokenFaultKind::TooLong { length: credential.len(), limit }.into());
        }
        let mut dots = memchr_iter(b'.', credential);
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(TokenFaultKind::NotCompact.into());
        };
        let header = credential.get(..first).unwrap_or_default();
        let payload = credential.get(first + 1..second).unwrap_or_default();
        if header.len() > limits.header_bytes {
            let limit = limits.header_bytes;
            return Err(TokenFaultKind::HeaderTooLong { length: header.len(), limit }.into());
        }
        let length = decoded_len_estimate(header.len()) + decoded_len_estimate(payload.len());
        let mut json = Vec::with_capacity(length);
        decode(header, &mut json, TokenPart::Header)?;
        let payload_start = json.len();
        decode(payload, &mut json, TokenPart::Payload)?;
        let decoded = DecodedToken::read(json, payload_start, limits.members)?;
        Ok(Self { decoded, compact: credential.into(), signed_len: second })
    }

    /// The first two parts with the dot between them, as they were received (RFC 7515 §5.2).
    pub(crate) fn signed(&self) -> &[u8] {
        self.compact.get(..self.signed_len).unwrap_or_default()
    }

    /// The third part, still encoded.
    pub(crate) fn signature(&self) -> &[u8] {
        self.compact.get(self.signed_len + 1..).unwrap_or_default()
    }

    /// The decoded token, and the token as it was received.
    pub(crate) fn into_parts(self) -> (DecodedToken, Box<[u8]>) {
        (self.decoded, self.compact)
    }
}

impl Deref for UnverifiedToken {
    type Target = DecodedToken;

    fn deref(&self) -> &DecodedToken {
        &self.decoded
    }
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken").finish_non_exhaustive()
    }
}

/// Decodes strict base64url (RFC 7515 §2): no padding, no white space, no stray bits.
fn decode(part: &[u8], into: &mut Vec<u8>, which: TokenPart) -> Result<(), TokenFault> {
    let decoded = URL_SAFE_NO_PAD.decode_vec(part, into);
    decoded.map_err(|_| TokenFaultKind::Encoding(which).into())
}

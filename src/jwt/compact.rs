//! A compact token taken apart, before anything about it is believed.

use std::ops::Range;

use memchr::memchr_iter;

use super::{
    claims::RegisteredClaims,
    header::{Header, KeyId},
};
use crate::{
    base64url,
    error::{TokenFault, TokenFaultKind, TokenPart},
};

/// Longest token that is looked at, in bytes: what common servers take as one header line. Real
/// vendors' access tokens have 700 to 2,500.
pub const MAX_TOKEN_BYTES: usize = 8_192;
/// Longest header part of a token, in encoded bytes: real ones have at most 400.
pub const MAX_HEADER_BYTES: usize = 2_048;

/// A token as it was presented: well-formed, and not verified.
pub(crate) struct Presented<'t> {
    pub(crate) header: Header,
    pub(crate) claims: RegisteredClaims,
    /// What was signed: the first two parts with the dot between them, as they were received
    /// (RFC 7515 §5.2).
    pub(crate) signed: &'t [u8],
    /// The third part, still encoded.
    pub(crate) signature: &'t [u8],
}

impl<'t> Presented<'t> {
    /// Takes a compact JWS apart (RFC 7515 §7.1). Cheap checks come first; no policy is applied.
    pub(crate) fn parse(token: &'t [u8]) -> Result<Self, TokenFault> {
        if token.len() > MAX_TOKEN_BYTES {
            let limit = MAX_TOKEN_BYTES;
            return Err(TokenFaultKind::TooLong { length: token.len(), limit }.into());
        }
        let mut dots = memchr_iter(b'.', token);
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(TokenFaultKind::NotCompact.into());
        };
        let part = |range: Range<usize>| token.get(range).unwrap_or_default();
        let (signed, signature) = (part(0..second), part(second + 1..token.len()));
        let (header, payload) = (part(0..first), part(first + 1..second));
        if header.len() > MAX_HEADER_BYTES {
            let limit = MAX_HEADER_BYTES;
            return Err(TokenFaultKind::HeaderTooLong { length: header.len(), limit }.into());
        }
        let mut decoded =
            Vec::with_capacity(base64url::decoded_len(header) + base64url::decoded_len(payload));
        decode(header, &mut decoded, TokenPart::Header)?;
        let start = decoded.len();
        decode(payload, &mut decoded, TokenPart::Payload)?;
        let decoded = String::from_utf8(decoded).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            TokenFaultKind::Json(if valid < start { TokenPart::Header } else { TokenPart::Payload })
        })?;
        let header = decoded.get(..start).ok_or(TokenFaultKind::Json(TokenPart::Header))?;
        let header = Header::read(header)?;
        let mut claims = RegisteredClaims::read(decoded, start)?;
        match &header.key_id {
            KeyId::Absent => {}
            KeyId::InText { start, end } => claims.set_key_id_in_text(*start, *end),
            KeyId::Unescaped(kid) => claims.set_key_id(kid),
        }
        Ok(Self { header, claims, signed, signature })
    }

    /// The token's `kid` (RFC 7515 §4.1.4): a hint for a look-up, and nothing else.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.claims.key_id()
    }
}

fn decode(part: &[u8], into: &mut Vec<u8>, which: TokenPart) -> Result<(), TokenFault> {
    base64url::decode(part, into).map_err(|_| TokenFaultKind::Encoding(which).into())
}

//! The JOSE header of a token, read in one pass, unverified.

use super::text::{Span, SpanBuilder};
use crate::{
    algorithm::Algorithm,
    error::{TokenFault, TokenFaultKind, TokenPart},
    json::{self, Member},
    key::MAX_KID_BYTES,
};

/// The header parameters that a verifier needs. `jku`, `jwk`, `x5u` and `x5c` are ignored: a token
/// does not choose the key that it is verified with (RFC 8725 §3.10).
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    /// `None` if this crate does not verify the `alg`.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) token_type: TokenType,
    /// The text of a `typ` that is [`TokenType::Other`].
    pub(super) typ: Option<Span>,
    pub(super) key_id: Option<Span>,
}

/// The `typ` of a header (RFC 7515 §4.1.9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TokenType {
    #[default]
    Absent,
    /// `JWT`, or `JOSE`, which says no more than that the token is compact (RFC 7515 §4.1.9).
    Jwt,
    /// `at+jwt` (RFC 9068 §2.1)
    AccessToken,
    /// `client-authentication+jwt` (draft-ietf-oauth-rfc7523bis)
    ClientAssertion,
    Other,
}

impl Header {
    /// Reads a header, which is a part of the text that `spans` is for.
    pub(super) fn read<'t>(
        text: &'t str,
        max_members: usize,
        spans: &mut SpanBuilder<'t>,
    ) -> Result<Self, TokenFault> {
        let mut header = Self::default();
        let mut has_algorithm = false;
        let mut fault = None;
        json::read_with_limit(text, max_members, &mut |name, value| {
            has_algorithm |= name == "alg";
            if let Err(kind) = header.set(name, value, spans) {
                fault.get_or_insert(kind);
            }
        })
        .map_err(|fault| TokenFault::json(TokenPart::Header, fault, max_members))?;
        match fault {
            Some(kind) => Err(kind.into()),
            None if !has_algorithm => Err(TokenFaultKind::Missing("alg").into()),
            None => Ok(header),
        }
    }

    fn set(
        &mut self,
        name: &str,
        value: Member<'_>,
        spans: &mut SpanBuilder<'_>,
    ) -> Result<(), TokenFaultKind> {
        match (name, value) {
            ("alg", Member::Text(alg)) => self.algorithm = Algorithm::from_name(&alg),
            ("alg", _) => return Err(TokenFaultKind::WrongType("alg")),
            ("typ", Member::Text(typ)) => {
                self.token_type = TokenType::from_typ(&typ);
                self.typ = (self.token_type == TokenType::Other).then(|| spans.span(&typ));
            }
            ("typ", _) => return Err(TokenFaultKind::WrongType("typ")),
            ("kid", Member::Text(kid)) if kid.len() > MAX_KID_BYTES => {
                return Err(TokenFaultKind::KeyIdTooLong { limit: MAX_KID_BYTES });
            }
            ("kid", Member::Text(kid)) => self.key_id = Some(spans.span(&kid)),
            ("kid", _) => return Err(TokenFaultKind::WrongType("kid")),
            // No extension is supported, and an empty list is malformed (RFC 7515 §4.1.11).
            ("crit", _) => return Err(TokenFaultKind::CriticalExtension),
            ("b64", Member::Bool(true)) => {}
            ("b64", _) => return Err(TokenFaultKind::UnencodedPayload),
            ("cty", Member::Text(cty)) if media_type(&cty).eq_ignore_ascii_case("jwt") => {
                return Err(TokenFaultKind::Nested);
            }
            ("cty", Member::Text(_)) => {}
            ("cty", _) => return Err(TokenFaultKind::WrongType("cty")),
            _ => {}
        }
        Ok(())
    }
}

impl TokenType {
    /// Media types are compared without case, with or without `application/` (RFC 7515 §4.1.9).
    fn from_typ(typ: &str) -> Self {
        let typ = media_type(typ);
        if typ.eq_ignore_ascii_case("at+jwt") {
            Self::AccessToken
        } else if typ.eq_ignore_ascii_case("jwt") || typ.eq_ignore_ascii_case("jose") {
            Self::Jwt
        } else if typ.eq_ignore_ascii_case("client-authentication+jwt") {
            Self::ClientAssertion
        } else {
            Self::Other
        }
    }
}

/// A media type without `application/`, which may be left out (RFC 7515 §4.1.9).
pub(crate) fn media_type(text: &str) -> &str {
    const PREFIX: &str = "application/";
    match text.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => text,
    }
}

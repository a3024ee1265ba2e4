//! The JOSE header of a token, read in one pass, unverified.

use std::borrow::Cow;

use crate::{
    algorithm::Algorithm,
    error::{TokenFault, TokenFaultKind, TokenPart},
    json::{self, Member},
    key::MAX_KID_BYTES,
};

/// What a verifier needs of a header. `jku`, `jwk`, `x5u` and `x5c` are not read at all: a token
/// does not choose the key that it is checked with (RFC 8725 §3.10).
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) token_type: TokenType,
    pub(crate) key_id: KeyId,
}

/// The `typ` of a header (RFC 7515 §4.1.9), as far as access tokens are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TokenType {
    #[default]
    Absent,
    /// `JWT`
    Jwt,
    /// `at+jwt` (RFC 9068 §2.1)
    AccessToken,
    /// `client-authentication+jwt` (draft-ietf-oauth-rfc7523bis)
    ClientAssertion,
    Other,
}

/// Where a header's `kid` stands.
#[derive(Debug, Default)]
pub(crate) enum KeyId {
    #[default]
    Absent,
    InText {
        start: usize,
        end: usize,
    },
    Unescaped(Box<str>),
}

impl Header {
    pub(crate) fn read(text: &str) -> Result<Self, TokenFault> {
        let mut reader = Reader { text, ..Reader::default() };
        let mut fault = None;
        json::read(text, &mut |name, value| {
            if let Err(kind) = reader.take(name, value) {
                fault.get_or_insert(kind);
            }
        })
        .map_err(|fault| TokenFault::json(TokenPart::Header, fault))?;
        match (fault, reader.algorithm) {
            (Some(kind), _) => Err(kind.into()),
            (None, None) => Err(TokenFaultKind::Missing("alg").into()),
            (None, Some(algorithm)) => {
                Ok(Self { algorithm, token_type: reader.token_type, key_id: reader.key_id })
            }
        }
    }
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    algorithm: Option<Algorithm>,
    token_type: TokenType,
    key_id: KeyId,
}

impl<'t> Reader<'t> {
    fn take(&mut self, name: &str, value: Member<'t>) -> Result<(), TokenFaultKind> {
        match (name, value) {
            ("alg", Member::Text(alg)) => {
                self.algorithm =
                    Some(Algorithm::from_name(&alg).ok_or(TokenFaultKind::AlgorithmNotAllowed)?);
            }
            ("alg", _) => return Err(TokenFaultKind::WrongType("alg")),
            ("typ", Member::Text(typ)) => self.token_type = TokenType::of(&typ),
            ("typ", _) => return Err(TokenFaultKind::WrongType("typ")),
            ("kid", Member::Text(kid)) => self.key_id = self.place(kid)?,
            ("kid", _) => return Err(TokenFaultKind::WrongType("kid")),
            // No extension is understood here, and an empty list is malformed (RFC 7515 §4.1.11).
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

    fn place(&self, kid: Cow<'t, str>) -> Result<KeyId, TokenFaultKind> {
        if kid.len() > MAX_KID_BYTES {
            return Err(TokenFaultKind::KeyIdTooLong { limit: MAX_KID_BYTES });
        }
        Ok(match kid {
            Cow::Borrowed(kid) => {
                let start = kid.as_ptr().addr() - self.text.as_ptr().addr();
                KeyId::InText { start, end: start + kid.len() }
            }
            Cow::Owned(kid) => KeyId::Unescaped(kid.into()),
        })
    }
}

impl TokenType {
    /// Media types are compared without case, with or without `application/` (RFC 7515 §4.1.9).
    fn of(typ: &str) -> Self {
        let typ = media_type(typ);
        if typ.eq_ignore_ascii_case("at+jwt") {
            Self::AccessToken
        } else if typ.eq_ignore_ascii_case("jwt") {
            Self::Jwt
        } else if typ.eq_ignore_ascii_case("client-authentication+jwt") {
            Self::ClientAssertion
        } else {
            Self::Other
        }
    }
}

fn media_type(text: &str) -> &str {
    const PREFIX: &str = "application/";
    match text.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => text,
    }
}

use super::claim_value::ClaimValue;
use crate::{
    error::{Problems, TokenFaultKind},
    jwt::{DecodedToken, TokenType, media_type},
};

/// Media types of other kinds of JWT (RFC 8725 §3.11): none of them is ever an access token.
const OTHER_KINDS: [&str; 17] = [
    "client-authentication+jwt",
    "dpop+jwt",
    "entity-statement+jwt",
    "id-token+jwt",
    "jwk-set+jwt",
    "kb+jwt",
    "logout+jwt",
    "oauth-authz-req+jwt",
    "oauth-client-attestation+jwt",
    "oauth-client-attestation-pop+jwt",
    "oauth-id-jag+jwt",
    "openid4vci-proof+jwt",
    "secevent+jwt",
    "statuslist+jwt",
    "token-introspection+jwt",
    "trust-mark+jwt",
    "vc+jwt",
];

/// Distinguishes the access tokens of an issuer from its other tokens.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenKind {
    /// RFC 9068 to the letter: `typ` is `at+jwt`. Otherwise it may be `JWT` or absent.
    pub(super) is_strict: bool,
    /// Assertions are required instead of access tokens.
    pub(super) is_assertion: bool,
    /// Further values of `typ`.
    pub(super) types: Box<[Box<str>]>,
    /// A claim that tokens of other types than `at+jwt` must have.
    pub(super) demanded: Option<ClaimValue>,
}

impl TokenKind {
    /// Checks `typ`.
    pub(super) fn check_type(&self, token: &DecodedToken) -> Result<(), TokenFaultKind> {
        let is_admitted = match token.token_type() {
            TokenType::AccessToken => !self.is_assertion,
            TokenType::Absent | TokenType::Jwt => !self.is_strict,
            TokenType::ClientAssertion => self.is_assertion,
            TokenType::Other => !self.is_strict && self.admits(token.typ().unwrap_or_default()),
        };
        match (is_admitted, self.is_assertion) {
            (true, _) => Ok(()),
            (false, false) => Err(TokenFaultKind::TokenType),
            (false, true) => Err(TokenFaultKind::AssertionType),
        }
    }

    fn admits(&self, typ: &str) -> bool {
        self.types.iter().any(|admitted| is_same_type(admitted, typ)) && !is_of_other_kind(typ)
    }

    /// Checks the claim that is required of tokens whose `typ` does not identify their kind.
    pub(super) fn check_required(&self, token: &DecodedToken) -> Result<(), TokenFaultKind> {
        match &self.demanded {
            Some(demanded) if token.token_type() != TokenType::AccessToken => {
                demanded.check_token(token)
            }
            _ => Ok(()),
        }
    }

    /// Checks that no claim marks the token as an ID token. `nonce` marks an ID token unless `typ`
    /// or a required claim identifies an access token.
    pub(super) fn check_id_token(&self, token: &DecodedToken) -> Result<(), TokenFaultKind> {
        let is_settled = token.token_type() == TokenType::AccessToken || self.demanded.is_some();
        if token.has_id_token_hash() || token.has_nonce() && !is_settled {
            return Err(TokenFaultKind::IdToken);
        }
        Ok(())
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        if let Some(typ) = self.types.iter().find(|typ| is_of_other_kind(typ)) {
            let help = format!("cannot be `{typ}`: it marks another kind of token");
            problems.add("token_types", help);
        }
        if self.types.iter().any(|typ| typ.is_empty()) {
            problems.add("token_types", "has an empty type; name the header's `typ`");
        }
        if self.is_strict && !self.types.is_empty() {
            let help = "cannot be combined with `strict_rfc9068`, which admits `at+jwt` alone";
            problems.add("token_types", help);
        }
        if let Some(demanded) = &self.demanded {
            demanded.check("access_token_claim", problems);
        }
    }
}

/// Media types are compared without case, with or without `application/` (RFC 7515 §4.1.9).
fn is_same_type(one: &str, other: &str) -> bool {
    media_type(one).eq_ignore_ascii_case(media_type(other))
}

fn is_of_other_kind(typ: &str) -> bool {
    OTHER_KINDS.iter().any(|kind| is_same_type(kind, typ))
}

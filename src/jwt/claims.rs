//! The registered claims, read in one pass, unverified.

use super::text::{Span, SpanBuilder};
use crate::{
    error::{TokenFault, TokenFaultKind, TokenPart},
    json::{self, JsonFault, Member},
    time::UnixTime,
};

/// The registered claims of a token. Strings are spans of the token's text, so that a token costs
/// one string however many claims it has.
#[derive(Clone, Default)]
pub(super) struct Claims {
    pub(super) issuer: Option<Span>,
    /// Most tokens have one audience, which needs no allocation.
    pub(super) audience: Option<Span>,
    pub(super) other_audiences: Box<[Span]>,
    pub(super) subject: Option<Span>,
    pub(super) client_id: Option<Span>,
    pub(super) authorized_party: Option<Span>,
    pub(super) token_id: Option<Span>,
    pub(super) scope: Option<Span>,
    pub(super) expires_at: Option<UnixTime>,
    pub(super) not_before: Option<UnixTime>,
    pub(super) issued_at: Option<UnixTime>,
    /// `cnf`: the token is bound to a key or certificate of the sender (RFC 7800).
    pub(super) confirmation: bool,
    /// A claim that only ID tokens have: `nonce`, `at_hash` or `c_hash`.
    pub(super) id_token: bool,
}

/// Why a payload is not a claims set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClaimsFault {
    Json(JsonFault),
    /// The named claim has a type that RFC 7519 §4.1 does not allow.
    Type(&'static str),
}

impl From<ClaimsFault> for TokenFault {
    fn from(fault: ClaimsFault) -> Self {
        match fault {
            ClaimsFault::Json(fault) => Self::json(TokenPart::Payload, fault),
            ClaimsFault::Type(name) => TokenFaultKind::WrongType(name).into(),
        }
    }
}

impl Claims {
    /// Reads a claims set, which is a part of the text that `spans` is for.
    pub(super) fn read<'t>(
        payload: &'t str,
        spans: &mut SpanBuilder<'t>,
    ) -> Result<Self, ClaimsFault> {
        let mut claims = Self::default();
        let mut wrong = None;
        json::read(payload, &mut |name, value| {
            if let Err(name) = claims.set(name, value, spans) {
                wrong.get_or_insert(name);
            }
        })
        .map_err(ClaimsFault::Json)?;
        match wrong {
            Some(name) => Err(ClaimsFault::Type(name)),
            None => Ok(claims),
        }
    }

    fn set(
        &mut self,
        name: &str,
        value: Member<'_>,
        spans: &mut SpanBuilder<'_>,
    ) -> Result<(), &'static str> {
        let mut string = |value| match value {
            Member::Text(text) => Some(spans.span(&text)),
            _ => None,
        };
        match name {
            "iss" => self.issuer = Some(string(value).ok_or("iss")?),
            "sub" => self.subject = Some(string(value).ok_or("sub")?),
            "client_id" => self.client_id = Some(string(value).ok_or("client_id")?),
            "azp" => self.authorized_party = Some(string(value).ok_or("azp")?),
            "jti" => self.token_id = Some(string(value).ok_or("jti")?),
            // A scope that is not a string grants nothing (RFC 9068 §2.2.3); it is not refused.
            "scope" => self.scope = string(value),
            "aud" => match value {
                Member::Text(text) => self.audience = Some(spans.span(&text)),
                Member::Texts(texts) => {
                    let mut audiences = texts.map(|text| spans.span(&text));
                    self.audience = audiences.next();
                    self.other_audiences = audiences.collect();
                }
                _ => return Err("aud"),
            },
            "exp" => self.expires_at = Some(numeric_date(&value).ok_or("exp")?),
            "nbf" => self.not_before = Some(numeric_date(&value).ok_or("nbf")?),
            "iat" => self.issued_at = Some(numeric_date(&value).ok_or("iat")?),
            "cnf" => self.confirmation = true,
            "nonce" | "at_hash" | "c_hash" => self.id_token = true,
            _ => {}
        }
        Ok(())
    }
}

/// Reads a NumericDate (RFC 7519 §2). It may have a fraction; a date before 1970 is the epoch, one
/// that is too late for a clock is [`UnixTime::MAX`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, which is what is wanted"
)]
fn numeric_date(value: &Member<'_>) -> Option<UnixTime> {
    match value {
        Member::Number(seconds) => Some(UnixTime::from_millis((seconds * 1_000.0) as u64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Result<Claims, ClaimsFault> {
        Claims::read(payload, &mut SpanBuilder::new(payload))
    }

    #[test]
    fn r50_a_numeric_date_may_be_fractional_and_never_overflows() {
        let exp = |text: &str| read(&format!("{{\"exp\":{text}}}")).map(|claims| claims.expires_at);
        let fault = |text| exp(text).unwrap_err();
        assert_eq!(exp("1.5"), Ok(Some(UnixTime::from_millis(1_500))));
        assert_eq!(exp("4.1024448e9"), Ok(Some(UnixTime::from_secs(4_102_444_800))));
        assert_eq!(exp("1e308"), Ok(Some(UnixTime::MAX)));
        assert_eq!(exp("99999999999999999999999999"), Ok(Some(UnixTime::MAX)));
        assert_eq!(exp("-1"), Ok(Some(UnixTime::EPOCH)));
        for wrong in ["\"1\"", "null", "true", "[1]", "{}"] {
            assert_eq!(fault(wrong), ClaimsFault::Type("exp"), "{wrong}");
        }
        for wrong in ["NaN", "Infinity", "1e400", "-1e400", "01", "+1", "1n"] {
            assert_eq!(fault(wrong), ClaimsFault::Json(JsonFault::Syntax), "{wrong}");
        }
    }

    #[test]
    fn r55_a_scope_of_a_wrong_type_grants_nothing() {
        for wrong in ["null", "true", "1", "[\"a\"]", "{}"] {
            assert_eq!(read(&format!("{{\"scope\":{wrong}}}")).unwrap().scope, None, "{wrong}");
        }
        assert!(read("{\"scope\":\"a\"}").unwrap().scope.is_some());
    }

    #[test]
    fn r46_an_audience_is_a_string_or_an_array_of_strings() {
        let count = |text: &str| {
            let claims = read(&format!("{{\"aud\":{text}}}"))?;
            Ok(claims.audience.iter().chain(&claims.other_audiences).count())
        };
        assert_eq!(count("\"a\""), Ok(1));
        assert_eq!(count("[\"a\",\"b\"]"), Ok(2));
        assert_eq!(count("[]"), Ok(0));
        for wrong in ["null", "1", "[1]", "[[\"a\"]]", "[\"a\",null]", "{}"] {
            assert_eq!(count(wrong), Err(ClaimsFault::Type("aud")), "{wrong}");
        }
    }
}

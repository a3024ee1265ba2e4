//! The registered claims, read in one pass, unverified.

use super::text::{Span, SpanBuilder};
use crate::{
    error::{TokenFault, TokenFaultKind, TokenPart},
    json::{self, Member},
    scope::join_scopes,
    time::UnixTime,
};

/// The registered claims of a token. Strings are spans of the token's text, so that all claims
/// share one allocation.
#[derive(Clone, Default)]
pub(super) struct Claims {
    pub(super) issuer: Option<Span>,
    /// The token has an `aud`, which may be an empty array.
    pub(super) has_audience: bool,
    /// Most tokens have one audience, which needs no allocation.
    pub(super) audience: Option<Span>,
    pub(super) other_audiences: Box<[Span]>,
    pub(super) subject: Option<Span>,
    pub(super) client_id: Option<Span>,
    pub(super) authorized_party: Option<Span>,
    /// `cid` of Okta.
    pub(super) okta_client_id: Option<Span>,
    /// `appid` of Entra, in tokens of version 1.
    pub(super) entra_client_id: Option<Span>,
    pub(super) token_id: Option<Span>,
    /// `scope`: a list separated by spaces, also if the claim is an array.
    pub(super) scope: Option<Span>,
    pub(super) expires_at: Option<UnixTime>,
    pub(super) not_before: Option<UnixTime>,
    pub(super) issued_at: Option<UnixTime>,
    /// `cnf`: the token is bound to a key or certificate of the sender (RFC 7800).
    pub(super) confirmation: bool,
    /// `nonce`, which ID tokens have.
    pub(super) nonce: bool,
    /// `at_hash` or `c_hash`, which only ID tokens have.
    pub(super) id_token_hash: bool,
}

impl Claims {
    /// Reads a claims set, which is a part of the text that `spans` is for.
    pub(super) fn read<'t>(
        payload: &'t str,
        max_members: usize,
        spans: &mut SpanBuilder<'t>,
    ) -> Result<Self, TokenFault> {
        let mut claims = Self::default();
        let mut wrong = None;
        json::read_with_limit(payload, max_members, &mut |name, value| {
            if let Err(name) = claims.set(name, value, spans) {
                wrong.get_or_insert(name);
            }
        })
        .map_err(|fault| TokenFault::json(TokenPart::Payload, fault, max_members))?;
        match wrong {
            Some(name) => Err(TokenFaultKind::WrongType(name).into()),
            None => Ok(claims),
        }
    }

    fn set(
        &mut self,
        name: &str,
        value: Member<'_>,
        spans: &mut SpanBuilder<'_>,
    ) -> Result<(), &'static str> {
        let mut string = |name, value| match value {
            Member::Text(text) => Ok(Some(spans.span(&text))),
            _ => Err(name),
        };
        match name {
            // Some serializers write `null` for absent values.
            _ if matches!(value, Member::Null) => {}
            "iss" => self.issuer = string("iss", value)?,
            "sub" => self.subject = string("sub", value)?,
            "client_id" => self.client_id = string("client_id", value)?,
            "azp" => self.authorized_party = string("azp", value)?,
            "cid" => self.okta_client_id = string("cid", value)?,
            "appid" => self.entra_client_id = string("appid", value)?,
            "jti" => self.token_id = string("jti", value)?,
            // A scope of another type grants nothing (RFC 9068 §2.2.3); it is not refused.
            "scope" => match value {
                Member::Text(text) => self.scope = Some(spans.span(&text)),
                Member::Texts(scopes) => self.scope = Some(spans.append(&join_scopes(scopes))),
                _ => {}
            },
            "aud" => {
                self.has_audience = true;
                match value {
                    Member::Text(text) => self.audience = Some(spans.span(&text)),
                    Member::Texts(texts) => {
                        let mut audiences = texts.map(|text| spans.span(&text));
                        self.audience = audiences.next();
                        self.other_audiences = audiences.collect();
                    }
                    _ => return Err("aud"),
                }
            }
            "exp" => self.expires_at = Some(numeric_date(&value).ok_or("exp")?),
            "nbf" => self.not_before = Some(numeric_date(&value).ok_or("nbf")?),
            "iat" => self.issued_at = Some(numeric_date(&value).ok_or("iat")?),
            "cnf" => self.confirmation = true,
            "nonce" => self.nonce = true,
            "at_hash" | "c_hash" => self.id_token_hash = true,
            _ => {}
        }
        Ok(())
    }
}

/// Reads a NumericDate (RFC 7519 §2). It may have a fraction. A date before 1970 becomes the epoch,
/// and one that is too late for a clock becomes [`UnixTime::MAX`].
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

    fn read(payload: &str) -> Result<Claims, TokenFaultKind> {
        Claims::read(payload, 128, &mut SpanBuilder::new(payload))
            .map_err(|fault| fault.kind().clone())
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
        for wrong in ["\"1\"", "true", "[1]", "{}", "[null]"] {
            assert_eq!(fault(wrong), TokenFaultKind::WrongType("exp"), "{wrong}");
        }
        for wrong in ["NaN", "Infinity", "1e400", "-1e400", "01", "+1", "1n"] {
            assert_eq!(fault(wrong), TokenFaultKind::Json(TokenPart::Payload), "{wrong}");
        }
    }

    #[test]
    fn r55_a_scope_of_a_wrong_type_grants_nothing() {
        for wrong in ["null", "true", "1", "[\"a\",1]", "{}"] {
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
        assert_eq!(count("null"), Ok(0));
        for wrong in ["1", "[1]", "[[\"a\"]]", "[\"a\",null]", "{}"] {
            assert_eq!(count(wrong), Err(TokenFaultKind::WrongType("aud")), "{wrong}");
        }
    }
}

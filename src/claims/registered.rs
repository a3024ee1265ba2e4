//! The registered claims, read in one pass, unverified.

use std::borrow::Cow;

use crate::{
    members::{self, JsonFault, Member},
    time::UnixTime,
};

/// The registered claims of a token, borrowed from its decoded payload. Nothing here is verified.
#[derive(Debug, Default)]
pub(crate) struct RegisteredClaims<'t> {
    pub(crate) issuer: Option<Cow<'t, str>>,
    pub(crate) audience: Vec<Cow<'t, str>>,
    pub(crate) subject: Option<Cow<'t, str>>,
    pub(crate) client_id: Option<Cow<'t, str>>,
    pub(crate) authorized_party: Option<Cow<'t, str>>,
    pub(crate) token_id: Option<Cow<'t, str>>,
    pub(crate) expires_at: Option<UnixTime>,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) issued_at: Option<UnixTime>,
    /// `None` when the claim is missing or no string: it grants nothing then (RFC 9068 §2.2.3).
    pub(crate) scope: Option<Cow<'t, str>>,
    /// The token is bound to a key or certificate of the sender (RFC 7800).
    pub(crate) confirmation: bool,
    /// The token has a claim that only ID tokens have: `nonce`, `at_hash` or `c_hash`.
    pub(crate) id_token: bool,
}

/// Why a payload is no claims set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimsFault {
    Json(JsonFault),
    /// The named claim has a type that RFC 7519 §4.1 does not allow.
    Type(&'static str),
}

impl<'t> RegisteredClaims<'t> {
    pub(crate) fn read(text: &'t str) -> Result<Self, ClaimsFault> {
        let mut claims = Self::default();
        let mut wrong = None;
        members::read(text, &mut |name, value| {
            if let Err(name) = claims.take(name, value) {
                wrong.get_or_insert(name);
            }
        })
        .map_err(ClaimsFault::Json)?;
        wrong.map_or(Ok(claims), |name| Err(ClaimsFault::Type(name)))
    }

    fn take(&mut self, name: &str, value: Member<'t>) -> Result<(), &'static str> {
        match name {
            "iss" => self.issuer = Some(string(value).ok_or("iss")?),
            "aud" => self.audience = strings(value).ok_or("aud")?,
            "sub" => self.subject = Some(string(value).ok_or("sub")?),
            "client_id" => self.client_id = Some(string(value).ok_or("client_id")?),
            "azp" => self.authorized_party = Some(string(value).ok_or("azp")?),
            "jti" => self.token_id = Some(string(value).ok_or("jti")?),
            "exp" => self.expires_at = Some(numeric_date(&value).ok_or("exp")?),
            "nbf" => self.not_before = Some(numeric_date(&value).ok_or("nbf")?),
            "iat" => self.issued_at = Some(numeric_date(&value).ok_or("iat")?),
            "scope" => self.scope = string(value),
            "cnf" => self.confirmation = true,
            "nonce" | "at_hash" | "c_hash" => self.id_token = true,
            _ => {}
        }
        Ok(())
    }
}

fn string(value: Member<'_>) -> Option<Cow<'_, str>> {
    match value {
        Member::Text(text) => Some(text),
        _ => None,
    }
}

fn strings(value: Member<'_>) -> Option<Vec<Cow<'_, str>>> {
    match value {
        Member::Text(text) => Some(vec![text]),
        Member::Texts(texts) => Some(texts),
        _ => None,
    }
}

/// A NumericDate (RFC 7519 §2) may have a fraction, and may lie beyond what a clock can show; a
/// date before 1970 is the epoch, which lies in every token's past.
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

    #[test]
    fn r50_a_numeric_date_may_be_fractional_and_never_overflows() {
        let exp = |text: &str| {
            let payload = format!("{{\"exp\":{text}}}");
            RegisteredClaims::read(&payload).map(|claims| claims.expires_at)
        };
        assert_eq!(exp("1.5"), Ok(Some(UnixTime::from_millis(1_500))));
        assert_eq!(exp("4.1024448e9"), Ok(Some(UnixTime::from_secs(4_102_444_800))));
        assert_eq!(exp("1e308"), Ok(Some(UnixTime::MAX)));
        assert_eq!(exp("99999999999999999999999999"), Ok(Some(UnixTime::MAX)));
        assert_eq!(exp("-1"), Ok(Some(UnixTime::EPOCH)));
        for wrong in ["\"1\"", "null", "true", "[1]", "{}"] {
            assert_eq!(exp(wrong), Err(ClaimsFault::Type("exp")), "{wrong}");
        }
        for wrong in ["NaN", "Infinity", "1e400", "-1e400", "01", "+1", "1n"] {
            assert_eq!(exp(wrong), Err(ClaimsFault::Json(JsonFault::Syntax)), "{wrong}");
        }
    }

    #[test]
    fn r55_a_scope_of_a_wrong_type_grants_nothing() {
        for wrong in ["null", "true", "1", "[\"a\"]", "{}"] {
            let payload = format!("{{\"scope\":{wrong}}}");
            assert_eq!(RegisteredClaims::read(&payload).unwrap().scope, None, "{wrong}");
        }
        assert_eq!(
            RegisteredClaims::read("{\"scope\":\"a\"}").unwrap().scope.as_deref(),
            Some("a")
        );
    }

    #[test]
    fn r46_an_audience_is_a_string_or_an_array_of_strings() {
        let audience = |text: &str| {
            let payload = format!("{{\"aud\":{text}}}");
            RegisteredClaims::read(&payload).map(|claims| claims.audience.len())
        };
        assert_eq!(audience("\"a\""), Ok(1));
        assert_eq!(audience("[\"a\",\"b\"]"), Ok(2));
        assert_eq!(audience("[]"), Ok(0));
        for wrong in ["null", "1", "[1]", "[[\"a\"]]", "[\"a\",null]", "{}"] {
            assert_eq!(audience(wrong), Err(ClaimsFault::Type("aud")), "{wrong}");
        }
    }
}

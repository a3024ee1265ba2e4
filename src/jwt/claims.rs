//! The registered claims, read in one pass, unverified.

use std::{num::NonZeroU32, ops::Range};

use crate::{
    error::{TokenFault, TokenFaultKind, TokenPart},
    json::{self, JsonFault, Member},
    time::UnixTime,
};

/// The registered claims of a token, with the text they stand in. Nothing here is verified.
///
/// A claim that is a string is kept as its place in the text, so that a token costs one string
/// however many claims it has; what JSON escapes hide is written behind the text.
#[derive(Clone, Default)]
pub(crate) struct RegisteredClaims {
    text: String,
    key_id: Option<Span>,
    payload: Option<Span>,
    issuer: Option<Span>,
    /// Most tokens have one audience, which needs no memory of its own.
    audience: Option<Span>,
    other_audiences: Box<[Span]>,
    subject: Option<Span>,
    client_id: Option<Span>,
    authorized_party: Option<Span>,
    token_id: Option<Span>,
    scope: Option<Span>,
    pub(crate) expires_at: Option<UnixTime>,
    pub(crate) not_before: Option<UnixTime>,
    pub(crate) issued_at: Option<UnixTime>,
    /// The token is bound to a key or certificate of the sender (RFC 7800).
    pub(crate) confirmation: bool,
    /// The token has a claim that only ID tokens have: `nonce`, `at_hash` or `c_hash`.
    pub(crate) id_token: bool,
}

/// A place in the text of the claims. Many tokens may be remembered, so it is small, and none at all
/// is as small; what lies beyond 4 GiB is nowhere, and no token is so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: u32,
    /// One more than where it ends.
    behind: NonZeroU32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        let place = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: place(start), behind: NonZeroU32::MIN.saturating_add(place(end)) }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.behind.get() as usize - 1
    }
}

/// Why a payload is no claims set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClaimsFault {
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

impl RegisteredClaims {
    /// Reads the claims set that begins at byte `start` of `text` and ends with it.
    pub(crate) fn read(mut text: String, start: usize) -> Result<Self, ClaimsFault> {
        let mut claims = Self { payload: Some(Span::new(start, text.len())), ..Self::default() };
        let mut places = Places { text: &text, unescaped: String::new() };
        let mut wrong = None;
        let payload = text.get(start..).unwrap_or_default();
        json::read(payload, &mut |name, value| {
            if let Err(name) = claims.take(name, value, &mut places) {
                wrong.get_or_insert(name);
            }
        })
        .map_err(ClaimsFault::Json)?;
        if let Some(name) = wrong {
            return Err(ClaimsFault::Type(name));
        }
        let Places { unescaped, .. } = places;
        text.push_str(&unescaped);
        Ok(Self { text, ..claims })
    }

    fn take(
        &mut self,
        name: &str,
        value: Member<'_>,
        places: &mut Places<'_>,
    ) -> Result<(), &'static str> {
        let mut string = |value| match value {
            Member::Text(text) => Some(places.of(&text)),
            _ => None,
        };
        match name {
            "iss" => self.issuer = Some(string(value).ok_or("iss")?),
            "sub" => self.subject = Some(string(value).ok_or("sub")?),
            "client_id" => self.client_id = Some(string(value).ok_or("client_id")?),
            "azp" => self.authorized_party = Some(string(value).ok_or("azp")?),
            "jti" => self.token_id = Some(string(value).ok_or("jti")?),
            // A scope that is no string grants nothing (RFC 9068 §2.2.3); it is not refused.
            "scope" => self.scope = string(value),
            "aud" => match value {
                Member::Text(text) => self.audience = Some(places.of(&text)),
                Member::Texts(texts) => {
                    let mut audiences = texts.map(|text| places.of(&text));
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

    /// How many bytes of memory it refers to.
    pub(crate) fn bytes(&self) -> usize {
        self.text.capacity() + size_of_val(&*self.other_audiences)
    }

    /// Keeps the `kid` of the token's header, which stands in the text before the claims set.
    pub(crate) fn set_key_id_in_text(&mut self, start: usize, end: usize) {
        self.key_id = Some(Span::new(start, end));
    }

    /// Keeps the `kid` of the token's header, which does not stand in the text as it is.
    pub(crate) fn set_key_id(&mut self, kid: &str) {
        let start = self.text.len();
        self.text.push_str(kid);
        self.key_id = Some(Span::new(start, self.text.len()));
    }

    /// The `kid` of the token's header (RFC 7515 §4.1.4).
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key_id.map(|span| self.at(span))
    }

    /// The claims set as the issuer wrote it.
    pub(crate) fn payload(&self) -> &str {
        self.payload.map_or("", |span| self.at(span))
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.map(|span| self.at(span))
    }

    pub(crate) fn audience(&self) -> impl Iterator<Item = &str> {
        self.audience.iter().chain(&self.other_audiences).map(|span| self.at(*span))
    }

    pub(crate) fn subject(&self) -> Option<&str> {
        self.subject.map(|span| self.at(span))
    }

    pub(crate) fn client_id(&self) -> Option<&str> {
        self.client_id.map(|span| self.at(span))
    }

    pub(crate) fn authorized_party(&self) -> Option<&str> {
        self.authorized_party.map(|span| self.at(span))
    }

    pub(crate) fn token_id(&self) -> Option<&str> {
        self.token_id.map(|span| self.at(span))
    }

    /// `None` when the claim is missing or no string.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.scope.map(|span| self.at(span))
    }

    fn at(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

/// Finds the places of strings that were read from a text.
struct Places<'t> {
    text: &'t str,
    /// Strings that do not stand in the text as they are, to be written behind it.
    unescaped: String,
}

impl Places<'_> {
    /// The place of a string that was read from the text, and borrows from it unless it had
    /// escapes.
    fn of(&mut self, string: &str) -> Span {
        let start = if self.text.as_bytes().as_ptr_range().contains(&string.as_ptr()) {
            string.as_ptr().addr() - self.text.as_ptr().addr()
        } else {
            self.unescaped.push_str(string);
            self.text.len() + self.unescaped.len() - string.len()
        };
        Span::new(start, start + string.len())
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

    fn read(payload: &str) -> Result<RegisteredClaims, ClaimsFault> {
        RegisteredClaims::read(format!("before{payload}"), "before".len())
    }

    #[test]
    fn claims_are_read_in_place_and_escapes_behind_the_text() {
        let claims = read(r#"{"iss":"a","sub":"\u0062","aud":["c","\u0064"],"jti":""}"#).unwrap();
        assert_eq!(claims.issuer(), Some("a"));
        assert_eq!(claims.subject(), Some("b"));
        assert_eq!(claims.audience().collect::<Vec<_>>(), ["c", "d"]);
        assert_eq!(claims.token_id(), Some(""));
        assert_eq!(claims.client_id(), None);
        assert_eq!(claims.key_id(), None);
        assert!(claims.payload().ends_with("\"jti\":\"\"}"));
        let mut claims = claims;
        claims.set_key_id_in_text(0, "before".len());
        assert_eq!(claims.key_id(), Some("before"));
        claims.set_key_id("k\"1");
        assert_eq!((claims.key_id(), claims.subject()), (Some("k\"1"), Some("b")));
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
            assert_eq!(read(&format!("{{\"scope\":{wrong}}}")).unwrap().scope(), None, "{wrong}");
        }
        assert_eq!(read("{\"scope\":\"a\"}").unwrap().scope(), Some("a"));
    }

    #[test]
    fn r46_an_audience_is_a_string_or_an_array_of_strings() {
        let count = |text: &str| {
            read(&format!("{{\"aud\":{text}}}")).map(|claims| claims.audience().count())
        };
        assert_eq!(count("\"a\""), Ok(1));
        assert_eq!(count("[\"a\",\"b\"]"), Ok(2));
        assert_eq!(count("[]"), Ok(0));
        for wrong in ["null", "1", "[1]", "[[\"a\"]]", "[\"a\",null]", "{}"] {
            assert_eq!(count(wrong), Err(ClaimsFault::Type("aud")), "{wrong}");
        }
    }
}

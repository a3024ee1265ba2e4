use super::{
    claims::Claims,
    header::{Header, TokenType},
    text::{Span, SpanBuilder},
};
use crate::{
    algorithm::Algorithm,
    error::{TokenFault, TokenFaultKind, TokenPart},
    time::UnixTime,
};

/// The header and the claims of a token, decoded and read once. Nothing here is verified.
#[derive(Clone)]
pub(crate) struct DecodedToken {
    /// The header's JSON, the payload's JSON, and strings that either holds with escapes.
    text: String,
    payload: Span,
    header: Header,
    claims: Claims,
}

impl DecodedToken {
    /// Reads a token's JSON: the header up to byte `payload_start`, the payload from there on.
    pub(super) fn read(
        json: Vec<u8>,
        payload_start: usize,
        max_members: usize,
    ) -> Result<Self, TokenFault> {
        let mut text = String::from_utf8(json)
            .map_err(|error| invalid_utf8(error.as_bytes(), payload_start, max_members))?;
        let (header, payload) =
            text.split_at_checked(payload_start).ok_or(TokenFaultKind::Json(TokenPart::Header))?;
        let mut spans = SpanBuilder::new(&text);
        let header = Header::read(header, max_members, &mut spans)?;
        let claims = Claims::read(payload, max_members, &mut spans)?;
        let payload = Span::new(payload_start, text.len());
        let unescaped = spans.into_unescaped();
        text.push_str(&unescaped);
        Ok(Self { text, payload, header, claims })
    }

    /// Reads the claims that an issuer states about an opaque token (RFC 7662 §2.2). Without `iss`
    /// they are those of `issuer`. There is no header.
    #[cfg(feature = "introspection")]
    pub(crate) fn introspected(
        claims: String,
        issuer: &str,
        max_members: usize,
    ) -> Result<Self, TokenFault> {
        let mut spans = SpanBuilder::new(&claims);
        let payload = Span::new(0, claims.len());
        let mut read = Claims::read(&claims, max_members, &mut spans)?;
        if read.issuer.is_none() {
            read.issuer = Some(spans.append(issuer));
        }
        let unescaped = spans.into_unescaped();
        let text = claims + &unescaped;
        Ok(Self { text, payload, header: Header::default(), claims: read })
    }

    /// Returns the heap memory it uses, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.text.capacity() + size_of_val(&*self.claims.other_audiences)
    }

    /// The header's `alg`.
    ///
    /// # Errors
    /// The crate does not verify this algorithm.
    pub(crate) fn algorithm(&self) -> Result<Algorithm, TokenFaultKind> {
        self.header.algorithm.ok_or(TokenFaultKind::AlgorithmNotAllowed)
    }

    /// The header's `typ`.
    pub(crate) const fn token_type(&self) -> TokenType {
        self.header.token_type
    }

    /// The header's `typ` as it is written, if it is [`TokenType::Other`].
    pub(crate) fn typ(&self) -> Option<&str> {
        self.string(self.header.typ)
    }

    /// The header's `kid` (RFC 7515 §4.1.4): a hint for a lookup, and nothing else.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.string(self.header.key_id)
    }

    /// The header as the issuer wrote it.
    #[cfg(any(feature = "jsonwebtoken", feature = "issuer"))]
    pub(crate) fn header(&self) -> &str {
        self.payload.before(&self.text)
    }

    /// The claims set as the issuer wrote it.
    pub(crate) fn payload(&self) -> &str {
        self.payload.slice(&self.text)
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.string(self.claims.issuer)
    }

    /// Returns true if the token has an `aud`, which may be an empty array.
    pub(crate) const fn has_audience(&self) -> bool {
        self.claims.has_audience
    }

    pub(crate) fn audience(&self) -> impl Iterator<Item = &str> {
        let spans = self.claims.audience.iter().chain(&self.claims.other_audiences);
        spans.map(|span| span.slice(&self.text))
    }

    pub(crate) fn subject(&self) -> Option<&str> {
        self.string(self.claims.subject)
    }

    pub(crate) fn client_id(&self) -> Option<&str> {
        self.string(self.claims.client_id)
    }

    /// The caller's id: the first present of `client_id`, `azp`, `cid` and `appid`.
    pub(crate) fn caller(&self) -> Option<&str> {
        let Claims { client_id, authorized_party, okta_client_id, entra_client_id, .. } =
            self.claims;
        self.string(client_id.or(authorized_party).or(okta_client_id).or(entra_client_id))
    }

    pub(crate) fn token_id(&self) -> Option<&str> {
        self.string(self.claims.token_id)
    }

    /// `scope` as a list separated by spaces, if it is a string or an array of strings.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.string(self.claims.scope)
    }

    pub(crate) const fn expires_at(&self) -> Option<UnixTime> {
        self.claims.expires_at
    }

    pub(crate) const fn not_before(&self) -> Option<UnixTime> {
        self.claims.not_before
    }

    pub(crate) const fn issued_at(&self) -> Option<UnixTime> {
        self.claims.issued_at
    }

    /// Returns true if the token has a `cnf` (RFC 7800).
    pub(crate) const fn is_sender_constrained(&self) -> bool {
        self.claims.confirmation
    }

    /// Returns true if the token has a `nonce`.
    pub(crate) const fn has_nonce(&self) -> bool {
        self.claims.nonce
    }

    /// Returns true if the token has a claim that only ID tokens have: `at_hash` or `c_hash`.
    pub(crate) const fn has_id_token_hash(&self) -> bool {
        self.claims.id_token_hash
    }

    fn string(&self, span: Option<Span>) -> Option<&str> {
        span.map(|span| span.slice(&self.text))
    }
}

/// Returns the first fault of a token whose JSON is not UTF-8; a fault in the header comes first.
#[cold]
fn invalid_utf8(json: &[u8], payload_start: usize, max_members: usize) -> TokenFault {
    let header = json.get(..payload_start).and_then(|header| std::str::from_utf8(header).ok());
    let Some(header) = header else { return TokenFaultKind::Json(TokenPart::Header).into() };
    let read = Header::read(header, max_members, &mut SpanBuilder::new(header));
    read.err().unwrap_or_else(|| TokenFaultKind::Json(TokenPart::Payload).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, payload: &str) -> DecodedToken {
        DecodedToken::read(format!("{header}{payload}").into(), header.len(), 128).unwrap()
    }

    #[test]
    fn strings_are_spans_of_the_text_and_escapes_are_appended() {
        let payload = r#"{"iss":"a","sub":"\u0062","aud":["c","\u0064"],"jti":""}"#;
        let token = read(r#"{"alg":"ES256","kid":"k\"1"}"#, payload);
        assert_eq!(token.issuer(), Some("a"));
        assert_eq!(token.subject(), Some("b"));
        assert_eq!(token.audience().collect::<Vec<_>>(), ["c", "d"]);
        assert_eq!(token.token_id(), Some(""));
        assert_eq!(token.client_id(), None);
        assert_eq!(token.key_id(), Some("k\"1"));
        assert_eq!(token.payload(), payload);
        assert_eq!(read(r#"{"alg":"ES256"}"#, payload).key_id(), None);
        assert_eq!(read(r#"{"kid":"k","alg":"ES256"}"#, payload).key_id(), Some("k"));
    }
}

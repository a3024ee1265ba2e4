//! Tokens of any content, right or wrong, for tests.

use serde_json::{Map, Value};

use super::token_id::token_id;
use crate::{
    algorithm::Algorithm,
    jwt,
    key::{SigningError, SigningKey},
    time::UnixTime,
};

/// Builds a token for a test, from [`TokenIssuer::token`](super::TokenIssuer::token): valid at
/// first, until the test changes it.
///
/// It ignores the issuer's rules and accounts: only the signature relates the token to the issuer.
///
/// ```
/// # use tower_bearer::{algorithm::Algorithm, issuer::{Application, TokenIssuer}};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TokenIssuer::builder("https://issuer.example".parse()?)
///     .algorithm(Algorithm::ES256)
///     .application(Application::new("display").audience("https://display.example"))
///     .build()?;
/// let good = issuer.token().scope("announce:read").sign()?;
/// let for_another = issuer.token().audience("https://other.example").sign()?;
/// let without_end = issuer.token().without_claim("exp").sign()?;
/// # assert_ne!(good, for_another);
/// # assert_ne!(good, without_end);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it signs"]
pub struct TokenBuilder {
    key: SigningKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    /// The test has not set a `jti`: each signing makes a new one.
    fresh_token_id: bool,
}

impl TokenBuilder {
    pub(super) fn new(key: SigningKey, typ: &str, claims: Map<String, Value>) -> Self {
        let header = jwt::Header::new(typ, &key).members();
        let fresh_token_id = claims.contains_key("jti");
        Self { key, header, claims, fresh_token_id }
    }

    /// Sets `iss`.
    pub fn issuer(self, issuer: &str) -> Self {
        self.claim("iss", issuer)
    }

    /// Sets `aud` to one string; an array goes through [`claim`](Self::claim).
    pub fn audience(self, audience: &str) -> Self {
        self.claim("aud", audience)
    }

    /// Sets `sub`.
    pub fn subject(self, subject: &str) -> Self {
        self.claim("sub", subject)
    }

    /// Sets `client_id`.
    pub fn client_id(self, client_id: &str) -> Self {
        self.claim("client_id", client_id)
    }

    /// Sets `scope`.
    pub fn scope(self, scope: &str) -> Self {
        self.claim("scope", scope)
    }

    /// Sets `exp`, in whole seconds.
    pub fn expires_at(self, time: UnixTime) -> Self {
        self.claim("exp", time.as_secs())
    }

    /// Sets `nbf`, in whole seconds.
    pub fn not_before(self, time: UnixTime) -> Self {
        self.claim("nbf", time.as_secs())
    }

    /// Sets `iat`, in whole seconds.
    pub fn issued_at(self, time: UnixTime) -> Self {
        self.claim("iat", time.as_secs())
    }

    /// Sets any claim to any value.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fresh_token_id &= name != "jti";
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a claim out.
    pub fn without_claim(mut self, claim: &str) -> Self {
        self.fresh_token_id &= claim != "jti";
        self.claims.remove(claim);
        self
    }

    /// Sets the `typ` of the header.
    pub fn typ(self, typ: &str) -> Self {
        self.header("typ", typ)
    }

    /// Sets the `kid` of the header; the key that signs stays the same.
    pub fn kid(self, kid: &str) -> Self {
        self.header("kid", kid)
    }

    /// Sets the `alg` of the header; the key that signs stays the same, so any other algorithm than
    /// the key's makes the token invalid.
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        self.header("alg", algorithm.name())
    }

    /// Sets any header parameter to any value.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a header parameter out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs with another key, and names its `alg` and `kid`.
    pub fn signed_by(mut self, key: &SigningKey) -> Self {
        let (alg, kid) = (key.algorithm(), key.kid().to_owned());
        self.key = key.clone();
        self.algorithm(alg).kid(&kid)
    }

    /// The token.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn sign(&self) -> Result<String, SigningError> {
        jwt::sign(&self.header, &self.final_claims(), &self.key)
    }

    /// The token with `alg` `none` and an empty signature (RFC 7519 §6): nobody may accept it.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let header = self.clone().header("alg", "none").header;
        format!("{}.", jwt::unsigned(&header, &self.final_claims()))
    }

    fn final_claims(&self) -> Map<String, Value> {
        let mut claims = self.claims.clone();
        if self.fresh_token_id
            && let Ok(token_id) = token_id()
        {
            claims.insert("jti".to_owned(), token_id.into());
        }
        claims
    }
}

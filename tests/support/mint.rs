//! Makes tokens, good ones and bad ones.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    key::{KeySet, SigningKey, public_jwk_set},
    time::UnixTime,
};

/// The time at which good tokens are good.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// A token in the making: a good one until something is spoiled.
#[derive(Clone)]
pub(crate) struct Mint {
    key: SigningKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Mint {
    pub(crate) const ISSUER: &str = "https://issuer.example";
    pub(crate) const AUDIENCE: &str = "urn:api:announcements";

    pub(crate) fn new() -> Self {
        Self::with_key(&SigningKey::generate(Algorithm::ES256).unwrap())
    }

    pub(crate) fn with_key(key: &SigningKey) -> Self {
        let header = json!({"typ": "at+jwt", "alg": key.algorithm().name(), "kid": key.kid()});
        let claims = json!({
            "iss": Self::ISSUER,
            "aud": Self::AUDIENCE,
            "sub": "somebody",
            "client_id": "gift-deliveries",
            "iat": NOW.as_secs(),
            "exp": NOW.as_secs() + 3_600,
            "jti": "1",
            "scope": "announce:read",
        });
        let object = |value: Value| value.as_object().cloned().unwrap();
        Self { key: key.clone(), header: object(header), claims: object(claims) }
    }

    /// A token with this header and these claims, and no others.
    pub(crate) fn of(key: &SigningKey, header: &Value, claims: &Value) -> Self {
        let object = |value: &Value| value.as_object().cloned().unwrap();
        Self { key: key.clone(), header: object(header), claims: object(claims) }
    }

    /// Sets claims; null removes one.
    pub(crate) fn with_claims(self, changes: &Value) -> Self {
        changes.as_object().unwrap().iter().fold(self, |mint, (name, value)| match value {
            Value::Null => mint.without(name),
            value => mint.claim(name, value.clone()),
        })
    }

    /// Sets header parameters; null removes one.
    pub(crate) fn with_header(self, changes: &Value) -> Self {
        changes.as_object().unwrap().iter().fold(self, |mint, (name, value)| match value {
            Value::Null => mint.without_header(name),
            value => mint.header(name, value.clone()),
        })
    }

    pub(crate) fn issuer() -> Issuer {
        Issuer::new(Self::ISSUER).unwrap()
    }

    pub(crate) fn audience() -> Audience {
        Audience::new(Self::AUDIENCE).unwrap()
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    pub(crate) fn keys(&self) -> KeySet {
        KeySet::parse(public_jwk_set([&self.key]).as_bytes()).unwrap()
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    pub(crate) fn scope(self, scope: &str) -> Self {
        self.claim("scope", scope)
    }

    /// The token, signed.
    pub(crate) fn sign(&self) -> String {
        let header = Value::Object(self.header.clone()).to_string();
        let payload = Value::Object(self.claims.clone()).to_string();
        self.sign_texts(&header, &payload)
    }

    /// A token of these texts, whatever they are.
    pub(crate) fn sign_texts(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", encode(header), encode(payload));
        let signature = self.key.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", encode(signature))
    }

    /// The token with `text` in the place of the whole payload.
    pub(crate) fn sign_payload(&self, payload: &str) -> String {
        self.sign_texts(&Value::Object(self.header.clone()).to_string(), payload)
    }

    /// The payload of the good token as text.
    pub(crate) fn payload(&self) -> String {
        Value::Object(self.claims.clone()).to_string()
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use tower_bearer::key::SigningKey;

use crate::{AUDIENCE, ISSUER};

/// The length of the tokens that are compared, in bytes: what a common vendor issues for RS256.
pub const USUAL_BYTES: usize = 927;

/// A token before it is signed: a good one, until something is changed.
#[derive(Clone)]
#[must_use]
pub struct Draft<'k> {
    key: &'k SigningKey,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl<'k> Draft<'k> {
    /// A token of [`ISSUER`] for [`AUDIENCE`] that lasts for a hundred hours.
    pub fn new(key: &'k SigningKey, issued_at: u64) -> Self {
        let header = json!({"alg": key.algorithm().name(), "typ": "at+jwt", "kid": key.kid()});
        let claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "7c1e1f6a-51d7-4e0e-9c2b-0d1b5c3f9a10",
            "client_id": "gift-deliveries",
            "iat": issued_at,
            "exp": issued_at + 360_000,
            "jti": "b5b1f0c2e9d34a6f",
            "scope": "announce:read",
        });
        let (Value::Object(header), Value::Object(claims)) = (header, claims) else {
            unreachable!("both are objects");
        };
        Self { key, header, claims }
    }

    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Fills the token up with a claim that nobody reads, to this many bytes or up to two less.
    pub fn bytes(self, bytes: usize) -> Self {
        const PADDING: &str = "https://issuer.example/organisation";
        let bare = self.claim(PADDING, "");
        let room = bytes.saturating_sub(bare.sign().len());
        bare.claim(PADDING, "o".repeat(room * 3 / 4))
    }

    pub fn sign(&self) -> String {
        let signed = self.signed();
        let signature = self.key.sign(signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The token with the signature of another.
    pub fn sign_wrongly(&self) -> String {
        let signature = self.key.sign(b"another message").expect("a signature");
        format!("{}.{}", self.signed(), URL_SAFE_NO_PAD.encode(signature))
    }

    /// What is signed: both parts, as they are sent.
    fn signed(&self) -> String {
        let part = |members: &Map<String, Value>| {
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(members).expect("JSON"))
        };
        format!("{}.{}", part(&self.header), part(&self.claims))
    }
}

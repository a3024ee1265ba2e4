//! Assembles a JWT: JWS compact serialization (RFC 7515 §7.1).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
#[cfg(feature = "issuer")]
use serde_json::{Map, Value};

#[cfg(any(feature = "client", feature = "introspection"))]
use crate::algorithm::Algorithm;
#[cfg(feature = "issuer")]
use crate::key::{SigningError, SigningKey};

/// The header of a token.
#[derive(Debug, Serialize)]
pub(crate) struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'a str,
}

impl<'a> Header<'a> {
    /// The header of a token signed by `key`.
    #[cfg(feature = "issuer")]
    pub(crate) fn new(typ: &'a str, key: &'a SigningKey) -> Self {
        Self { alg: key.algorithm().name(), kid: key.kid(), typ }
    }

    /// The header of a token that is signed elsewhere.
    #[cfg(any(feature = "client", feature = "introspection"))]
    pub(crate) const fn for_key_id(typ: &'a str, algorithm: Algorithm, kid: &'a str) -> Self {
        Self { alg: algorithm.name(), kid, typ }
    }

    /// Its members by their names.
    #[cfg(feature = "issuer")]
    pub(crate) fn members(&self) -> Map<String, Value> {
        let member = |name: &str, value: &str| (name.to_owned(), Value::from(value));
        [member("alg", self.alg), member("kid", self.kid), member("typ", self.typ)]
            .into_iter()
            .collect()
    }
}

/// Initial capacity, in bytes: enough for most tokens. Above 1,000 bytes allocators use a slower
/// path.
const INITIAL_CAPACITY: usize = 960;

/// Signs exactly this header and these claims. It does **not** check that they agree with the key.
#[cfg(feature = "issuer")]
pub(crate) fn sign(
    header: &impl Serialize,
    claims: &impl Serialize,
    key: &SigningKey,
) -> Result<String, SigningError> {
    let mut token = unsigned(header, claims);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// The part of a token that is signed.
pub(crate) fn unsigned(header: &impl Serialize, claims: &impl Serialize) -> String {
    let mut token = String::with_capacity(INITIAL_CAPACITY);
    let mut json = Vec::with_capacity(512);
    write(header, &mut json);
    URL_SAFE_NO_PAD.encode_string(&json, &mut token);
    token.push('.');
    json.clear();
    write(claims, &mut json);
    URL_SAFE_NO_PAD.encode_string(&json, &mut token);
    token
}

fn write(members: &impl Serialize, json: &mut Vec<u8>) {
    let written = serde_json::to_writer(json, members);
    debug_assert!(written.is_ok(), "members with names are written to memory");
}

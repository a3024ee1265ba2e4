//! Puts a JWT together: JWS compact serialization (RFC 7515 §7.1).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::key::{SigningError, SigningKey};

/// The header of a token signed by `key`.
pub(super) fn header(typ: &str, key: &SigningKey) -> Map<String, Value> {
    let member = |name: &str, value: &str| (name.to_owned(), Value::from(value));
    Map::from_iter([
        member("alg", key.algorithm().name()),
        member("kid", key.kid()),
        member("typ", typ),
    ])
}

/// Signs exactly this header and these claims; whether they agree with the key is the caller's
/// affair.
pub(super) fn sign(
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    key: &SigningKey,
) -> Result<String, SigningError> {
    let mut token = unsigned(header, claims);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// The part of a token that is signed.
pub(super) fn unsigned(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let mut token = String::with_capacity(1_024);
    URL_SAFE_NO_PAD.encode_string(text(header), &mut token);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(text(claims), &mut token);
    token
}

fn text(members: &Map<String, Value>) -> String {
    serde_json::to_string(members).unwrap_or_default()
}

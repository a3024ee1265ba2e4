//! The JOSE sets of Wycheproof, and the examples of RFC 7515, RFC 7520 and RFC 8037.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_bearer::{algorithm::Algorithm, key::KeySet};

use crate::support::vectors_json;

/// Whether a key of `jwks` made the compact JWS: the signature layer alone. The header serves to
/// find the key and is not judged.
fn verifies(jwks: &Value, jws: &str) -> bool {
    let set = KeySet::parse(jwks.to_string().as_bytes()).unwrap();
    let judged = || {
        let (message, signature) = jws.rsplit_once('.')?;
        let (header, payload) = message.split_once('.')?;
        let decode = |part| URL_SAFE_NO_PAD.decode(part).ok();
        decode(payload)?;
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        let algorithm = Algorithm::from_name(header.get("alg")?.as_str()?)?;
        let kid = header.get("kid").and_then(Value::as_str);
        let signature = decode(signature)?;
        let mut keys = set.candidates(kid, algorithm);
        Some(keys.any(|key| key.verify(algorithm, message.as_bytes(), &signature).is_ok()))
    };
    judged().unwrap_or(false)
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap_or_default()
}

/// Rows that Wycheproof calls valid and that are refused: a key for another algorithm, or for one
/// that does not exist.
const REFUSED: [u64; 4] = [346, 347, 350, 351];

#[test]
fn r24_the_signatures_of_wycheproof_are_judged_as_they_should_be() {
    let Some(rows) = vectors_json("wycheproof-jws.json") else { return };
    let (mut accepted, mut refused, mut symmetric) = (0, 0, 0);
    for row in rows.as_array().unwrap() {
        let found = verifies(&json!({ "keys": [row["jwk"]] }), text(row, "jws"));
        if row["jwk"]["kty"] == "oct" {
            assert!(!found, "{} {}", row["tcId"], row["comment"]);
            symmetric += 1;
            continue;
        }
        let expected = row["signature_layer"] == "accept";
        assert_eq!(found, expected, "{} {}", row["tcId"], row["comment"]);
        assert!(!found || !REFUSED.map(Value::from).contains(&row["tcId"]));
        *(if found { &mut accepted } else { &mut refused }) += 1;
    }
    assert_eq!((accepted, refused, symmetric), (32, 329, 40));
}

#[test]
fn r43_the_key_sets_of_wycheproof_are_judged_as_they_should_be() {
    let Some(rows) = vectors_json("wycheproof-jwk.json") else { return };
    let accepted: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| verifies(&row["jwks"], text(row, "jws")))
        .map(|row| row["tcId"].as_u64().unwrap())
        .collect();
    // 7 is a key of the ROCA family: no test is made for how a modulus came to be.
    assert_eq!(accepted, [5, 7]);
}

/// The vector's key without its private half, and without the `kid` that its header lacks.
fn published(key: &Value) -> Value {
    let public = ["kty", "crv", "x", "y", "n", "e", "alg", "use"];
    let members = key.as_object().unwrap().iter();
    json!({ "keys": [members.filter(|(name, _)| public.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()] })
}

#[test]
fn r34_the_examples_of_rfc_7515_verify() {
    let Some(rows) = vectors_json("rfc/rfc7515_appendix_a.json") else { return };
    for row in rows.as_array().unwrap() {
        let expected = ["RFC7515-A.2", "RFC7515-A.3", "RFC7515-A.4"].contains(&text(row, "id"));
        assert_eq!(verifies(&published(&row["key"]), text(row, "token")), expected, "{row}");
        let private = verifies(&json!({ "keys": [row["key"]] }), text(row, "token"));
        assert!(!private, "a published private key verifies nothing: {row}");
    }
}

#[test]
fn r34_the_examples_of_rfc_7520_and_rfc_8037_verify() {
    for name in [
        "rfc/jws_4_1.rsa_v15_signature.json",
        "rfc/jws_4_2.rsa-pss_signature.json",
        "rfc/jws_4_3.ecdsa_signature.json",
        "rfc/curve25519_jws.json",
    ] {
        let Some(vector) = vectors_json(name) else { return };
        let mut keys = published(&vector["input"]["key"]);
        if let Some(kid) = vector["input"]["key"].get("kid") {
            keys["keys"][0]["kid"] = kid.clone();
        }
        let jws = text(&vector["output"], "compact");
        assert!(verifies(&keys, jws), "{name}");
        assert!(!verifies(&keys, &jws.replacen('.', ".A", 1)), "{name}");
        assert!(!verifies(&keys, jws.trim_end_matches(|last| last != '.')), "{name}");
    }
}

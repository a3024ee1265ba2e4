//! Key sets as issuers write them (rows W23, W24 and W32).

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::json;
use tower_bearer::{
    algorithm::Algorithm::{self, ES256, ES384, ES512, EdDSA, RS256},
    key::{KeyFault, KeySet, KeySetErrorKind, SigningKey},
};

use super::{fault, public, set, signer, with};
use crate::support::encode;

/// A key of which a coordinate begins with a zero octet.
fn with_zero(algorithm: Algorithm, name: &str) -> SigningKey {
    let is_found = |key: &SigningKey| octets(key, name)[0] == 0;
    let mut keys = (0..5_000).map(|_| SigningKey::generate(algorithm).unwrap());
    keys.find(is_found).expect("one key in 256 (of P-521: in 2)")
}

fn octets(key: &SigningKey, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(key.public_jwk()[name].as_str().unwrap()).unwrap()
}

#[test]
fn w23_a_coordinate_of_31_octets_is_read_as_a_number() {
    let jwk = json!({
        "kty": "EC", "crv": "P-256",
        "x": "kXOTndY-81YDSOZe7p6RRXPpHxRbmm83j-L9VgSzag",
        "y": "ru0LM_hWkt_c3VaLNWw_PLRiBoZpzVpub00q7ULaeFU",
    });
    assert_eq!(fault(jwk), None);
}

#[test]
fn w23_a_short_or_padded_coordinate_is_the_same_key() {
    for (algorithm, name) in [(ES256, "x"), (ES256, "y"), (ES384, "y"), (ES512, "x")] {
        let key = with_zero(algorithm, name);
        let whole = octets(&key, name);
        let read = |octets: &[u8]| set(&[with(key.public_jwk(), json!({ name: encode(octets) }))]);
        for coordinate in [whole[1..].to_vec(), [&[0, 0], &whole[..]].concat()] {
            let set = read(&coordinate);
            let read = set.keys().next().expect("the key is used");
            assert_eq!(read.thumbprint(), key.kid(), "of the canonical form");
            let signature = key.sign(b"message").unwrap();
            assert_eq!(read.verify(algorithm, b"message", &signature), Ok(()));
        }
        assert!(read(&[&[1], &whole[..]].concat()).is_empty(), "longer than the curve");
    }
}

#[test]
fn w23_the_octets_of_ed25519_and_of_a_signature_have_their_length() {
    let x = octets(&signer(EdDSA), "x");
    for x in [&x[1..], &[&[0], &x[..]].concat(), &[&x[..], &[0]].concat()] {
        let spoilt = with(public(EdDSA), json!({ "x": encode(x) }));
        assert_eq!(fault(spoilt), Some(KeyFault::InvalidKey));
    }
    let keys = set(&[public(ES256)]);
    let key = keys.keys().next().unwrap();
    let signature = signer(ES256).sign(b"m").unwrap();
    assert!(key.verify(ES256, b"m", &[&[0], &signature[..]].concat()).is_err());
    assert!(key.verify(ES256, b"m", &signature).is_ok());
}

#[test]
fn w24_a_byte_order_mark_before_a_key_set_is_skipped() {
    let document = json!({ "keys": [public(ES256)] }).to_string();
    let marked = format!("\u{feff}{document}");
    assert_eq!(KeySet::parse(marked.as_bytes()).unwrap().len(), 1);
    let twice = format!("\u{feff}{marked}");
    let inside = document.replacen('{', "{\u{feff}", 1);
    let behind = format!("{document}\u{feff}");
    for refused in [twice, inside, behind] {
        let error = KeySet::parse(refused.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), KeySetErrorKind::NotAnObject, "{refused:?}");
    }
}

#[test]
fn w24_a_key_set_in_utf_16_is_refused() {
    let document = json!({ "keys": [public(ES256)] }).to_string();
    for bytes in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let with_mark: Vec<u16> = [0xfeff].into_iter().chain(document.encode_utf16()).collect();
        for text in [&with_mark[..], &with_mark[1..]] {
            let encoded: Vec<u8> = text.iter().flat_map(|unit| bytes(*unit)).collect();
            let error = KeySet::parse(&encoded).unwrap_err();
            assert_eq!(error.kind(), KeySetErrorKind::NotAnObject);
        }
    }
}

fn block(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
}

/// Made by `openssl genpkey` and `openssl pkey -pubout`; the last by `openssl rsa -RSAPublicKey_out`.
const PEM: &str = include_str!("public_keys.pem");

#[test]
fn w32_public_keys_are_read_from_pem() {
    let keys = KeySet::from_pem(PEM).unwrap();
    assert_eq!(keys.skipped(), []);
    let algorithms: Vec<Vec<_>> = keys.keys().map(|key| key.algorithms().collect()).collect();
    let [rsa, p256, p384, p521, ed25519, older] = &algorithms[..] else { panic!("{algorithms:?}") };
    assert_eq!((rsa.len(), older.len()), (6, 6));
    assert!(rsa.contains(&RS256));
    assert_eq!([&p256[..], p384, p521, ed25519], [[ES256], [ES384], [ES512], [EdDSA]]);
    assert!(keys.keys().all(|key| key.kid().is_none()));
    assert_eq!(KeySet::from_pem(&PEM.replace('\n', "\r\n")).unwrap().len(), 6);
}

#[test]
fn w32_a_key_from_pem_verifies_what_its_private_key_signed() {
    let signer = signer(EdDSA);
    let der = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\0", &octets(&signer, "x")[..]];
    let keys = KeySet::from_pem(&block("PUBLIC KEY", &der.concat())).unwrap();
    let signature = signer.sign(b"message").unwrap();
    let key = keys.candidates(Some("any"), EdDSA).next().unwrap();
    assert_eq!(key.verify(EdDSA, b"message", &signature), Ok(()));
    assert_eq!(key.thumbprint(), signer.kid());
}

#[test]
fn w32_a_private_key_in_pem_is_an_exposed_secret() {
    let private = block("PRIVATE KEY", signer(EdDSA).to_pkcs8_der().unwrap().as_bytes());
    let keys = KeySet::from_pem(&private).unwrap();
    assert!(keys.is_empty());
    assert!(keys.skipped()[0].fault().is_exposed_secret());
    let mixed = format!("{private}{PEM}");
    assert_eq!(KeySet::from_pem(&mixed).unwrap().len(), 6);
}

#[test]
fn w32_what_is_not_a_public_key_in_pem_is_named() {
    for text in ["", "{\"keys\":[]}", "-----BEGIN PUBLIC KEY-----\nAAAA\n"] {
        let error = KeySet::from_pem(text).unwrap_err();
        assert_eq!(error.kind(), KeySetErrorKind::NoPem, "{text}");
    }
    let fault = |text: &str| KeySet::from_pem(text).unwrap().skipped()[0].fault();
    assert_eq!(fault(&block("CERTIFICATE", &[0; 3])), KeyFault::NotAPublicKey);
    assert_eq!(fault(&block("PUBLIC KEY", &[0; 3])), KeyFault::UnsupportedKeyType);
    let twice = KeySet::from_pem(&format!("{PEM}{PEM}")).unwrap();
    assert_eq!((twice.len(), twice.skipped().len()), (6, 6));
    assert_eq!(twice.skipped()[0].fault(), KeyFault::Repeated);
}

/// Microsoft's shared set: five keys of every tenant, and two of personal accounts.
#[test]
fn w29_the_keys_of_entra_say_whose_tokens_they_verify() {
    let Some(document) = crate::support::vectors("jwks/entra-common.json") else { return };
    let keys = KeySet::parse(&document).unwrap();
    let count = |issuer: &str| keys.keys().filter(|key| key.is_for(issuer)).count();
    let login = "https://login.microsoftonline.com";
    assert_eq!(count(&format!("{login}/6fc5a5a5-6c0f-4d5e-9c35-6f0b3f2ad1c1/v2.0")), 5);
    assert_eq!(count(&format!("{login}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0")), 7);
    assert_eq!(count("https://sts.windows.net/6fc5a5a5-6c0f-4d5e-9c35-6f0b3f2ad1c1/"), 0);
    assert_eq!(count(&format!("{login}/common/oauth2/v2.0")), 0);
}

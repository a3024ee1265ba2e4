//! What is wrong is said in a sentence, without the key.

use std::error::Error;

use tower_bearer::{
    algorithm::Algorithm::{ES256, RS256},
    key::{KeyFault, KeySet, KeySetErrorKind, SigningKey},
};

use super::{public, set, signer};

#[test]
fn each_fault_of_a_key_is_said_in_its_own_words() {
    let all = [
        KeyFault::Malformed,
        KeyFault::DuplicateMember,
        KeyFault::UnusableKid,
        KeyFault::PrivateKey,
        KeyFault::SymmetricKey,
        KeyFault::UnsupportedKeyType,
        KeyFault::UnsupportedCurve,
        KeyFault::UnsupportedAlgorithm,
        KeyFault::AlgorithmMismatch,
        KeyFault::NotForSignatures,
        KeyFault::ModulusSize,
        KeyFault::InvalidKey,
        KeyFault::Repeated,
    ];
    let mut said: Vec<String> = all.iter().map(ToString::to_string).collect();
    assert!(said.iter().all(|text| text.starts_with(|c: char| c.is_ascii_lowercase())));
    said.sort_unstable();
    said.dedup();
    assert_eq!(said.len(), all.len());
}

#[test]
fn a_document_that_is_no_key_set_says_why() {
    for (document, kind, text) in [
        ("[", KeySetErrorKind::NotAnObject, "the key set is not a JSON object"),
        ("{}", KeySetErrorKind::NoKeys, "the key set has no array `keys`"),
        (
            r#"{"keys":[],"keys":[]}"#,
            KeySetErrorKind::DuplicateKeys,
            "the key set has `keys` twice",
        ),
        (
            r#"{"keys":[1,2]}"#,
            KeySetErrorKind::TooManyKeys { keys: 2, max_keys: 1 },
            "the key set has 2 keys, more than 1",
        ),
        ("[1]", KeySetErrorKind::NotAnObject, "the key set is not a JSON object"),
    ] {
        let error = KeySet::parse_with_limit(document.as_bytes(), 1).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
        assert_eq!(error.source().is_some(), kind == KeySetErrorKind::NotAnObject, "{document}");
    }
    let cause = KeySet::parse(b"[1]").unwrap_err();
    assert!(cause.source().unwrap().to_string().contains("not one JSON object"));
}

#[test]
fn a_private_key_that_cannot_be_read_says_why_and_shows_nothing_of_it() {
    let der = signer(ES256).to_pkcs8_der().unwrap();
    let exposed = "{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"c2VjcmV0\"}";
    for (error, text) in [
        (SigningKey::from_pkcs8_pem(ES256, "c2VjcmV0").unwrap_err(), "no PEM block"),
        (SigningKey::from_pkcs8_der(RS256, der.as_bytes()).unwrap_err(), "no PKCS #8 private key"),
        (SigningKey::from_jwk(exposed.as_bytes()).unwrap_err(), "not a private key that may sign"),
    ] {
        let said = error.to_string();
        assert!(said.contains(text), "{said}");
        assert!(!format!("{error:?} {said}").contains("c2VjcmV0"));
    }
    let error = SigningKey::from_jwk(exposed.as_bytes()).unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), KeyFault::Malformed.to_string());
    assert!(SigningKey::from_pkcs8_pem(ES256, "").unwrap_err().source().is_none());
}

#[test]
fn a_public_key_shows_what_it_is_for() {
    let set = set(&[public(ES256)]);
    let key = set.keys().next().unwrap();
    let shown = format!("{key:?}");
    assert_eq!(
        shown,
        format!("Key {{ kid: {:?}, algorithms: [ES256], .. }}", Some(signer(ES256).kid()))
    );
    let refused = key.verify(ES256, b"m", &[0; 64]).unwrap_err();
    assert_eq!(refused.to_string(), "the signature does not verify");
}

//! Sign, verify, spoil one bit; and the same with `jsonwebtoken` on the other side.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{DecodingKey, EncodingKey, crypto, jwk::Jwk as ForeignJwk};
use proptest::prelude::*;
use tower_bearer::algorithm::Algorithm;

use super::{public, set, signer};

/// `jsonwebtoken` has no ES512; RFC 7520 §4.3 covers it.
fn foreign(algorithm: Algorithm) -> Option<jsonwebtoken::Algorithm> {
    algorithm.name().parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn r24_a_signature_holds_for_its_bytes_and_for_no_other(
        algorithm in prop::sample::select(&Algorithm::ALL[..]),
        message in prop::collection::vec(any::<u8>(), 1..200),
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let keys = set(&[public(algorithm)]);
        let key = keys.keys().next().unwrap();
        let signature = signer(algorithm).sign(&message).unwrap();
        prop_assert_eq!(key.verify(algorithm, &message, &signature), Ok(()));

        let flipped = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            bytes
        };
        prop_assert!(key.verify(algorithm, &flipped(&message), &signature).is_err());
        prop_assert!(key.verify(algorithm, &message, &flipped(&signature)).is_err());
    }

    #[test]
    fn r38_no_document_makes_the_reader_panic(
        document in prop::collection::vec(any::<u8>(), 0..200),
        member in r#"[{}\[\]",:a-z0-9]{0,40}"#,
    ) {
        let _ = tower_bearer::key::KeySet::parse(&document);
        let _ = tower_bearer::key::KeySet::parse(format!(r#"{{"keys":[{member}]}}"#).as_bytes());
    }
}

#[test]
fn r34_jsonwebtoken_verifies_what_is_signed_here() {
    for (algorithm, foreign) in Algorithm::ALL.into_iter().filter_map(|a| Some((a, foreign(a)?))) {
        let jwk: ForeignJwk = serde_json::from_value(public(algorithm).into()).unwrap();
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        let signature = URL_SAFE_NO_PAD.encode(signer(algorithm).sign(b"message").unwrap());
        assert!(crypto::verify(&signature, b"message", &key, foreign).unwrap(), "{algorithm}");
        assert!(!crypto::verify(&signature, b"massage", &key, foreign).unwrap(), "{algorithm}");
    }
}

#[test]
fn r34_what_jsonwebtoken_signs_is_verified_here() {
    for (algorithm, foreign) in Algorithm::ALL.into_iter().filter_map(|a| Some((a, foreign(a)?))) {
        let der = signer(algorithm).to_pkcs8_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der)
        );
        let read = match algorithm {
            Algorithm::EdDSA => EncodingKey::from_ed_pem,
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem,
            _ => EncodingKey::from_rsa_pem,
        };
        let signature = crypto::sign(b"message", &read(pem.as_bytes()).unwrap(), foreign).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let keys = set(&[public(algorithm)]);
        let key = keys.keys().next().unwrap();
        assert_eq!(key.verify(algorithm, b"message", &signature), Ok(()), "{algorithm}");
        assert!(key.verify(algorithm, b"massage", &signature).is_err(), "{algorithm}");
    }
}

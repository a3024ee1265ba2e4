//! Private keys: made, stored, read back, and never shown.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm::{self, ES256, ES384, ES512, EdDSA, PS256, RS256},
    key::{KeyFault, KeySet, SigningError, SigningErrorKind, SigningKey, public_jwk_set},
};

use super::{Jwk, signer, with};
use crate::support::vectors_json;

fn pem(key: &SigningKey) -> String {
    let base64 = STANDARD.encode(key.to_pkcs8_der().unwrap());
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

fn kind<T>(result: Result<T, SigningError>) -> Option<SigningErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn r34_every_algorithm_signs_what_its_published_key_verifies() {
    for algorithm in Algorithm::ALL {
        let key = signer(algorithm);
        let set = KeySet::parse(public_jwk_set([&key]).as_bytes()).unwrap();
        let signature = key.sign(b"message").unwrap();
        let public = set.candidates(Some(key.kid()), algorithm).next().unwrap();
        assert_eq!(public.verify(algorithm, b"message", &signature), Ok(()), "{algorithm}");
        for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
            assert!(public.verify(other, b"message", &signature).is_err(), "{algorithm} {other}");
        }
    }
}

#[test]
fn r36_ecdsa_signatures_have_their_exact_length() {
    for (algorithm, length) in [(ES256, 64), (ES384, 96), (ES512, 132)] {
        let key = signer(algorithm);
        let set = super::set(&[key.public_jwk()]);
        let public = set.keys().next().unwrap();
        let good = key.sign(b"m").unwrap();
        assert_eq!(good.len(), length);
        let (r, s) = good.split_at(length / 2);
        let zero = vec![0; length / 2];
        for bad in [
            good[1..].to_vec(),
            good[..length - 1].to_vec(),
            [&good[..], &[0]].concat(),
            [&[0], r, &[0], s].concat(),
            [&zero[..], s].concat(),
            [r, &zero].concat(),
            vec![0xff; length],
            vec![],
        ] {
            assert!(public.verify(algorithm, b"m", &bad).is_err(), "{algorithm} {bad:?}");
        }
        assert_eq!(public.verify(algorithm, b"m", &good), Ok(()));
    }
}

#[test]
fn a_key_survives_the_way_through_pkcs8_and_pem() {
    for algorithm in Algorithm::ALL {
        let key = signer(algorithm);
        let der = key.to_pkcs8_der().unwrap();
        let read = SigningKey::from_pkcs8_der(algorithm, der.as_bytes()).unwrap();
        assert_eq!(read.public_jwk(), key.public_jwk());
        let text = format!("Bag Attributes\r\n{}", pem(&key).replace('\n', "\r\n"));
        let read = SigningKey::from_pkcs8_pem(algorithm, &text).unwrap();
        assert_eq!(read.public_jwk(), key.public_jwk());
    }
}

#[test]
fn a_private_key_of_another_kind_or_curve_is_refused() {
    let der = |algorithm| signer(algorithm).to_pkcs8_der().unwrap();
    for (algorithm, other) in [(ES256, ES384), (ES256, RS256), (RS256, EdDSA), (EdDSA, ES256)] {
        let refused = SigningKey::from_pkcs8_der(algorithm, der(other).as_bytes());
        assert_eq!(kind(refused), Some(SigningErrorKind::InvalidPkcs8), "{algorithm} {other}");
    }
    assert!(SigningKey::from_pkcs8_der(PS256, der(RS256).as_bytes()).is_ok());
    let truncated = &der(ES256).as_bytes()[1..].to_vec();
    for bytes in [&[][..], b"key", truncated] {
        let refused = SigningKey::from_pkcs8_der(ES256, bytes);
        assert_eq!(kind(refused), Some(SigningErrorKind::InvalidPkcs8));
    }
}

#[test]
fn a_text_that_is_no_pem_of_a_private_key_is_refused() {
    let good = pem(&signer(ES256));
    for spoilt in [
        String::new(),
        good.replace("PRIVATE KEY", "EC PRIVATE KEY"),
        good.replace("-----END", "----END"),
        good.replace("KEY-----\n", "KEY-----\n!"),
    ] {
        let refused = SigningKey::from_pkcs8_pem(ES256, &spoilt);
        assert_eq!(kind(refused), Some(SigningErrorKind::InvalidPem), "{spoilt}");
    }
    assert!(SigningKey::from_pkcs8_pem(ES256, &good).is_ok());
}

#[test]
fn a_kid_is_the_thumbprint_of_rfc_7638_until_it_is_set() {
    let key = signer(ES256);
    let public = super::set(&[key.public_jwk()]);
    assert_eq!(public.keys().next().unwrap().thumbprint(), key.kid());
    let renamed = key.clone().with_kid("k1");
    assert_eq!(renamed.kid(), "k1");
    assert_eq!(renamed.public_jwk()["kid"], "k1");
    assert_ne!(key.kid(), "k1");
}

#[test]
fn the_thumbprint_is_that_of_the_example_in_rfc_7638() {
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc\
             _BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR\
             0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTW\
             hAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let jwk = json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29" });
    let set = super::set(&[jwk.as_object().unwrap().clone()]);
    let key = set.keys().next().unwrap();
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

#[test]
fn t29_only_public_members_are_published_with_kid_alg_and_use() {
    let members = |algorithm| {
        let jwk = signer(algorithm).public_jwk();
        jwk.keys().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(members(RS256), ["alg", "e", "kid", "kty", "n", "use"].map(Into::into).into());
    assert_eq!(
        members(ES256),
        ["alg", "crv", "kid", "kty", "use", "x", "y"].map(Into::into).into()
    );
    assert_eq!(members(EdDSA), ["alg", "crv", "kid", "kty", "use", "x"].map(Into::into).into());
}

#[test]
fn a_private_key_is_never_shown() {
    let key = signer(ES256).with_kid("k1");
    assert_eq!(format!("{key:?}"), r#"SigningKey { algorithm: ES256, kid: "k1", .. }"#);
    assert_eq!(format!("{:?}", key.to_pkcs8_der().unwrap()), "Pkcs8Der(..)");
}

fn jwk_of(vector: &str) -> Option<Jwk> {
    let jwk = vectors_json(vector)?;
    jwk.pointer("/input/key").or(Some(&jwk)).and_then(Value::as_object).cloned()
}

fn from_jwk(jwk: &Jwk) -> Result<SigningKey, SigningError> {
    SigningKey::from_jwk(Value::from(jwk.clone()).to_string().as_bytes())
}

#[test]
fn a_private_jwk_of_rfc_7520_and_rfc_8037_signs() {
    let Some(rsa) = jwk_of("rfc/jwk_3_4.rsa_private_key.json") else { return };
    assert_eq!(kind(from_jwk(&rsa)), Some(SigningErrorKind::AlgorithmMissing));
    let key = from_jwk(&with(rsa.clone(), json!({ "alg": "PS256" }))).unwrap();
    assert_eq!((key.kid(), key.algorithm()), ("bilbo.baggins@hobbiton.example", PS256));

    let Some(ec) = jwk_of("rfc/jwk_3_2.ec_private_key.json") else { return };
    assert_eq!(from_jwk(&ec).unwrap().algorithm(), ES512);

    let Some(vector) = vectors_json("rfc/curve25519_jws.json") else { return };
    let Some(ed) = jwk_of("rfc/curve25519_jws.json") else { return };
    let key = from_jwk(&ed).unwrap();
    let input = vector.pointer("/signing/sig-input").and_then(Value::as_str).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).unwrap());
    assert_eq!(vector.pointer("/signing/sig").unwrap(), &signature);

    let longer = |jwk: &Jwk| {
        let d = URL_SAFE_NO_PAD.decode(jwk["d"].as_str().unwrap()).unwrap();
        json!({ "d": URL_SAFE_NO_PAD.encode([&[0], &d[..]].concat()) })
    };
    for (jwk, spoilt, fault) in [
        (&ec, longer(&ec), KeyFault::InvalidKey),
        (&ed, longer(&ed), KeyFault::InvalidKey),
        (&ec, json!({ "d": null }), KeyFault::Malformed),
        (&ec, json!({ "d": "AAAA" }), KeyFault::InvalidKey),
        (&ec, json!({ "d": ec["x"] }), KeyFault::InvalidKey),
        (&ec, json!({ "alg": "ES256" }), KeyFault::AlgorithmMismatch),
        (&ec, json!({ "use": "enc" }), KeyFault::NotForSignatures),
        (&ec, json!({ "key_ops": ["verify"] }), KeyFault::NotForSignatures),
        (&ec, json!({ "kid": 1 }), KeyFault::UnusableKid),
        (&ec, json!({ "kty": "oct" }), KeyFault::SymmetricKey),
        (&ed, json!({ "d": ed["x"] }), KeyFault::InvalidKey),
        (&ed, json!({ "x": ed["d"] }), KeyFault::InvalidKey),
        (&rsa, json!({ "alg": "RS256", "p": null }), KeyFault::Malformed),
        (&rsa, json!({ "alg": "RS256", "d": rsa["p"] }), KeyFault::InvalidKey),
        (&rsa, json!({ "alg": "RS256", "qi": rsa["dq"] }), KeyFault::InvalidKey),
    ] {
        let refused = kind(from_jwk(&with(jwk.clone(), spoilt.clone())));
        assert_eq!(refused, Some(SigningErrorKind::InvalidJwk(fault)), "{spoilt}");
    }
    assert!(SigningKey::from_jwk(b"\xff").is_err());
}

#[test]
fn a_key_is_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<SigningKey>();
    shared::<KeySet>();
}

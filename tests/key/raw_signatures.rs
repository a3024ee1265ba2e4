//! Wycheproof's sets for the signature schemes themselves: forged paddings, numbers out of range,
//! malleable and truncated signatures.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm::{
        self, ES256, ES384, ES512, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512,
    },
    key::Key,
};
use wycheproof::{
    ecdsa::TestName as Ecdsa, eddsa::TestName as Eddsa, rsa_pkcs1_verify::TestName as Pkcs1,
    rsa_pss_verify::TestName as Pss,
};

use super::{Jwk, set};

fn octets(hex: &Value) -> Vec<u8> {
    let digits: Vec<_> =
        hex.as_str().unwrap().chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn jwk(key: &Value) -> Jwk {
    let base64url = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
    let jwk = if let Some(n) = key.get("modulus") {
        let (n, e) = (octets(n), octets(&key["publicExponent"]));
        json!({ "kty": "RSA", "n": base64url(&n), "e": base64url(&e) })
    } else if let Some(point) = key.get("uncompressed") {
        let crv = match key["curve"].as_str().unwrap() {
            "secp256r1" => "P-256",
            "secp384r1" => "P-384",
            "secp521r1" => "P-521",
            other => panic!("{other}"),
        };
        let point = octets(point);
        let (x, y) = point[1..].split_at(point.len() / 2);
        json!({ "kty": "EC", "crv": crv, "x": base64url(x), "y": base64url(y) })
    } else {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&octets(&key["pk"])) })
    };
    jwk.as_object().unwrap().clone()
}

/// Judges every signature of a set; tells how many were good and how many were not.
fn judge(algorithm: Algorithm, data: &str, is_good: impl Fn(&Value) -> bool) -> (usize, usize) {
    let data: Value = serde_json::from_str(data).unwrap();
    let (mut good, mut bad) = (0, 0);
    for group in data["testGroups"].as_array().unwrap() {
        let keys = set(&[jwk(&group["publicKey"])]);
        let key: Option<&Key> = keys.keys().next();
        for test in group["tests"].as_array().unwrap() {
            let (message, signature) = (octets(&test["msg"]), octets(&test["sig"]));
            let found = key.is_some_and(|key| key.verify(algorithm, &message, &signature).is_ok());
            assert_eq!(found, is_good(test), "{algorithm} {} {}", test["tcId"], test["comment"]);
            *(if found { &mut good } else { &mut bad }) += 1;
        }
    }
    (good, bad)
}

/// What Wycheproof calls acceptable (paddings that no signer writes) is refused here.
fn valid(test: &Value) -> bool {
    test["result"] == "valid"
}

#[test]
fn r36_ecdsa_signatures_are_judged_as_wycheproof_does() {
    for (algorithm, name) in [
        (ES256, Ecdsa::EcdsaSecp256r1Sha256P1363),
        (ES384, Ecdsa::EcdsaSecp384r1Sha384P1363),
        (ES512, Ecdsa::EcdsaSecp521r1Sha512P1363),
    ] {
        let (good, bad) = judge(algorithm, name.json_data(), valid);
        assert!(good > 100 && bad > 50, "{algorithm} {good} {bad}");
    }
}

#[test]
fn r36_ecdsa_signatures_in_der_are_refused() {
    for (algorithm, name) in [
        (ES256, Ecdsa::EcdsaSecp256r1Sha256),
        (ES384, Ecdsa::EcdsaSecp384r1Sha384),
        (ES512, Ecdsa::EcdsaSecp521r1Sha512),
    ] {
        let (_, bad) = judge(algorithm, name.json_data(), |_| false);
        assert!(bad > 300, "{algorithm} {bad}");
    }
}

#[test]
fn r24_ed25519_signatures_are_judged_as_wycheproof_does() {
    let (good, bad) = judge(EdDSA, Eddsa::Ed25519.json_data(), valid);
    assert!(good > 60 && bad > 40, "{good} {bad}");
}

#[test]
fn r34_rsa_signatures_are_judged_as_wycheproof_does() {
    for (algorithm, name) in [
        (RS256, Pkcs1::Rsa2048Sha256),
        (RS384, Pkcs1::Rsa2048Sha384),
        (RS512, Pkcs1::Rsa2048Sha512),
        (RS256, Pkcs1::Rsa3072Sha256),
        (RS512, Pkcs1::Rsa4096Sha512),
        (RS256, Pkcs1::Rsa8192Sha256),
    ] {
        let (good, bad) = judge(algorithm, name.json_data(), valid);
        assert!(good > 5 && bad > 100, "{algorithm} {good} {bad}");
    }
}

#[test]
fn r35_a_pss_salt_is_as_long_as_the_hash() {
    for (algorithm, name) in [
        (PS256, Pss::RsaPss2048Sha256Mgf1SaltLen32),
        (PS384, Pss::RsaPss2048Sha384Mgf1SaltLen48),
        (PS256, Pss::RsaPss3072Sha256Mgf1SaltLen32),
        (PS512, Pss::RsaPss4096Sha512Mgf1SaltLen64),
    ] {
        let (good, bad) = judge(algorithm, name.json_data(), valid);
        assert!(good > 5 && bad > 5, "{algorithm} {good} {bad}");
    }
    let repaired = |test: &Value| test["comment"] == "s_len changed to 32";
    let data = Pss::RsaPss2048Sha256Mgf1SaltLen0.json_data();
    let (good, bad) = judge(PS256, data, repaired);
    assert!(good == 1 && bad > 50, "{good} {bad}");
    let (_, bad) = judge(PS512, Pss::RsaPss4096Sha512Mgf1SaltLen32.json_data(), |_| false);
    assert!(bad > 50, "{bad}");
}

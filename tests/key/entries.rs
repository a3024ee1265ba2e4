//! One bad entry is skipped with its reason, and the rest of the set serves.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm::{self, ES256, ES384, EdDSA, RS256},
    key::{KeyFault, KeySet, KeySetErrorKind, MAX_KEYS, MAX_KID_BYTES},
};

use super::{Jwk, fault, fault_of_text, public, set, signer, with};

fn octets(jwk: &Jwk, member: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwk[member].as_str().unwrap()).unwrap()
}

fn base64url(octets: &[u8]) -> Value {
    URL_SAFE_NO_PAD.encode(octets).into()
}

#[test]
fn r38_a_bad_entry_is_skipped_and_the_rest_of_the_set_serves() {
    let odd = [json!(7), json!(null), json!([]), json!({}), json!({ "kty": "FUTURE" })];
    let mut keys: Vec<Value> = odd.into();
    keys.insert(2, public(ES256).into());
    let set = KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
    let skipped: Vec<_> = set.skipped().iter().map(|key| (key.index(), key.fault())).collect();
    assert_eq!(
        skipped,
        [
            (0, KeyFault::Malformed),
            (1, KeyFault::Malformed),
            (3, KeyFault::Malformed),
            (4, KeyFault::Malformed),
            (5, KeyFault::UnsupportedKeyType),
        ]
    );
    assert_eq!(set.kids().collect::<Vec<_>>(), [signer(ES256).kid()]);
}

#[test]
fn r38_a_missing_or_mistyped_member_spoils_its_entry_only() {
    for (algorithm, required) in
        [(RS256, ["kty", "n", "e"].as_slice()), (ES256, &["kty", "crv", "x", "y"]), (EdDSA, &["x"])]
    {
        assert_eq!(fault(public(algorithm)), None);
        for name in required {
            for value in [json!(null), json!(1), json!(["AQAB"])] {
                let spoilt = with(public(algorithm), json!({ *name: value }));
                assert_eq!(fault(spoilt), Some(KeyFault::Malformed), "{algorithm} {name} {value}");
            }
        }
    }
}

#[test]
fn r39_unknown_members_are_ignored() {
    let odd = json!({ "x5c": ["!"], "x5t": 3, "exp": { "a": [] }, "": "", "nbf": false });
    assert_eq!(fault(with(public(ES256), odd)), None);
    let document = json!({ "keys": [public(ES256)], "issuer": { "keys": 1 }, "": [] }).to_string();
    assert_eq!(fault_of_text(&document), None);
}

#[test]
fn an_entry_has_at_most_32_members() {
    let key = public(ES256);
    let more = |count: usize| -> Value {
        (key.len()..count).map(|n| (format!("x-{n}"), json!(n))).collect::<Jwk>().into()
    };
    assert_eq!(fault(with(key.clone(), more(32))), None);
    assert_eq!(fault(with(key.clone(), more(33))), Some(KeyFault::Malformed));
}

#[test]
fn r23_an_entry_with_a_duplicate_member_is_not_used() {
    let good = json!({ "keys": [public(ES256)] }).to_string();
    for twin in [r#""alg":"ES256","alg":"ES256""#, r#""alg":"ES256","\u0061lg":"ES256""#] {
        let spoilt = good.replace(r#""alg":"ES256""#, twin);
        assert_eq!(fault_of_text(&spoilt), Some(KeyFault::DuplicateMember), "{twin}");
    }
    assert_eq!(fault_of_text(&good), None);
}

#[test]
fn r28_a_kid_is_a_string_of_at_most_256_bytes() {
    let with_kid = |kid: Value| fault(with(public(ES256), json!({ "kid": kid })));
    for kid in [json!(1), json!(true), json!(["a"]), json!("k".repeat(MAX_KID_BYTES + 1))] {
        assert_eq!(with_kid(kid), Some(KeyFault::UnusableKid));
    }
    assert_eq!(with_kid(json!("k".repeat(MAX_KID_BYTES))), None);
    assert_eq!(with_kid(json!(null)), None, "kid is optional");
}

#[test]
fn r28_the_kid_of_a_skipped_entry_is_shown_escaped_and_cut() {
    let shown = |kid: Value| {
        let set = set(&[with(public(ES256), json!({ "kid": kid, "use": "enc" }))]);
        set.skipped()[0].kid().map(str::to_owned)
    };
    assert_eq!(shown(json!("a\n\u{1b}\u{202e}")).as_deref(), Some(r"a\n\u{1b}\u{202e}"));
    assert_eq!(shown(json!(7)).as_deref(), Some("7"));
    assert_eq!(shown(json!("k".repeat(1000))), Some("k".repeat(64)));
    assert_eq!(shown(json!(null)), None);
}

#[test]
fn r43_published_secrets_are_ignored_and_reported() {
    let oct = json!({ "kty": "oct", "k": "AAAA", "alg": "HS256" });
    assert_eq!(fault(oct), Some(KeyFault::SymmetricKey));
    assert!(KeyFault::SymmetricKey.is_exposed_secret());
    for (algorithm, members) in
        [(RS256, ["d", "p", "q", "dp", "dq", "qi", "oth"].as_slice()), (ES256, &["d", "k"])]
    {
        for name in members {
            let spoilt = with(public(algorithm), json!({ *name: "AAAA" }));
            assert_eq!(fault(spoilt), Some(KeyFault::PrivateKey), "{algorithm} {name}");
        }
    }
    assert!(KeyFault::PrivateKey.is_exposed_secret());
    assert!(!KeyFault::Malformed.is_exposed_secret());
}

#[test]
fn r40_use_and_key_ops_keep_a_key_from_verifying() {
    let with_members = |members: Value| fault(with(public(ES256), members));
    for members in [
        json!({ "use": "enc" }),
        json!({ "use": "SIG" }),
        json!({ "use": "" }),
        json!({ "key_ops": [] }),
        json!({ "key_ops": ["sign", "encrypt"] }),
        json!({ "use": "enc", "key_ops": ["verify"] }),
    ] {
        assert_eq!(with_members(members.clone()), Some(KeyFault::NotForSignatures), "{members}");
    }
    for members in [json!({ "use": 1 }), json!({ "key_ops": "verify" }), json!({ "key_ops": [1] })]
    {
        assert_eq!(with_members(members.clone()), Some(KeyFault::Malformed), "{members}");
    }
    for members in [
        json!({ "use": null }),
        json!({ "key_ops": ["sign", "verify"] }),
        json!({ "use": null, "key_ops": ["verify"] }),
    ] {
        assert_eq!(with_members(members.clone()), None, "{members}");
    }
}

#[test]
fn r32_alg_names_the_only_algorithm_a_key_serves() {
    let served = |jwk: Jwk| -> Vec<Algorithm> {
        set(&[jwk]).keys().flat_map(|key| key.algorithms()).collect()
    };
    assert_eq!(served(public(RS256)), [RS256]);
    assert_eq!(served(with(public(RS256), json!({ "alg": null }))), Algorithm::ALL[..6]);
    assert_eq!(served(with(public(ES256), json!({ "alg": null }))), [ES256]);
    assert_eq!(served(with(public(EdDSA), json!({ "alg": "Ed25519" }))), [EdDSA]);

    let with_alg = |algorithm, alg: &str| fault(with(public(algorithm), json!({ "alg": alg })));
    assert_eq!(with_alg(ES256, "ES384"), Some(KeyFault::AlgorithmMismatch));
    assert_eq!(with_alg(ES256, "RS256"), Some(KeyFault::AlgorithmMismatch));
    assert_eq!(with_alg(RS256, "ES256"), Some(KeyFault::AlgorithmMismatch));
    for alg in ["none", "HS256", "RSA-OAEP", "ES521", "es256", ""] {
        assert_eq!(with_alg(ES256, alg), Some(KeyFault::UnsupportedAlgorithm), "{alg}");
    }
}

#[test]
fn r35_an_rsa_modulus_has_2048_to_8192_bits() {
    let with_bits = |bits: usize| {
        let mut n = vec![0xff; bits.div_ceil(8)];
        n[0] >>= n.len() * 8 - bits;
        fault(with(public(RS256), json!({ "n": base64url(&n) })))
    };
    for bits in [8, 512, 1024, 2047, 8193, 16384] {
        assert_eq!(with_bits(bits), Some(KeyFault::ModulusSize), "{bits}");
    }
    for bits in [2048, 2049, 3072, 8192] {
        assert_eq!(with_bits(bits), None, "{bits}");
    }
}

#[test]
fn r35_an_rsa_exponent_is_odd_and_between_3_and_33_bits() {
    let with_exponent = |e: &[u8]| fault(with(public(RS256), json!({ "e": base64url(e) })));
    for e in [&[][..], &[0], &[1], &[0, 1], &[2], &[1, 0, 0], &[2, 0, 0, 0, 1], &[0xff; 9]] {
        assert_eq!(with_exponent(e), Some(KeyFault::InvalidKey), "{e:?}");
    }
    for e in [&[3][..], &[1, 0, 1], &[0, 0, 1, 0, 1], &[1, 0, 0, 0, 1]] {
        assert_eq!(with_exponent(e), None, "{e:?}");
    }
    let mut even = octets(&public(RS256), "n");
    *even.last_mut().unwrap() &= 0xfe;
    let even = with(public(RS256), json!({ "n": base64url(&even) }));
    assert_eq!(fault(even), Some(KeyFault::InvalidKey));
}

#[test]
fn r38_leading_zero_octets_and_padded_standard_base64_are_read_in_a_key() {
    let n = octets(&public(RS256), "n");
    let zero = [&[0], &n[..]].concat();
    let signature = signer(RS256).sign(b"message").unwrap();
    for n in [base64url(&zero), STANDARD.encode(&zero).into(), STANDARD.encode(&n).into()] {
        let set = set(&[with(public(RS256), json!({ "n": n }))]);
        let key = set.keys().next().unwrap();
        assert_eq!(key.verify(RS256, b"message", &signature), Ok(()));
        assert_eq!(key.thumbprint(), signer(RS256).kid());
    }
    for n in ["!", "AA AA", "A", "A===", "-_+/"] {
        let spoilt = with(public(RS256), json!({ "n": n }));
        assert_eq!(fault(spoilt), Some(KeyFault::InvalidKey), "{n}");
    }
}

#[test]
fn r37_a_point_must_be_on_its_curve() {
    for algorithm in [ES256, ES384, Algorithm::ES512] {
        let jwk = public(algorithm);
        let (x, y) = (octets(&jwk, "x"), octets(&jwk, "y"));
        let mut off = y.clone();
        off[8] ^= 1;
        for spoilt in [
            json!({ "y": base64url(&off) }),
            json!({ "x": base64url(&y), "y": base64url(&x) }),
            json!({ "x": base64url(&x[..x.len() - 1]) }),
            json!({ "x": base64url(&[&x[..], &[0]].concat()) }),
            json!({ "x": base64url(&[&[1], &x[..]].concat()) }),
            json!({ "x": base64url(&vec![0; x.len()]), "y": base64url(&vec![0; x.len()]) }),
            json!({ "x": base64url(&vec![0xff; x.len()]) }),
            json!({ "x": "", "y": "" }),
        ] {
            let spoilt = with(jwk.clone(), spoilt);
            assert_eq!(fault(spoilt.clone()), Some(KeyFault::InvalidKey), "{spoilt:?}");
        }
        assert_eq!(fault(jwk), None);
    }
    for (algorithm, crv) in
        [(ES256, "secp256k1"), (ES256, "P-224"), (EdDSA, "X25519"), (EdDSA, "Ed448")]
    {
        let spoilt = with(public(algorithm), json!({ "crv": crv }));
        assert_eq!(fault(spoilt), Some(KeyFault::UnsupportedCurve), "{crv}");
    }
}

#[test]
fn r37_an_ed25519_key_is_a_point_and_not_of_small_order() {
    let x = octets(&public(EdDSA), "x");
    let mut not_a_point = [0; 32];
    not_a_point[0] = 2;
    for x in [&[0; 32][..], &not_a_point, &[0xff; 32], &x[1..], &[&x[..], &[0]].concat()] {
        let spoilt = with(public(EdDSA), json!({ "x": base64url(x) }));
        assert_eq!(fault(spoilt), Some(KeyFault::InvalidKey), "{x:?}");
    }
    assert_eq!(fault(public(EdDSA)), None);
}

#[test]
fn r38_the_same_key_twice_is_kept_once_but_under_two_kids_twice() {
    let jwk = public(ES256);
    let other = with(jwk.clone(), json!({ "kid": "other" }));
    let set = set(&[jwk.clone(), other, with(jwk, json!({ "use": null }))]);
    assert_eq!(set.len(), 2);
    assert_eq!(set.skipped().len(), 1);
    assert_eq!(set.skipped()[0].fault(), KeyFault::Repeated);
    assert_eq!(
        set.skipped()[0].to_string(),
        "key 2 is not used: the same key occurs earlier in the set"
    );
}

#[test]
fn r38_what_is_no_key_set_is_an_error() {
    let kind = |text: &[u8]| KeySet::parse(text).map(|_| ()).map_err(|error| error.kind());
    for text in [&b""[..], b"[]", b"<html>", b"{", b"{}{}", b"\xef\xbb{}", b"{\"keys\":[\"\xff\"]}"]
    {
        assert_eq!(kind(text), Err(KeySetErrorKind::NotAnObject), "{text:?}");
    }
    for text in [&b"{}"[..], br#"{"keys":null}"#, br#"{"keys":{}}"#, br#"{"Keys":[]}"#] {
        assert_eq!(kind(text), Err(KeySetErrorKind::NoKeys), "{text:?}");
    }
    assert_eq!(kind(br#"{"keys":[],"keys":[]}"#), Err(KeySetErrorKind::DuplicateKeys));
    assert_eq!(kind(br#"{"keys":[]}"#), Ok(()));
    assert!(KeySet::parse(br#"{"keys":[]}"#).unwrap().is_empty());
}

#[test]
fn r30_the_number_of_entries_is_bounded_and_deep_ones_do_no_harm() {
    let entries = |count: usize| json!({ "keys": vec![json!({}); count] }).to_string();
    assert!(KeySet::parse(entries(MAX_KEYS).as_bytes()).is_ok());
    let error = KeySet::parse(entries(MAX_KEYS + 1).as_bytes()).unwrap_err();
    assert_eq!(error.kind(), KeySetErrorKind::TooManyKeys { keys: 101, max_keys: 100 });
    assert!(KeySet::parse_with_limit(entries(101).as_bytes(), 101).is_ok());

    let deep = format!(r#"{{"keys":[{{"kty":{}{}}}]}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(fault_of_text(&deep), Some(KeyFault::Malformed));
}

use serde_json::json;
use tower_bearer::{
    algorithm::Algorithm,
    error::{TokenFaultKind as Fault, TokenPart},
    key::{MAX_KID_BYTES, SigningKey},
    verify::{MAX_HEADER_BYTES, MAX_TOKEN_BYTES},
};

use super::{judge, refused_for, verifier};
use crate::support::{Mint, encode};

#[track_caller]
fn text_refused_for(expected: &Fault, mint: &Mint, spoil: impl Fn(&str) -> String) {
    let good = mint.sign();
    assert_eq!(judge(&verifier(), mint, &spoil(&good)).map(|_| ()), Err(expected.clone()));
    assert_eq!(judge(&verifier(), mint, &good).map(|_| ()), Ok(()));
}

#[test]
fn r20_a_token_has_exactly_three_parts() {
    let mint = Mint::new();
    let parts = |count: usize| {
        move |good: &str| {
            let all: Vec<&str> = good.split('.').chain(["a", "b"]).take(count).collect();
            all.join(".")
        }
    };
    for count in [1, 2, 4, 5] {
        text_refused_for(&Fault::NotCompact, &mint, parts(count));
    }
    text_refused_for(&Fault::NotCompact, &mint, |_| String::new());
}

#[test]
fn r21_base64url_is_strict() {
    let mint = Mint::new();
    let part = |place: usize, spoil: fn(&str) -> String| {
        move |good: &str| {
            let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
            parts[place] = spoil(&parts[place]);
            parts.join(".")
        }
    };
    let which = [TokenPart::Header, TokenPart::Payload, TokenPart::Signature];
    for (place, which) in which.into_iter().enumerate() {
        let fault = Fault::Encoding(which);
        text_refused_for(&fault, &mint, part(place, |text| format!("{text}=")));
        text_refused_for(&fault, &mint, part(place, |text| format!("{text}\n")));
        text_refused_for(&fault, &mint, part(place, |text| format!(" {text}")));
        text_refused_for(&fault, &mint, part(place, |text| format!("+{text}+//")));
    }
    // An ES256 signature has 64 bytes: 86 characters, the last with 4 bits that must be zero.
    text_refused_for(&Fault::Encoding(TokenPart::Signature), &mint, |good| {
        let (rest, last) = good.split_at(good.len() - 1);
        let next = char::from(last.as_bytes()[0] + 1);
        format!("{rest}{next}")
    });
}

#[test]
fn r22_header_and_payload_are_json_objects_in_utf8() {
    let mint = Mint::new();
    let good = mint.payload();
    for (payload, repaired) in [
        ("[]", good.as_str()),
        ("{}{}", &good),
        (&format!("\u{feff}{good}"), &good),
        (&format!("{good} x"), &format!("{good} ")),
    ] {
        let judged = judge(&verifier(), &mint, &mint.sign_payload(payload)).map(|_| ());
        assert_eq!(judged, Err(Fault::Json(TokenPart::Payload)), "{payload}");
        assert!(judge(&verifier(), &mint, &mint.sign_payload(repaired)).is_ok());
    }
    text_refused_for(&Fault::Json(TokenPart::Payload), &mint, |good| {
        let parts: Vec<&str> = good.split('.').collect();
        format!("{}.{}.{}", parts[0], encode(b"{\"iss\":\"\xff\"}"), parts[2])
    });
    text_refused_for(&Fault::Json(TokenPart::Header), &mint, |good| {
        let parts: Vec<&str> = good.split('.').collect();
        format!("{}.{}.{}", encode(b"\xef\xbb\xbf{}"), parts[1], parts[2])
    });
    for (header, payload, part) in [
        (&b"{\xff"[..], &b"{}"[..], TokenPart::Header),
        (br#"{"alg":"ES256"}"#, b"\xff", TokenPart::Payload),
        (b"{}\xff", b"{}", TokenPart::Header),
    ] {
        text_refused_for(&Fault::Json(part), &mint, |good| {
            let signature = good.rsplit('.').next().unwrap();
            format!("{}.{}.{signature}", encode(header), encode(payload))
        });
    }
    // A character that begins in the header and ends in the payload.
    text_refused_for(&Fault::Json(TokenPart::Header), &mint, |good| {
        let signature = good.rsplit('.').next().unwrap();
        format!("{}.{}.{signature}", encode(b"{}\xc3"), encode(b"\xa4{}"))
    });
}

#[test]
fn r23_duplicate_members_are_refused() {
    let mint = Mint::new();
    let header = format!("{{\"alg\":\"ES256\",\"kid\":\"{}\"", SigningKey::kid(&key(&mint)));
    let judged = |header: &str, payload: &str| {
        judge(&verifier(), &mint, &mint.sign_texts(header, payload)).map(|_| ())
    };
    let good = mint.payload();
    let twice = good.replacen('{', "{\"aud\":\"urn:other\",", 1);
    assert_eq!(
        judged(&format!("{header},\"alg\":\"ES256\"}}"), &good),
        Err(Fault::DuplicateMember(TokenPart::Header))
    );
    assert_eq!(
        judged(&format!("{header}}}"), &twice),
        Err(Fault::DuplicateMember(TokenPart::Payload))
    );
}

fn key(mint: &Mint) -> SigningKey {
    mint.key().clone()
}

#[test]
fn r25_critical_extensions_are_refused() {
    let good = Mint::new();
    for crit in
        [json!(["exp"]), json!([]), json!(["b64"]), json!("b64"), json!(null), json!(["alg"])]
    {
        refused_for(&Fault::CriticalExtension, &good.clone().header("crit", crit), &good);
    }
}

#[test]
fn r26_an_unencoded_payload_is_refused() {
    let good = Mint::new();
    for b64 in [json!(false), json!("true"), json!(null)] {
        let repaired = good.clone().header("b64", true);
        refused_for(&Fault::UnencodedPayload, &good.clone().header("b64", b64), &repaired);
    }
}

#[test]
fn r27_a_key_in_the_header_is_never_used() {
    let good = Mint::new();
    let attacker = Mint::new();
    let jwk = attacker.key().public_jwk();
    let forged = attacker
        .clone()
        .header("jwk", jwk.clone())
        .header("jku", "http://127.0.0.1:9/jwks")
        .header("x5u", "http://127.0.0.1:9/chain")
        .header("x5c", json!(["MII"]));
    let judged = |mint: &Mint| judge(&verifier(), &good, &mint.sign()).map(|_| ());
    assert_eq!(judged(&forged), Err(Fault::UnknownKey(Algorithm::ES256)));
    let forged = forged.header("kid", good.key().kid());
    assert_eq!(judged(&forged), Err(Fault::BadSignature(Algorithm::ES256)));
    assert_eq!(judged(&good.clone().header("jwk", jwk)), Ok(()), "the member alone is no fault");
}

#[test]
fn r28_a_key_id_is_a_string_of_at_most_256_bytes() {
    let good = Mint::new();
    let with = |kid: &str| Mint::with_key(&good.key().clone().with_kid(kid.to_owned()));
    let longest = with(&"k".repeat(MAX_KID_BYTES));
    let fault = Fault::KeyIdTooLong { limit: MAX_KID_BYTES };
    let spoiled = longest.clone().header("kid", "k".repeat(MAX_KID_BYTES + 1));
    refused_for(&fault, &spoiled, &longest);
    for kid in [json!(1), json!(null), json!(["a"]), json!({})] {
        refused_for(&Fault::WrongType("kid"), &good.clone().header("kid", kid), &good);
    }
    let escaped = with("a/../\"b\"\n");
    assert!(judge(&verifier(), &escaped, &escaped.sign()).is_ok());
}

#[test]
fn r29_nested_tokens_are_refused() {
    let good = Mint::new();
    for cty in ["JWT", "jwt", "application/jwt"] {
        let repaired = good.clone().header("cty", "json");
        refused_for(&Fault::Nested, &good.clone().header("cty", cty), &repaired);
    }
    for cty in [json!(["JWT"]), json!(1), json!(null)] {
        let repaired = good.clone().header("cty", "text/jwt");
        refused_for(&Fault::WrongType("cty"), &good.clone().header("cty", cty), &repaired);
    }
}

#[test]
fn r30_token_and_header_have_a_greatest_length() {
    let mint = Mint::new();
    let padded = |length: usize| mint.clone().claim("pad", "x".repeat(length));
    let mut fill = MAX_TOKEN_BYTES * 3 / 4 - mint.sign().len();
    while padded(fill + 1).sign().len() <= MAX_TOKEN_BYTES {
        fill += 1;
    }
    let long = padded(fill + 1);
    let fault = Fault::TooLong { length: long.sign().len(), limit: MAX_TOKEN_BYTES };
    refused_for(&fault, &long, &padded(fill));

    let header = |length: usize| mint.clone().header("pad", "x".repeat(length));
    let length = |mint: &Mint| mint.sign().find('.').unwrap();
    let mut fill = MAX_HEADER_BYTES * 3 / 4 - length(&mint);
    while length(&header(fill + 1)) <= MAX_HEADER_BYTES {
        fill += 1;
    }
    let long = header(fill + 1);
    let fault = Fault::HeaderTooLong { length: length(&long), limit: MAX_HEADER_BYTES };
    refused_for(&fault, &long, &header(fill));
}

#[test]
fn r30_a_signature_longer_than_any_key_makes_is_bad_and_no_more() {
    let mint = Mint::new();
    let (bad, long) =
        (Fault::BadSignature(Algorithm::ES256), Fault::Encoding(TokenPart::Signature));
    // 1,024 bytes are those of an RSA key of 8,192 bits.
    for (length, fault) in
        [(0, &bad), (63, &bad), (65, &bad), (1_024, &bad), (1_025, &long), (4_000, &long)]
    {
        text_refused_for(fault, &mint, |good| {
            let (signed, _) = good.rsplit_once('.').unwrap();
            format!("{signed}.{}", encode(vec![1; length]))
        });
    }
}

#[test]
fn r31_an_algorithm_outside_the_configured_list_is_refused_before_any_key() {
    let mint = Mint::new();
    let only_rsa = verifier().algorithms([Algorithm::RS256]);
    let judged = judge(&only_rsa, &mint, &mint.sign()).map(|_| ());
    assert_eq!(judged, Err(Fault::AlgorithmNotAllowed));
    let both = verifier().algorithms([Algorithm::RS256, Algorithm::ES256]);
    assert!(judge(&both, &mint, &mint.sign()).is_ok());
}

#[test]
fn r33_none_and_symmetric_algorithms_are_refused() {
    let good = Mint::new();
    for alg in ["none", "None", "NONE", "nOnE", "HS256", "HS384", "HS512", "es256", "ES256K", ""] {
        refused_for(&Fault::AlgorithmNotAllowed, &good.clone().header("alg", alg), &good);
    }
    refused_for(&Fault::Missing("alg"), &good.clone().without_header("alg"), &good);
    for alg in [json!(null), json!(["ES256"]), json!(256)] {
        refused_for(&Fault::WrongType("alg"), &good.clone().header("alg", alg), &good);
    }
}

#[test]
fn r42_without_kid_there_must_be_one_eligible_key() {
    let mint = Mint::new();
    let token = mint.clone().without_header("kid").sign();
    assert!(judge(&verifier(), &mint, &token).is_ok());
    let second = Mint::new();
    let both = tower_bearer::key::public_jwk_set([mint.key(), second.key()]);
    let keys = tower_bearer::key::KeySet::parse(both.as_bytes()).unwrap();
    let fault = verifier().verify(&token, &keys, crate::support::NOW).unwrap_err();
    assert_eq!(*fault.kind(), Fault::UnknownKey(Algorithm::ES256));
    assert!(verifier().verify(&mint.sign(), &keys, crate::support::NOW).is_ok());
}

#[test]
fn r52_the_strict_profile_admits_access_tokens_only() {
    let strict = verifier().strict_rfc9068();
    let good = Mint::new();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        let mint = good.clone().header("typ", typ);
        assert!(judge(&strict, &mint, &mint.sign()).is_ok(), "{typ}");
    }
    for mint in [good.clone().header("typ", "JWT"), good.clone().without_header("typ")] {
        let judged = |verifier| judge(verifier, &mint, &mint.sign()).map(|_| ());
        assert_eq!(judged(&strict), Err(Fault::TokenType));
        assert_eq!(judged(&verifier()), Ok(()));
    }
    let others =
        ["dpop+jwt", "logout+jwt", "JOSE+JSON", "", "at+jwt2", "text/at+jwt", "applicatiom/at+jwt"];
    for typ in others {
        refused_for(&Fault::TokenType, &good.clone().header("typ", typ), &good);
    }
    refused_for(&Fault::WrongType("typ"), &good.clone().header("typ", json!(["at+jwt"])), &good);
}

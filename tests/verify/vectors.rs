use std::collections::BTreeMap;

use serde_json::Value;
use tower_bearer::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    error::TokenFaultKind as Fault,
    key::KeySet,
    scope::{Matching, Pattern},
    time::UnixTime,
    verify::{AudienceRule, Verifier},
};

use crate::support::{vectors, vectors_json};

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name}"))
}

/// What becomes of a token: `accept`, `reject` or `forbidden`.
fn verdict(
    verifier: &Verifier,
    keys: &KeySet,
    now: UnixTime,
    token: &str,
    scope: &str,
) -> &'static str {
    match verifier.verify(token, keys, now) {
        Err(_) => "reject",
        Ok(token) if token.scopes().covers(Pattern::parse(scope).unwrap(), Matching::Patterns) => {
            "accept"
        }
        Ok(_) => "forbidden",
    }
}

#[test]
fn hostile_tokens_get_the_verdict_that_a_standard_gives_them() {
    let Some(document) = vectors_json("hostile-tokens.json") else { return };
    let keys = KeySet::parse(&vectors("hostile-tokens-jwks.json").unwrap()).unwrap();
    let algorithms = document["allowed_algs"].as_array().unwrap().iter();
    let algorithms = algorithms.map(|name| Algorithm::from_name(name.as_str().unwrap()).unwrap());
    let verifier = Verifier::new(
        Issuer::new(text(&document, "issuer")).unwrap(),
        Audience::new(text(&document, "audience")).unwrap(),
    )
    .algorithms(algorithms);
    let now = UnixTime::from_secs(document["now"].as_u64().unwrap());
    let mut wrong = BTreeMap::new();
    let cases = document["cases"].as_array().unwrap();
    for case in cases {
        let id = case["id"].as_u64().unwrap();
        let expected = match id {
            // An array of scopes is read (W8).
            353 => "accept",
            // Over 8 KiB, the default limit.
            357 => "reject",
            _ => text(case, "expect"),
        };
        let required = text(&document, "required_scope");
        let found = verdict(&verifier, &keys, now, text(case, "token"), required);
        if found != expected {
            wrong.insert(id, format!("{}: {found}, not {expected}", text(case, "name")));
        }
    }
    assert_eq!(wrong, BTreeMap::new(), "{} of {} rows", wrong.len(), cases.len());
    assert_eq!(cases.len(), 219);
}

/// Whatever the signature is: none of their payloads is a set of claims.
#[test]
fn r22_no_token_of_wycheproof_is_an_access_token() {
    let Some(rows) = vectors_json("wycheproof-jws.json") else { return };
    let audience = AudienceRule::from_fn(|_| true);
    let verifier = Verifier::new(Issuer::new("https://issuer.example").unwrap(), audience);
    let rows = rows.as_array().unwrap();
    for row in rows {
        let set = serde_json::json!({ "keys": [row["jwk"]] }).to_string();
        let keys = KeySet::parse(set.as_bytes()).unwrap();
        let judged = verifier.verify(text(row, "jws"), &keys, UnixTime::from_secs(1_800_000_000));
        assert!(judged.is_err(), "{} {}", row["tcId"], row["comment"]);
    }
    assert_eq!(rows.len(), 401);
}

/// Real tokens of a vendor: each is admitted at its time, refused today and with a byte changed.
#[test]
fn r46_and_r53_real_vendor_tokens_are_admitted_at_their_time() {
    let Some(document) = vectors_json("authing-tokens.json") else { return };
    let keys = KeySet::parse(&vectors("jwks/authing-oidc1.json").unwrap()).unwrap();
    let today = UnixTime::from_secs(1_790_000_000);
    for case in document["tokens"].as_array().unwrap() {
        let token = text(case, "token");
        let at = UnixTime::from_secs(case["verify_at"].as_u64().unwrap());
        let issuer = Issuer::new(text(&case["claims"], "iss")).unwrap();
        // The audience is the calling account's key, made at run time.
        let verifier = Verifier::new(issuer, AudienceRule::from_fn(|key| key.len() == 24));
        let judged = |token: &str, now| {
            verifier.verify(token, &keys, now).map(|_| ()).map_err(|fault| fault.kind().clone())
        };
        let id_token = text(case, "name").starts_with("id_token");
        let expected = if id_token { Err(Fault::IdToken) } else { Ok(()) };
        assert_eq!(judged(token, at), expected, "{}", text(case, "name"));
        assert!(matches!(judged(token, today), Err(Fault::Expired { .. })));
        let changed = {
            let (rest, signature) = token.rsplit_once('.').unwrap();
            let flipped = if signature.starts_with('A') { "B" } else { "A" };
            format!("{rest}.{flipped}{}", &signature[1..])
        };
        let forged = if id_token { Fault::IdToken } else { Fault::BadSignature(Algorithm::RS256) };
        assert_eq!(judged(&changed, at), Err(forged));
    }
}

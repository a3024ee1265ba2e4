use std::time::Duration;

use serde_json::{Value, json};
use tower_bearer::{
    claims::{Audience, Issuer},
    error::{TokenFaultKind as Fault, TokenPart},
    scope::{MAX_SCOPES, Matching, Pattern},
    time::UnixTime,
    verify::{AudienceRule, MAX_LEEWAY, Verifier},
};

use super::{judge, refused_for, verifier};
use crate::support::{Mint, NOW};

const LEEWAY: Duration = Duration::from_secs(30);

fn seconds(time: UnixTime) -> Value {
    time.as_secs().into()
}

#[test]
fn r44_the_issuer_is_a_string_and_exactly_the_configured_one() {
    let good = Mint::new();
    for iss in ["https://issuer.example/", "https://ISSUER.example", "https://other.example", ""] {
        refused_for(&Fault::UntrustedIssuer, &good.clone().claim("iss", iss), &good);
    }
    for iss in [json!([Mint::ISSUER]), json!([null]), json!({"a": Mint::ISSUER})] {
        refused_for(&Fault::WrongType("iss"), &good.clone().claim("iss", iss), &good);
    }
    refused_for(&Fault::Missing("iss"), &good.clone().without("iss"), &good);

    let slash = Issuer::new("https://issuer.example/").unwrap();
    let with_slash = Verifier::new(slash, Mint::audience());
    let token = good.clone().claim("iss", "https://issuer.example/");
    assert!(judge(&with_slash, &token, &token.sign()).is_ok());
    assert!(judge(&with_slash, &good, &good.sign()).is_err());
}

#[test]
fn r46_a_token_for_another_audience_is_refused() {
    let good = Mint::new();
    let array = good.clone().claim("aud", json!(["urn:other", Mint::AUDIENCE]));
    for aud in
        [json!("urn:other"), json!([]), json!(["urn:other"]), json!("urn:api:announcements/")]
    {
        refused_for(&Fault::WrongAudience, &good.clone().claim("aud", aud), &array);
    }
    refused_for(&Fault::Missing("aud"), &good.clone().without("aud"), &good);
    for aud in [json!([null]), json!(1), json!([Mint::AUDIENCE, 1]), json!({})] {
        refused_for(&Fault::WrongType("aud"), &good.clone().claim("aud", aud), &good);
    }
}

#[test]
fn r46_an_api_may_have_several_audiences_or_a_rule() {
    let good = Mint::new();
    let other = good.clone().claim("aud", "urn:other");
    let several = [Mint::audience(), Audience::new("urn:other").unwrap()];
    let several = Verifier::new(Mint::issuer(), several);
    let rule = AudienceRule::from_fn(|audience| audience.starts_with("urn:"));
    let rule = Verifier::new(Mint::issuer(), rule);
    for verifier in [several, rule] {
        assert!(judge(&verifier, &good, &good.sign()).is_ok());
        assert!(judge(&verifier, &other, &other.sign()).is_ok());
        let third = good.clone().claim("aud", "https://third.example");
        let judged = judge(&verifier, &third, &third.sign()).map(|_| ());
        assert_eq!(judged, Err(Fault::WrongAudience));
    }
}

#[test]
fn an_audience_rule_shows_its_names_and_no_function() {
    let named = AudienceRule::from(Mint::audience());
    assert!(format!("{named:?}").contains(Mint::AUDIENCE));
    let rule = AudienceRule::from_fn(|_| true);
    assert_eq!(format!("{rule:?}"), "Accepting(..)");
}

#[test]
fn a_token_remembers_how_its_scopes_are_compared() {
    let mint = Mint::new();
    let exact = verifier().matching(Matching::Exact);
    assert_eq!(judge(&exact, &mint, &mint.sign()).unwrap().matching(), Matching::Exact);
    assert_eq!(judge(&verifier(), &mint, &mint.sign()).unwrap().matching(), Matching::Patterns);
}

#[test]
fn r47_an_expired_token_is_refused_from_exp_plus_leeway_on() {
    let good = Mint::new();
    let expired = Fault::Expired { expires_at: NOW - LEEWAY, now: NOW, leeway: LEEWAY };
    let in_time = good.clone().claim("exp", seconds(NOW - LEEWAY + Duration::from_secs(1)));
    refused_for(&expired, &good.clone().claim("exp", seconds(NOW - LEEWAY)), &in_time);

    let none = verifier().leeway(Duration::ZERO);
    let last = good.clone().claim("exp", seconds(NOW + Duration::from_secs(1)));
    assert!(judge(&none, &last, &last.sign()).is_ok());
    let over = good.clone().claim("exp", seconds(NOW));
    assert!(judge(&none, &over, &over.sign()).is_err());
    assert_eq!(MAX_LEEWAY, Duration::from_secs(300));
}

#[test]
fn r48_exp_is_required() {
    let good = Mint::new();
    refused_for(&Fault::Missing("exp"), &good.clone().without("exp"), &good);
}

#[test]
fn r49_a_token_is_refused_before_nbf() {
    let good = Mint::new();
    let late = NOW + LEEWAY + Duration::from_secs(1);
    let early = Fault::NotYetValid { not_before: late, now: NOW, leeway: LEEWAY };
    let spoiled = good.clone().claim("nbf", seconds(late));
    refused_for(&early, &spoiled, &good.clone().claim("nbf", seconds(NOW + LEEWAY)));
}

#[test]
fn r50_dates_are_numbers() {
    let good = Mint::new();
    for name in ["exp", "nbf", "iat"] {
        for wrong in [json!("1800000000"), json!([null]), json!([1]), json!(true)] {
            refused_for(&Fault::WrongType(name), &good.clone().claim(name, wrong), &good);
        }
    }
    let fraction = good.clone().claim("exp", 1_800_003_600.5);
    let huge = good.clone().claim("exp", 1e300);
    assert!(judge(&verifier(), &fraction, &fraction.sign()).is_ok());
    assert!(judge(&verifier(), &huge, &huge.sign()).is_ok());
    let negative = good.clone().claim("exp", -1);
    assert!(judge(&verifier(), &negative, &negative.sign()).is_err());
    let payload = good.payload().replace("1800003600", "NaN");
    let judged = judge(&verifier(), &good, &good.sign_payload(&payload)).map(|_| ());
    assert_eq!(judged, Err(Fault::Json(TokenPart::Payload)));
}

#[test]
fn r51_a_token_from_the_future_is_refused_and_a_greatest_age_can_be_set() {
    let good = Mint::new();
    let late = NOW + LEEWAY + Duration::from_secs(1);
    let future = Fault::IssuedInTheFuture { issued_at: late, now: NOW, leeway: LEEWAY };
    let spoiled = good.clone().claim("iat", seconds(late));
    refused_for(&future, &spoiled, &good.clone().claim("iat", seconds(NOW + LEEWAY)));

    let age = Duration::from_secs(600);
    let young = verifier().max_token_age(age);
    let issued_at = NOW - age - LEEWAY;
    let old = good.clone().claim("iat", seconds(issued_at));
    let judged = |mint: &Mint| judge(&young, mint, &mint.sign()).map(|_| ());
    assert_eq!(judged(&old), Err(Fault::TooOld { issued_at, now: NOW, max_age: age }));
    assert_eq!(judged(&good.clone().without("iat")), Err(Fault::Missing("iat")));
    assert_eq!(judged(&old.claim("iat", seconds(issued_at + Duration::from_secs(1)))), Ok(()));
}

#[test]
fn r53_an_id_token_is_refused_in_every_profile() {
    let good = Mint::new();
    for name in ["at_hash", "c_hash"] {
        let spoiled = good.clone().claim(name, "x");
        refused_for(&Fault::IdToken, &spoiled, &good);
        let strict = judge(&verifier().strict_rfc9068(), &spoiled, &spoiled.sign()).map(|_| ());
        assert_eq!(strict, Err(Fault::IdToken));
    }
    let untyped = good.clone().without_header("typ");
    for mint in [good.header("typ", "JWT"), untyped] {
        refused_for(&Fault::IdToken, &mint.clone().claim("nonce", "x"), &mint);
    }
}

#[test]
fn r54_the_strict_profile_demands_the_claims_of_rfc_9068() {
    let good = Mint::new();
    let strict = verifier().strict_rfc9068();
    for name in ["sub", "client_id", "iat", "jti"] {
        let mint = good.clone().without(name);
        let judged = judge(&strict, &mint, &mint.sign()).map(|_| ());
        assert_eq!(judged, Err(Fault::Missing(name)));
        assert!(judge(&verifier(), &mint, &mint.sign()).is_ok(), "{name} by default");
        let mint = good.clone().claim(name, json!(["x"]));
        let judged = judge(&strict, &mint, &mint.sign()).map(|_| ());
        assert_eq!(judged, Err(Fault::WrongType(name)));
    }
    assert!(judge(&strict, &good, &good.sign()).is_ok());
}

#[test]
fn r55_scope_is_a_string_and_anything_else_grants_nothing() {
    let good = Mint::new();
    for wrong in [json!(null), json!(true), json!(1), json!({}), json!(["announce:read", 1])] {
        let mint = good.clone().claim("scope", wrong);
        assert!(judge(&verifier(), &mint, &mint.sign()).unwrap().scopes().is_empty());
    }
    let none = good.clone().without("scope");
    assert!(judge(&verifier(), &none, &none.sign()).unwrap().scopes().is_empty());
    let several = good.clone().scope("b a  b");
    let token = judge(&verifier(), &several, &several.sign()).unwrap();
    assert_eq!(token.scopes().iter().collect::<Vec<_>>(), ["b", "a", "b"]);
    let required = Pattern::parse("A").unwrap();
    assert!(!token.scopes().covers(required, Matching::Patterns), "case-sensitive");
}

#[test]
fn r55_scopes_in_another_claim_are_read_where_that_is_configured() {
    let good = Mint::new().without("scope");
    let scp = verifier().scope_claim("scp");
    for value in [json!("announce:read directions"), json!(["announce:read", "directions"])] {
        let mint = good.clone().claim("scp", value);
        let scopes = judge(&scp, &mint, &mint.sign()).unwrap().scopes().to_string();
        assert_eq!(scopes, "announce:read directions");
        assert!(judge(&verifier(), &mint, &mint.sign()).unwrap().scopes().is_empty());
    }
    for wrong in [json!(["a b"]), json!(["announce:read", 1]), json!(null), json!({})] {
        let mint = good.clone().claim("scp", wrong);
        assert!(judge(&scp, &mint, &mint.sign()).unwrap().scopes().is_empty());
    }
}

#[test]
fn r30_a_token_lists_at_most_256_scopes() {
    let good = Mint::new();
    let with = |count: usize| good.clone().scope(&vec!["a"; count].join(" "));
    refused_for(
        &Fault::TooManyScopes { scopes: MAX_SCOPES + 1, limit: MAX_SCOPES },
        &with(MAX_SCOPES + 1),
        &with(MAX_SCOPES),
    );
}

#[test]
fn r62_and_r65_a_sender_constrained_token_is_refused() {
    let good = Mint::new();
    for cnf in
        [json!({"jkt": "x"}), json!({"x5t#S256": "x"}), json!({"new": 1}), json!({}), json!([null])]
    {
        refused_for(&Fault::SenderConstrained, &good.clone().claim("cnf", cnf), &good);
    }
}

#[test]
fn r24_the_signature_is_over_the_bytes_as_they_were_received() {
    let good = Mint::new();
    let spaced = good.payload().replace("\":", "\" :\t").replace(",\"", ",\r\n\"");
    assert!(judge(&verifier(), &good, &good.sign_payload(&spaced)).is_ok());

    let token = good.sign();
    let other = good.clone().scope("*").sign();
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (token, other) = (parts(&token), parts(&other));
    let swapped = format!("{}.{}.{}", token[0], other[1], token[2]);
    let judged = judge(&verifier(), &good, &swapped).map(|_| ());
    assert_eq!(judged, Err(Fault::BadSignature(tower_bearer::algorithm::Algorithm::ES256)));
}

#[test]
fn tokens_shaped_like_both_vendors_are_admitted() {
    let good = Mint::new();
    let auth0 = good
        .clone()
        .header("typ", "JWT")
        .without("client_id")
        .without("jti")
        .claim("sub", "abc@clients")
        .claim("azp", "abc")
        .claim("gty", "client-credentials");
    let authing =
        good.clone().header("typ", "JWT").without("sub").without("client_id").claim("azp", "x");
    for mint in [auth0, authing] {
        let token = judge(&verifier(), &mint, &mint.sign()).unwrap();
        assert!(token.client_id().is_some());
    }
}

#[test]
fn a_token_tells_what_it_says_and_shows_nothing_of_it_in_debug() {
    let mint = Mint::new().claim("https://example.com/tenant", "t\u{e9}nant").claim("sub", "s\"x");
    let token = judge(&verifier(), &mint, &mint.sign()).unwrap();
    #[derive(serde::Deserialize)]
    struct Custom<'a> {
        #[serde(rename = "https://example.com/tenant")]
        tenant: &'a str,
    }
    assert_eq!(token.claims::<Custom<'_>>().unwrap().tenant, "t\u{e9}nant");
    assert_eq!(token.issuer(), Mint::ISSUER);
    assert_eq!(token.audience().collect::<Vec<_>>(), [Mint::AUDIENCE]);
    assert_eq!(token.subject(), Some("s\"x"));
    assert_eq!(token.client_id(), Some("gift-deliveries"));
    assert_eq!(token.token_id(), Some("1"));
    assert_eq!(token.issued_at(), Some(NOW));
    assert_eq!(token.expires_at(), NOW + Duration::from_secs(3_600));
    assert_eq!(format!("{token:?}"), "AccessToken { expires_at: UnixTime(1800003600000), .. }");
    assert!(token.claims::<u8>().is_err());
}

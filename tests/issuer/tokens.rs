//! The tokens, read by an implementation that is not ours.

use std::{collections::HashSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Map, Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, EmptyGrant, GrantPolicy, Profile, TokenIssuer},
    key::SigningKey,
    time::UnixTime,
};

use super::client::{NOW, SECRET, basic, by_basic, display, secret};

/// The claims, unverified.
pub(super) fn payload(token: &str) -> Value {
    part(token, 1)
}

pub(super) fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// The claims, if jsonwebtoken verifies the token with the published key of its `kid`.
pub(super) fn verified(issuer: &TokenIssuer, token: &str) -> Option<Map<String, Value>> {
    let header = decode_header(token).ok()?;
    let set: JwkSet = serde_json::from_str(&issuer.jwk_set()).unwrap();
    let key = DecodingKey::from_jwk(set.find(header.kid.as_deref()?)?).unwrap();
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode::<Map<String, Value>>(token, &key, &validation).ok().map(|data| data.claims)
}

async fn token_of(issuer: &TokenIssuer) -> String {
    basic().of(issuer).await.member("access_token")
}

fn names(claims: &Map<String, Value>) -> Vec<&str> {
    let mut names: Vec<_> = claims.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn t21_tokens_are_typed_and_signed_by_each_algorithm() {
    let algorithms =
        [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];
    for algorithm in algorithms {
        let issuer = display().algorithm(algorithm).build().unwrap();
        let token = token_of(&issuer).await;
        let expected = json!({"alg": algorithm.name(), "typ": "at+jwt", "kid": issuer.kid()});
        assert_eq!(header(&token), expected);
        assert!(verified(&issuer, &token).is_some(), "{algorithm}");
        let forged = token.replacen('.', ".e", 1);
        assert!(verified(&issuer, &forged).is_none(), "{algorithm}");
    }
}

#[test]
fn t21_rs256_is_the_default() {
    let issuer = TokenIssuer::builder("https://issuer.example".parse().unwrap()).build().unwrap();
    assert_eq!(header(&issuer.token().sign().unwrap())["alg"], "RS256");
}

#[tokio::test]
async fn t22_t23_a_token_has_the_claims_of_rfc_9068() {
    let issuer = display().build().unwrap();
    let answer = basic().with("scope", "announce:read revenue:read").of(&issuer).await;
    let mut claims = verified(&issuer, &answer.member("access_token")).unwrap();
    assert!(claims.remove("jti").is_some_and(|id| id.as_str().is_some_and(|id| id.len() == 22)));
    // The tests of status lists say what is in it.
    assert!(claims.remove("status").is_some());
    let now = NOW.as_secs();
    assert_eq!(
        Value::Object(claims),
        json!({
            "iss": "https://issuer.example",
            "aud": "https://display.example",
            "sub": "outsourcer-a",
            "client_id": "outsourcer-a",
            "iat": now,
            "exp": now + 3600,
            "scope": "announce:read",
        })
    );
}

#[tokio::test]
async fn t23_without_a_granted_scope_there_is_no_scope_claim() {
    let answers = GrantPolicy::default().empty(EmptyGrant::EmptyToken);
    let issuer = display().grant_policy(answers).build().unwrap();
    let answer = basic().with("scope", "revenue:read").of(&issuer).await;
    let claims = verified(&issuer, &answer.member("access_token")).unwrap();
    assert_eq!(names(&claims), ["aud", "client_id", "exp", "iat", "iss", "jti", "status", "sub"]);
}

#[tokio::test]
async fn t24_no_two_tokens_have_the_same_id() {
    let issuer = display().build().unwrap();
    let mut ids = HashSet::new();
    for _ in 0..100 {
        let id = payload(&token_of(&issuer).await)["jti"].as_str().unwrap().to_owned();
        assert_eq!(URL_SAFE_NO_PAD.decode(&id).unwrap().len(), 16, "128 bits");
        assert!(ids.insert(id));
    }
    assert!(
        ids.insert(payload(&issuer.token().sign().unwrap())["jti"].as_str().unwrap().to_owned())
    );
}

#[tokio::test]
async fn an_authing_token_has_exactly_its_seven_claims() {
    let issuer = display().profile(Profile::Authing).build().unwrap();
    let token = token_of(&issuer).await;
    assert_eq!(header(&token)["typ"], "JWT");
    let claims = verified(&issuer, &token).unwrap();
    assert_eq!(names(&claims), ["aud", "azp", "exp", "iat", "iss", "jti", "scope"]);
    assert_eq!((&claims["aud"], &claims["azp"]), (&json!("outsourcer-a"), &json!("display")));
}

#[tokio::test]
async fn an_auth0_token_names_the_client_twice_and_the_grant() {
    let display = Application::new("display").audience("https://display.example");
    let account = Account::new("outsourcer-a").secret(&secret()).allow("display", "read:announce");
    let builder = |url: &str| {
        TokenIssuer::builder(url.parse().unwrap())
            .profile(Profile::Auth0)
            .algorithm(Algorithm::ES256)
            .application(display.clone())
            .account(account.clone())
    };
    assert!(builder("https://tenant.example").build().is_err());
    let issuer = builder("https://tenant.example/").build().unwrap();
    let token = token_of(&issuer).await;
    assert_eq!(header(&token)["typ"], "JWT");
    let claims = verified(&issuer, &token).unwrap();
    assert_eq!(names(&claims), ["aud", "azp", "exp", "gty", "iat", "iss", "scope", "sub"]);
    assert_eq!(claims["iss"], "https://tenant.example/");
    assert_eq!(claims["sub"], "outsourcer-a@clients");
    assert_eq!(claims["azp"], "outsourcer-a");
    assert_eq!(claims["gty"], "client-credentials");
    assert_eq!(issuer.jwks_uri(), "https://tenant.example/.well-known/jwks.json");
}

#[tokio::test]
async fn an_account_has_its_own_token_lifetime() {
    let account = Account::new("short")
        .secret(&secret())
        .lifetime(Duration::from_secs(60))
        .allow("display", "announce:*:read");
    let issuer = display().lifetime(Duration::from_secs(900)).account(account).build().unwrap();
    for (key, seconds) in [("short", 60), ("outsourcer-a", 900)] {
        let answer = by_basic(key, SECRET).of(&issuer).await;
        assert_eq!(answer.json()["expires_in"], seconds);
        let claims = payload(&answer.member("access_token"));
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), seconds);
    }
}

#[test]
fn a_draft_becomes_whatever_a_test_makes_of_it() {
    let issuer = display().build().unwrap();
    let good = issuer.token().sign().unwrap();
    assert_eq!(payload(&good)["aud"], "https://display.example");
    assert!(verified(&issuer, &good).is_some());

    let draft = issuer
        .token()
        .issuer("https://evil.example")
        .audience("urn:other")
        .subject("someone")
        .client_id("another")
        .scope("a b")
        .issued_at(UnixTime::from_secs(1))
        .not_before(UnixTime::from_secs(2))
        .expires_at(UnixTime::from_secs(3))
        .claim("roles", json!(["admin"]))
        .without_claim("jti");
    let expected = json!({
        "iss": "https://evil.example", "aud": "urn:other", "sub": "someone", "client_id": "another",
        "scope": "a b", "iat": 1, "nbf": 2, "exp": 3, "roles": ["admin"],
    });
    assert_eq!(payload(&draft.sign().unwrap()), expected);

    let stranger = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let forged = issuer.token().signed_by(&stranger).kid(&issuer.kid()).sign().unwrap();
    assert_eq!(header(&forged), json!({"alg": "EdDSA", "typ": "at+jwt", "kid": issuer.kid()}));
    assert!(verified(&issuer, &forged).is_none());
    let odd = issuer.token().typ("JWT").header("crit", json!(["x"])).without_header("kid");
    assert_eq!(header(&odd.sign().unwrap()), json!({"alg": "ES256", "typ": "JWT", "crit": ["x"]}));
    let unsigned = issuer.token().unsigned();
    assert!(unsigned.ends_with('.') && header(&unsigned)["alg"] == "none");
}

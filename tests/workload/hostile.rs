//! Tokens that are no credential, each with its repaired twin.

use super::*;
use crate::support::encode;

#[tokio::test]
async fn t25_each_hostile_token_is_refused_in_each_form_and_its_repaired_twin_is_not() {
    let world = World::start().await;
    let other = Platform::start().await;
    let trusted = world.platform.trusted().rule(rule());
    let elsewhere = WorkloadRule::new("system:serviceaccount:maps:geocoder", ACCOUNT);
    let next = next(&world.issuer).account(account()).trusted_issuer(trusted);
    world.issuer.reconfigure(next.trusted_issuer(other.trusted().rule(elsewhere))).unwrap();
    let now = NOW.as_secs();
    let good = || world.token();
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let own = world.issuer.token().sign().unwrap();
    let rows: Vec<(&str, Mint)> = vec![
        ("another subject", good().claim("sub", "system:serviceaccount:gifts:wrapping")),
        (
            "a subject of another namespace",
            good().claim("sub", "system:serviceaccount:maps:deliveries"),
        ),
        ("a longer subject", good().claim("sub", format!("{SUBJECT}2"))),
        ("a shorter subject", good().claim("sub", &SUBJECT[..SUBJECT.len() - 1])),
        ("a subject with another component", good().claim("sub", format!("{SUBJECT}:x"))),
        ("a subject in capitals", good().claim("sub", SUBJECT.to_uppercase())),
        ("a subject with a space", good().claim("sub", format!(" {SUBJECT}"))),
        ("a subject that is a pattern", good().claim("sub", "system:serviceaccount:gifts:*")),
        ("the account as the subject", good().claim("sub", ACCOUNT)),
        ("no subject", good().without("sub")),
        ("an empty subject", good().claim("sub", "")),
        ("a subject that is a number", good().claim("sub", 1)),
        (
            "the subject of another trusted issuer",
            good().claim("sub", "system:serviceaccount:maps:geocoder"),
        ),
        ("another audience", good().claim("aud", json!(["https://kubernetes.default.svc"]))),
        ("another audience as well", good().claim("aud", json!([AUDIENCE, "https://api.example"]))),
        ("the account as the audience", good().claim("aud", ACCOUNT)),
        ("the token endpoint as the audience", good().claim("aud", world.issuer.token_endpoint())),
        ("no audience", good().without("aud")),
        ("an empty audience", good().claim("aud", json!([]))),
        ("an audience that is an object", good().claim("aud", json!({AUDIENCE: 1}))),
        ("another trusted issuer's name", good().claim("iss", other.issuer().as_str())),
        ("this issuer's name", good().claim("iss", world.issuer.issuer().as_str())),
        ("an unknown issuer", good().claim("iss", "https://stranger.example")),
        ("the issuer with a slash", good().claim("iss", format!("{}/", world.platform.issuer()))),
        ("no issuer", good().without("iss")),
        (
            "an issuer that is a list",
            good().claim("iss", json!([world.platform.issuer().as_str()])),
        ),
        ("the account as issuer and subject", good().claim("iss", ACCOUNT).claim("sub", ACCOUNT)),
        ("no end", good().without("exp")),
        ("expired", good().claim("exp", now - 30)),
        ("an end that is a string", good().claim("exp", "never")),
        ("longer than an hour", good().claim("exp", now + 3_631)),
        ("longer than an hour before now", good().claim("iat", now - 3_100)),
        ("not valid yet", good().claim("nbf", now + 31)),
        ("issued in the future", good().claim("iat", now + 31)),
        ("an access token", good().header("typ", "at+jwt")),
        ("an access token by its long name", good().header("typ", "application/AT+JWT")),
        ("a logout token", good().header("typ", "logout+jwt")),
        ("a proof of possession", good().header("typ", "dpop+jwt")),
        ("an algorithm of nobody", good().header("alg", "none")),
        ("a symmetric algorithm", good().header("alg", "HS256")),
        ("another algorithm", good().header("alg", "RS256")),
        ("an unknown kid", good().header("kid", "another")),
        ("a critical extension", good().header("crit", json!(["exp"])).header("exp", 1)),
        ("an unencoded payload", good().header("b64", false).header("crit", json!(["b64"]))),
        ("a nested token", good().header("cty", "JWT")),
        ("a nonce", good().claim("nonce", "n")),
        ("a hash of an access token", good().claim("at_hash", "h")),
        ("bound to a key", good().claim("cnf", json!({"jkt": "x"}))),
        ("acting for somebody", good().claim("act", json!({"sub": "somebody"}))),
        ("another environment", good().claim("environment", "staging")),
        ("an environment in capitals", good().claim("environment", "Production")),
        ("no environment", good().without("environment")),
        ("a list with the environment", good().claim("environment", json!(["production"]))),
        ("a boolean as a string", good().claim("protected", "true")),
        ("the other boolean", good().claim("protected", false)),
        ("a number as a string", good().claim("repository_id", "74")),
        ("another number", good().claim("repository_id", 75)),
        (
            "signed by a stranger",
            Mint::of(
                &stranger,
                &json!({"alg": "ES256", "kid": world.platform.key.kid()}),
                &serde_json::from_str(&good().payload()).unwrap(),
            ),
        ),
        (
            "with the stranger's key in the header",
            Mint::of(
                &stranger,
                &json!({"alg": "ES256", "jwk": jwk(&stranger)}),
                &serde_json::from_str(&good().payload()).unwrap(),
            ),
        ),
        (
            "signed by another trusted issuer",
            Mint::of(
                &other.key,
                &json!({"alg": "ES256", "kid": other.key.kid()}),
                &serde_json::from_str(&good().payload()).unwrap(),
            ),
        ),
    ];
    assert!(rows.len() >= 36, "{} rows", rows.len());
    let duplicate = format!("{{\"sub\":\"{SUBJECT}\",{}", &good().payload()[1..]);
    let texts = vec![
        ("a member twice", good().sign_payload(&duplicate)),
        ("a changed signature", changed(&good().sign())),
        ("no signature", good().sign().rsplit_once('.').unwrap().0.to_owned() + "."),
        ("four parts", format!("{}.x", good().sign())),
        ("one part", encode("{}")),
        ("a token of this issuer", own),
        ("a payload that is a list", good().sign_payload("[]")),
        ("too long", good().claim("x", "x".repeat(8_192)).sign()),
    ];
    let tokens = rows.into_iter().map(|(what, mint)| (what, mint.sign())).chain(texts);
    for (what, token) in tokens {
        for form in Form::ALL {
            let answer = world.ask(form, &token).await;
            assert_eq!(answer.error(), form.refused(), "{what}, {form:?}: {answer:?}");
            let description = answer.member("error_description");
            assert!(!description.contains("gifts"), "{what}: {description}");
        }
        let form = Form::ALL[what.len() % 3];
        assert_eq!(world.ask(form, &good().sign()).await.status, 200, "{what}, repaired");
    }
    for (what, repaired) in [
        ("an audience that is a string", good().claim("aud", AUDIENCE)),
        ("typ JWT", good().header("typ", "JWT")),
        ("typ client-authentication+jwt", good().header("typ", "client-authentication+jwt")),
        ("no kid", good().without_header("kid")),
        ("almost expired", good().claim("exp", now - 29)),
        ("an hour", good().claim("exp", now + 3_600)),
        ("no iat", good().without("iat")),
        ("no jti", good().without("jti")),
        ("a number with a fraction of nothing", good().claim("repository_id", 74.0)),
        ("more claims", good().claim("kubernetes.io", json!({"namespace": "gifts"}))),
    ] {
        assert_eq!(world.ask(Form::JwtGrant, &repaired.sign()).await.status, 200, "{what}");
    }
    let elsewhere = other.token().claim("sub", "system:serviceaccount:maps:geocoder");
    assert_eq!(world.ask(Form::JwtGrant, &elsewhere.sign()).await.status, 200);
}

fn jwk(key: &SigningKey) -> Value {
    let set: Value = serde_json::from_str(&public_jwk_set([key])).unwrap();
    set["keys"][0].clone()
}

fn changed(token: &str) -> String {
    let place = token.rfind('.').unwrap() + 10;
    let letter = if &token[place..=place] == "A" { "B" } else { "A" };
    format!("{}{letter}{}", &token[..place], &token[place + 1..])
}

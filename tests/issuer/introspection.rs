//! The introspection endpoint (RFC 7662, RFC 9701): T33.

use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Value, json};
use tower_bearer::issuer::{Account, Application, Profile, TokenIssuer, TokenIssuerBuilder};

use super::{
    client::{Answer, Asked, NOW, SECRET, bare, by_basic, display, secret},
    statuses::{outsourcer_b, token_of},
    tokens::{header, payload, verified},
};
use crate::support::ManualClock;

const PATHS: [&str; 2] = ["/oauth/introspect", "/oidc/token/introspection"];

fn introspect(asked: Asked, token: &str) -> Asked {
    asked.without("grant_type").at(PATHS[0]).with("token", token)
}

/// An issuer with an account for the API `display`, and one for the API `maps`.
fn with_apis() -> TokenIssuerBuilder {
    let api = |key: &str, application| Account::new(key).secret(&secret()).introspects(application);
    display()
        .application(Application::new("maps"))
        .account(outsourcer_b())
        .account(api("display-api", "https://display.example"))
        .account(api("maps-api", "maps"))
}

async fn asked_by(issuer: &TokenIssuer, client: &str, token: &str) -> Answer {
    introspect(by_basic(client, SECRET), token).of(issuer).await
}

#[tokio::test]
async fn t33_an_active_token_is_described_to_its_api() {
    let issuer = with_apis().build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    for path in PATHS {
        let asked = introspect(by_basic("display-api", SECRET), &token).at(path);
        let answer = asked.with("token_type_hint", "refresh_token").of(&issuer).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header(CONTENT_TYPE), "application/json");
        assert_eq!(answer.header(CACHE_CONTROL), "no-store");
        assert_eq!(
            answer.json(),
            json!({
                "active": true,
                "token_type": "Bearer",
                "iss": "https://issuer.example",
                "aud": "https://display.example",
                "sub": "outsourcer-a",
                "client_id": "outsourcer-a",
                "scope": "announce:*:read",
                "iat": NOW.as_secs(),
                "exp": NOW.as_secs() + 3_600,
                "jti": payload(&token)["jti"],
            })
        );
    }
}

#[tokio::test]
async fn t33_nothing_is_said_of_a_token_that_is_not_active() {
    let clock = ManualClock::at(NOW);
    let issuer = with_apis().clock(clock.clone()).build().unwrap();
    let inactive =
        |answer: Answer| (answer.status, answer.json()) == (200, json!({"active": false}));
    let active = |answer: Answer| answer.json()["active"] == true;
    let foreign = token_of(&display().build().unwrap(), "outsourcer-a").await;
    let good = token_of(&issuer, "outsourcer-a").await;
    for token in ["opaque", "a.b.c", &good[..good.len() - 1], &foreign] {
        assert!(inactive(asked_by(&issuer, "display-api", token).await), "{token}");
    }
    let not_yet = issuer.token().client_id("outsourcer-a");
    let not_yet = not_yet.not_before(NOW + Duration::from_secs(1)).sign().unwrap();
    assert!(inactive(asked_by(&issuer, "display-api", &not_yet).await));
    assert!(active(asked_by(&issuer, "display-api", &good).await));

    clock.advance(Duration::from_secs(3_599));
    assert!(active(asked_by(&issuer, "display-api", &good).await));
    clock.advance(Duration::from_secs(1));
    assert!(inactive(asked_by(&issuer, "display-api", &good).await), "expired");

    let revoked = token_of(&issuer, "outsourcer-a").await;
    assert!(issuer.revoke_token(&revoked).unwrap());
    assert!(inactive(asked_by(&issuer, "display-api", &revoked).await), "at once");
    let orphan = token_of(&issuer, "outsourcer-b").await;
    assert!(active(asked_by(&issuer, "display-api", &orphan).await));
    assert!(issuer.delete_account("outsourcer-b").unwrap());
    assert!(inactive(asked_by(&issuer, "display-api", &orphan).await));
}

/// Who may not know of a token cannot tell it from an invalid one (RFC 7662 §2.2).
#[tokio::test]
async fn t33_a_token_is_shown_to_its_client_and_its_apis_alone() {
    for profile in [Profile::Rfc9068, Profile::Authing] {
        let issuer = with_apis().profile(profile).build().unwrap();
        let token = token_of(&issuer, "outsourcer-a").await;
        for (client, may_know) in [
            ("display-api", true),
            ("outsourcer-a", true),
            ("maps-api", false),
            ("outsourcer-b", false),
        ] {
            let answer = asked_by(&issuer, client, &token).await;
            assert_eq!(answer.json()["active"], may_know, "{client} {profile:?}");
            assert_eq!(answer.json().as_object().unwrap().len() > 1, may_know);
        }
    }
    let error = display().account(outsourcer_b().introspects("other")).build().unwrap_err();
    assert!(error.to_string().contains("names `other`"), "{error}");
}

#[tokio::test]
async fn t33_only_a_client_that_authenticates_may_ask() {
    let issuer = with_apis().build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let wrong = SECRET.replace('p', "q");
    for asked in [bare(), by_basic("display-api", &wrong), by_basic("nobody", SECRET)] {
        let answer = introspect(asked, &token).of(&issuer).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()));
    }
    // The token itself is no credential (RFC 7662 §2.1 leaves it open).
    let bearer = bare().header("authorization", format!("Bearer {token}"));
    assert_eq!(introspect(bearer, &token).of(&issuer).await.status, 401);
    assert_eq!(asked_by(&issuer, "display-api", &token).await.status, 200);
}

#[tokio::test]
async fn t33_an_answer_is_signed_for_the_client_that_asks_for_it() {
    const SIGNED: &str = "application/token-introspection+jwt";
    let issuer = with_apis().build().unwrap();
    let token = token_of(&issuer, "outsourcer-a").await;
    let ask = |token: &str, accept: &str| {
        let asked = introspect(by_basic("display-api", SECRET), token);
        asked.header("accept", accept)
    };
    for accept in [SIGNED, "application/json;q=0.5, Application/Token-Introspection+JWT"] {
        let answer = ask(&token, accept).of(&issuer).await;
        assert_eq!(answer.header(CONTENT_TYPE), SIGNED);
        let signed = std::str::from_utf8(&answer.body).unwrap();
        assert_eq!(header(signed)["typ"], "token-introspection+jwt");
        let claims: Value = verified(&issuer, signed).expect("the issuer's signature").into();
        let plain = ask(&token, "application/json").of(&issuer).await.json();
        assert_eq!(
            claims,
            json!({
                "iss": "https://issuer.example",
                "aud": "display-api",
                "iat": NOW.as_secs(),
                "token_introspection": plain,
            })
        );
        // It is not taken for a token (RFC 9701 §8.1).
        let answer = ask(signed, "*/*").of(&issuer).await;
        assert_eq!(answer.json(), json!({"active": false}));
    }
    let answer = ask("opaque", SIGNED).of(&issuer).await;
    let signed = std::str::from_utf8(&answer.body).unwrap();
    assert_eq!(payload(signed)["token_introspection"], json!({"active": false}));
}

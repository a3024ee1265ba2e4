//! The same over HTTP, as a test suite in another language does it.

use serde_json::json;
use tower_bearer::issuer::testing::{Endpoint, Outage};

use super::*;

#[tokio::test]
async fn faults_are_set_shown_and_cleared() {
    let world = World::start().await;
    let all = json!({
        "outage": 429, "retry_after": 120, "delay_ms": 1, "endpoints": ["token", "jwks"],
        "flapping": true, "clock_skew": -300,
        "token": {
            "header": {"typ": "JWT"}, "claims": {"aud": null}, "expires_in": 5, "signer": "stranger"
        },
    });
    let set = world.command(Method::PUT, "faults", &all.to_string()).await;
    assert_eq!(set, (200, all.clone()));
    assert_eq!(world.command(Method::GET, "faults", "").await, (200, all));
    let expected = Faults::none()
        .outage(Outage::Status(http::StatusCode::TOO_MANY_REQUESTS))
        .retry_after(2 * MINUTE)
        .delay(Duration::from_millis(1))
        .endpoints([Endpoint::Token, Endpoint::Jwks])
        .flapping()
        .clock_skew(-300);
    let changes = TokenChanges::none().header("typ", "JWT").claim("aud", Value::Null);
    let changes = changes.expires_in(5).signer(tower_bearer::issuer::testing::Signer::Stranger);
    assert_eq!(world.issuer.faults(), expected.token(changes));
    for outage in ["close", "hang"] {
        let body = json!({"outage": outage});
        let set = world.command(Method::PUT, "faults", &body.to_string()).await;
        assert_eq!(set, (200, body), "and what is left out is no fault any more");
    }
    assert_eq!(world.command(Method::DELETE, "faults", "").await, (204, Value::Null));
    assert_eq!(world.command(Method::GET, "faults", "").await, (200, json!({})));
}

#[tokio::test]
async fn a_mistyped_fault_is_refused_by_name_and_changes_nothing() {
    let world = World::start().await;
    for (body, named) in [
        (r#"{"outages": "close"}"#, "outages"),
        (r#"{"outage": "closed"}"#, "from 400 to 599"),
        (r#"{"outage": 200}"#, "from 400 to 599"),
        (r#"{"endpoints": ["tokens"]}"#, "tokens"),
        (r#"{"token": {"claim": {}}}"#, "claim"),
        ("close", "expected value"),
    ] {
        let (status, answer) = world.command(Method::PUT, "faults", body).await;
        assert_eq!(status, 400, "{body}");
        assert!(answer["error"].as_str().unwrap().contains(named), "{answer}");
    }
    assert_eq!(world.issuer.faults(), Faults::none());
    assert_eq!(world.command(Method::POST, "mint", r#"{"aud": "x"}"#).await.0, 400);
}

#[tokio::test]
async fn no_fault_concerns_the_desk_itself() {
    let world = World::warm().await;
    world.set(Faults::none().outage(Outage::Close).delay(Duration::from_secs(3_600)));
    let (status, answer) = world.command(Method::POST, "mint", "").await;
    assert_eq!(status, 200);
    let without_scope = world.call(answer["access_token"].as_str().unwrap()).await;
    assert_eq!(without_scope.status, 403, "a good token, without a scope");
    assert_eq!(world.command(Method::DELETE, "faults", "").await.0, 204);
}

#[tokio::test]
async fn any_token_is_minted() {
    let world = World::warm().await;
    let mint = async |changes: Value| {
        let (_, answer) = world.command(Method::POST, "mint", &changes.to_string()).await;
        world.call(answer["access_token"].as_str().unwrap()).await
    };
    let scope = json!({"scope": "announce:read"});
    assert_eq!(mint(json!({"claims": scope})).await, admitted());
    assert_eq!(mint(json!({"claims": scope, "expires_in": -60})).await, refused());
    assert_eq!(mint(json!({"claims": scope, "signer": "stranger"})).await, refused());
    assert_eq!(mint(json!({"claims": scope, "header": {"alg": "none"}})).await, refused());
}

#[tokio::test]
async fn keys_are_rotated_and_withdrawn() {
    let world = World::warm().await;
    let (before, kid) = (world.mint(&good()), world.issuer.kid());
    let rotated = world.command(Method::POST, "rotate", "").await;
    assert_eq!(rotated, (200, json!({"kid": world.issuer.kid()})));
    assert_ne!(world.issuer.kid(), kid);
    let withdrawn = json!({"kid": kid}).to_string();
    assert_eq!(world.command(Method::POST, "withdraw", &withdrawn).await.0, 200);
    assert_eq!(world.command(Method::POST, "withdraw", &withdrawn).await.0, 404, "it is gone");
    world.clock.advance(KEPT);
    assert_eq!(world.call(&before).await, refused());
    let signing = world.mint(&good());
    assert_eq!(world.call(&signing).await, admitted());
    assert_eq!(world.command(Method::POST, "withdraw", "").await.0, 200, "the one that signs");
    world.clock.advance(KEPT);
    assert_eq!(world.call(&signing).await, refused());
    assert_eq!(world.call_well().await, admitted());
}

#[tokio::test]
async fn another_method_is_405_and_another_path_404() {
    let world = World::start().await;
    for action in ["mint", "rotate", "withdraw"] {
        assert_eq!(world.command(Method::GET, action, "").await.0, 405);
    }
    assert_eq!(world.command(Method::POST, "faults", "").await.0, 405);
    assert_eq!(world.command(Method::POST, "mints", "").await.0, 404);
    let long = format!("{{{}}}", " ".repeat(20_000));
    assert_eq!(world.command(Method::POST, "mint", &long).await.0, 413);
}

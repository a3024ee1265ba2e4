//! What the issuer publishes: keys and metadata.

use std::time::Duration;

use http::{Request, header};
use serde_json::{Value, json};
use tower_bearer::{
    algorithm::Algorithm,
    issuer::TokenIssuer,
    key::{KeySet, SigningKey},
};

use super::{
    client::{Answer, NOW, basic, display, send},
    tokens::verified,
};
use crate::support::ManualClock;

pub(super) async fn get(issuer: &TokenIssuer, path: &str) -> Answer {
    send(issuer, Request::get(path).body(String::new()).unwrap()).await
}

#[tokio::test]
async fn t28_both_metadata_documents_say_the_same() {
    let issuer = display().build().unwrap();
    let oauth = get(&issuer, "/.well-known/oauth-authorization-server").await;
    let oidc = get(&issuer, "/.well-known/openid-configuration").await;
    assert_eq!(oauth.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(oauth.body, oidc.body);
    let mut document = oauth.json();
    let scopes = document.as_object_mut().unwrap().remove("scopes_supported").unwrap();
    assert!(scopes.as_array().unwrap().contains(&json!("announce:*:read")));
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let algorithms =
        ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    assert_eq!(
        document,
        json!({
            "issuer": "https://issuer.example",
            "token_endpoint": "https://issuer.example/oauth/token",
            "jwks_uri": "https://issuer.example/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "revocation_endpoint": "https://issuer.example/oauth/revoke",
            "revocation_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint": "https://issuer.example/oauth/introspect",
            "introspection_endpoint_auth_methods_supported": methods,
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_signing_alg_values_supported": ["ES256"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        })
    );
}

#[tokio::test]
async fn t28_an_issuer_with_a_path_is_found_where_both_standards_look() {
    let issuer = TokenIssuer::builder("https://issuer.example/tenant".parse().unwrap())
        .algorithm(Algorithm::ES256)
        .build()
        .unwrap();
    for path in [
        "/.well-known/oauth-authorization-server/tenant",
        "/tenant/.well-known/openid-configuration",
        "/.well-known/openid-configuration",
    ] {
        let document = get(&issuer, path).await.json();
        assert_eq!(document["issuer"], "https://issuer.example/tenant", "{path}");
        assert_eq!(document["token_endpoint"], "https://issuer.example/tenant/oauth/token");
        assert_eq!(document.get("scopes_supported"), None, "none is defined");
    }
    assert_eq!(get(&issuer, "/tenant/.well-known/jwks.json").await.status, 200);
    assert_eq!(get(&issuer, "/tenant/oauth/token").await.status, 405);
    assert_eq!(get(&issuer, "/tenants/.well-known/jwks.json").await.status, 404);
    assert_eq!(get(&issuer, "/.well-known/oauth-authorization-server/other").await.status, 404);
}

#[tokio::test]
async fn t29_the_jwk_set_has_public_members_only_and_names_use_and_algorithm() {
    for (algorithm, members) in [
        (Algorithm::RS256, &["alg", "e", "kid", "kty", "n", "use"][..]),
        (Algorithm::ES256, &["alg", "crv", "kid", "kty", "use", "x", "y"][..]),
        (Algorithm::EdDSA, &["alg", "crv", "kid", "kty", "use", "x"][..]),
    ] {
        let issuer = display().algorithm(algorithm).build().unwrap();
        let answer = get(&issuer, "/.well-known/jwks.json").await;
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(answer.header(header::CACHE_CONTROL), "public, max-age=300");
        let document = answer.json();
        let [key] = document["keys"].as_array().unwrap().as_slice() else { panic!("{document}") };
        let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, members, "{algorithm}");
        assert_eq!((&key["alg"], &key["use"]), (&json!(algorithm.name()), &json!("sig")));
        assert_eq!(key["kid"].as_str(), Some(issuer.kid().as_str()));
        assert!(KeySet::parse(&answer.body).unwrap().skipped().is_empty());
    }
    let post = Request::post("/.well-known/jwks.json").body(String::new()).unwrap();
    assert_eq!(send(&display().build().unwrap(), post).await.status, 405);
}

#[tokio::test]
async fn t29_no_two_published_keys_share_a_kid() {
    let issuer = display().build().unwrap();
    let twin = SigningKey::generate(Algorithm::ES256).unwrap().with_kid(issuer.kid());
    assert!(issuer.publish_key(twin.clone()).is_err());
    assert!(issuer.rotate_keys(twin.clone()).is_err());
    assert!(issuer.rotate_keys(twin.with_kid("another")).is_ok());
}

#[tokio::test]
async fn t30_a_client_cannot_choose_who_it_is() {
    let issuer = display().build().unwrap();
    let asked = basic().with("sub", "user-1").with("subject", "user-1").with("username", "user-1");
    let claims = verified(&issuer, &asked.of(&issuer).await.member("access_token")).unwrap();
    assert_eq!(
        (&claims["sub"], &claims["client_id"]),
        (&json!("outsourcer-a"), &json!("outsourcer-a"))
    );
    for path in ["/oauth/register", "/oidc/register", "/clients"] {
        let request = Request::post(path).body("{}".to_owned()).unwrap();
        assert_eq!(send(&issuer, request).await.status, 404, "{path}");
    }
}

pub(super) fn kids(issuer: &TokenIssuer) -> Vec<String> {
    let document: Value = serde_json::from_str(&issuer.jwk_set()).unwrap();
    let keys = document["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn t34_a_key_is_published_before_it_signs_and_kept_as_long_as_its_tokens_live() {
    let clock = ManualClock::at(NOW);
    let issuer = display().clock(clock.clone()).lifetime(Duration::from_secs(600)).build().unwrap();
    let (first, second) = (issuer.kid(), SigningKey::generate(Algorithm::EdDSA).unwrap());
    let token = issuer.token().sign().unwrap();

    issuer.publish_key(second.clone()).unwrap();
    assert_eq!(issuer.kid(), first);
    assert_eq!(kids(&issuer), [first.as_str(), second.kid()]);
    issuer.rotate().unwrap();
    assert_eq!(issuer.kid(), second.kid());
    assert_eq!(kids(&issuer), [second.kid(), first.as_str()]);

    clock.advance(Duration::from_secs(600));
    assert!(verified(&issuer, &token).is_some());
    clock.advance(Duration::from_secs(60));
    assert_eq!(kids(&issuer), [second.kid()]);

    issuer.rotate().unwrap();
    assert_ne!(issuer.kid(), second.kid(), "a new key where none was announced");
}

#[tokio::test]
async fn t34_a_withdrawn_key_is_gone_at_once() {
    let issuer = display().build().unwrap();
    let (first, token) = (issuer.kid(), issuer.token().sign().unwrap());
    assert!(!issuer.withdraw_key("unknown").unwrap());
    assert!(issuer.withdraw_key(&first).unwrap());
    assert_ne!(issuer.kid(), first);
    assert_eq!(kids(&issuer), [issuer.kid()]);
    assert!(verified(&issuer, &token).is_none());
    assert!(verified(&issuer, &issuer.token().sign().unwrap()).is_some());
}

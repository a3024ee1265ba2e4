use axum::body::to_bytes;

use super::*;

#[tokio::test]
async fn an_introspected_token_is_used_like_any_other() {
    let api = Api::new().await;
    api.always(&with(&json!({"username": "alice", "iss": null})));
    let response = api.response("/read", "opaque").await;
    assert_eq!(response.status(), 200);
    let body = to_bytes(response.into_body(), 1_024).await.unwrap();
    let expected = format!("{} somebody gift-deliveries {} alice", Mint::ISSUER, Mint::AUDIENCE);
    assert_eq!(body, expected.as_bytes());
    let response = api.response("/write", "opaque").await;
    assert_eq!(response.status(), 403);
    let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
}

#[tokio::test]
async fn r66_an_inactive_token_is_invalid_whatever_else_the_answer_says() {
    for answer in [json!({"active": false}), with(&json!({"active": false}))] {
        let api = Api::new().await;
        api.always(&answer);
        let response = api.response("/", "opaque").await;
        assert_eq!(response.status(), 401);
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
        assert_eq!(api.fault("opaque").await, "the issuer says that the token is not active");
    }
}

/// Each answer says `"active": true`, and each differs from the good one in a single member.
#[tokio::test]
async fn r66_an_active_token_passes_the_checks_of_a_jwts_claims() {
    let now = NOW.as_secs();
    for (changes, why) in [
        (json!({"exp": now - 31}), "expired at"),
        (json!({"exp": null}), "`exp` is missing"),
        (json!({"exp": "4102444800"}), "`exp` has a wrong type"),
        (json!({"iss": "https://other.example"}), "`iss` is not a trusted issuer"),
        (json!({"iss": 1}), "`iss` has a wrong type"),
        (json!({"aud": "urn:api:revenue"}), "`aud` does not name this API"),
        (json!({"aud": []}), "`aud` does not name this API"),
        (json!({"aud": null}), "`aud` is missing"),
        (json!({"nbf": now + 31}), "not valid before"),
        (json!({"iat": now + 31}), "issued in the future"),
        (json!({"cnf": {"jkt": "x"}}), "bound to its sender"),
        (json!({"cnf": {"unknown": 1}}), "bound to its sender"),
        (json!({"nonce": "1"}), "ID token"),
        (json!({"at_hash": "1"}), "ID token"),
        (json!({"token_type": "refresh_token"}), "`token_type` is not `Bearer`"),
        (json!({"token_type": "id_token"}), "`token_type` is not `Bearer`"),
        (json!({"token_type": "DPoP"}), "`token_type` is not `Bearer`"),
        (json!({"token_type": 1}), "`token_type` is not `Bearer`"),
        (json!({"token_use": "refresh_token"}), "`token_use` is not `access_token`"),
        (json!({"typ": "Refresh"}), "`typ` is not `Bearer`"),
        (json!({"typ": "ID"}), "`typ` is not `Bearer`"),
        (json!({"scope": "a ".repeat(257)}), "257 scopes"),
    ] {
        let api = Api::new().await;
        api.always(&with(&changes));
        let fault = api.fault("opaque").await;
        assert!(fault.contains(why), "{changes}: {fault}");
        assert_eq!(api.get("opaque").await, 401, "{changes}");
        assert_eq!(api.asked(), 1, "a refusal is cached: {changes}");
        // Its twin.
        api.always(&active());
        assert_eq!(api.get("another").await, 200, "{changes}");
    }
}

#[tokio::test]
async fn r66_what_an_issuer_may_leave_out_or_write_in_its_own_way_is_admitted() {
    let now = NOW.as_secs();
    for changes in [
        json!({"iss": null}),
        json!({"aud": ["urn:other", Mint::AUDIENCE]}),
        json!({"exp": now - 29}),
        json!({"nbf": now + 29}),
        json!({"token_type": null}),
        json!({"token_type": "bearer"}),
        json!({"token_type": "access_token"}),
        json!({"token_use": "access_token"}),
        json!({"token_use": "access"}),
        json!({"typ": "Bearer"}),
        json!({"sub": null, "client_id": null, "jti": null, "iat": null, "scope": null}),
        json!({"extension": {"a": [1, 2, {"b": null}]}}),
    ] {
        let api = Api::new().await;
        api.always(&with(&changes));
        assert_eq!(api.get("opaque").await, 200, "{changes}");
    }
}

#[tokio::test]
async fn an_answer_without_audience_is_admitted_by_a_setting_and_another_audience_never() {
    let api = Api::with(Introspection::allow_missing_audience).await;
    api.always(&with(&json!({"aud": null})));
    assert_eq!(api.get("without").await, 200);
    api.always(&with(&json!({"aud": "urn:api:revenue"})));
    assert_eq!(api.get("another").await, 401);
    api.always(&with(&json!({"aud": []})));
    assert_eq!(api.get("none").await, 401);
}

#[tokio::test]
async fn the_settings_of_tokens_apply_to_what_the_issuer_says() {
    let strict = Api::build(|it| it, ResourceServerBuilder::strict_rfc9068).await.unwrap();
    strict.always(&with(&json!({"jti": null})));
    assert_eq!(strict.get("without").await, 401);
    strict.always(&active());
    assert_eq!(strict.get("good").await, 200);

    let by_role = Api::build(|it| it, |server| server.scope_claim("roles")).await.unwrap();
    by_role.always(&with(&json!({"roles": ["announce:write"]})));
    assert_eq!(by_role.response("/write", "good").await.status(), 200);
    assert_eq!(by_role.response("/read", "good").await.status(), 403);
}

#[tokio::test]
async fn a_denied_token_is_refused_at_once() {
    use tower_bearer::denylist::{Denial, Denied};

    let api = Api::new().await;
    api.always(&with(&json!({"iss": null})));
    assert_eq!(api.get("opaque").await, 200);
    let denial = |denied| Denial::new(Mint::issuer(), denied, NOW + seconds(60));
    api.server.deny(denial(Denied::subject("another"))).unwrap();
    assert_eq!(api.get("opaque").await, 200);
    api.server.deny(denial(Denied::subject("somebody"))).unwrap();
    assert_eq!(api.get("opaque").await, 401);
    api.clock.advance(seconds(60));
    assert_eq!(api.get("opaque").await, 200);
}

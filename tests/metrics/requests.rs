use axum::{Router, body::Body, routing::get};
use http::{Request, header::AUTHORIZATION};
use tower::ServiceExt;
use tower_bearer::{AccessToken, RequireScope, ResourceServer};

use super::{Recorded, series};
use crate::support::{ManualClock, Mint, NOW};

fn app(recorded: &Recorded, mint: &Mint) -> Router {
    let api = recorded.record(|| {
        ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
            .cache_verified_tokens(1 << 20)
            .realm("display")
            .clock(ManualClock::at(NOW))
            .build()
            .unwrap()
    });
    Router::new()
        .route("/", get(|| async {}))
        .route("/revenue", get(|| async {}).route_layer(RequireScope("revenue:read")))
        .route("/broken", get(|| async {}).route_layer(RequireScope("revenue:{year}:read")))
        .layer(api.layer())
        .merge(
            Router::new()
                .route("/news", get(|| async {}))
                .route("/mine", get(|_: AccessToken| async {}))
                .layer(api.layer().optional()),
        )
}

async fn ask(app: &Router, path: &str, token: Option<&str>) {
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
}

#[tokio::test]
async fn each_request_is_counted_once_with_its_outcome_and_reason() {
    let (recorded, mint) = (Recorded::new(), Mint::new());
    let app = app(&recorded, &mint);
    let foreign = Mint::new();
    let tokens = [
        Some(mint.sign()),
        Some(mint.clone().without("scope").sign()),
        None,
        Some("not a token".to_owned()),
        Some("a.b.c".to_owned()),
        Some(mint.clone().claim("exp", NOW.as_secs() - 3_600).sign()),
        Some(mint.clone().claim("aud", "urn:other").sign()),
        Some(mint.clone().claim("iss", "https://elsewhere.example").sign()),
        Some(foreign.sign()),
        Some(mint.clone().header("kid", "junk").sign()),
    ];
    for token in &tokens {
        ask(&app, "/", token.as_deref()).await;
    }
    let admitted = r#"api="display",outcome="admitted",reason="#;
    let refused = r#"api="display",outcome="refused",reason="#;
    let expected = [
        (admitted, "token", 2.0),
        (refused, "missing_token", 1.0),
        (refused, "invalid_request", 1.0),
        (refused, "form", 1.0),
        (refused, "exp", 1.0),
        (refused, "aud", 1.0),
        (refused, "iss", 1.0),
        (refused, "key", 2.0),
    ];
    let labels: Vec<_> =
        expected.iter().map(|(before, reason, n)| (format!("{before}\"{reason}\""), *n)).collect();
    let labels: Vec<_> = labels.iter().map(|(labels, n)| (&**labels, *n)).collect();
    let counted = recorded.counted("tower_bearer_requests_total");
    assert_eq!(counted, series("tower_bearer_requests_total", &labels));
    assert_eq!(counted.values().sum::<f64>(), 10.0, "one for each request");
}

#[tokio::test]
async fn what_a_route_refuses_is_counted_apart_from_what_the_layer_does() {
    let (recorded, mint) = (Recorded::new(), Mint::new());
    let app = app(&recorded, &mint);
    let token = mint.sign();
    ask(&app, "/revenue", Some(&token)).await;
    ask(&app, "/broken", Some(&token)).await;
    ask(&app, "/news", None).await;
    ask(&app, "/mine", None).await;
    ask(&app, "/mine", Some(&token)).await;
    assert_eq!(
        recorded.counted("tower_bearer_route_refusals_total"),
        series(
            "tower_bearer_route_refusals_total",
            &[
                (r#"api="display",reason="insufficient_scope""#, 1.0),
                (r#"api="display",reason="misconfigured""#, 1.0),
                (r#"api="display",reason="missing_token""#, 1.0),
            ]
        )
    );
    assert_eq!(
        recorded.counted("tower_bearer_requests_total"),
        series(
            "tower_bearer_requests_total",
            &[
                (r#"api="display",outcome="admitted",reason="token""#, 3.0),
                (r#"api="display",outcome="admitted",reason="no_token""#, 2.0),
            ]
        )
    );
}

#[tokio::test]
async fn the_cache_counts_its_hits_and_misses_and_only_verifications_are_timed() {
    let (recorded, mint) = (Recorded::new(), Mint::new());
    let app = app(&recorded, &mint);
    let tokens = [mint.sign(), mint.clone().claim("jti", "2").sign()];
    for _ in 0..5 {
        for token in &tokens {
            ask(&app, "/", Some(token)).await;
        }
    }
    ask(&app, "/", Some(&mint.clone().claim("exp", 1).sign())).await;
    let hits = r#"tower_bearer_cache_lookups_total{api="display",result="hit"}"#;
    let misses = r#"tower_bearer_cache_lookups_total{api="display",result="miss"}"#;
    assert_eq!((recorded.value(hits), recorded.value(misses)), (8.0, 3.0));
    assert_eq!(recorded.value(r#"tower_bearer_verification_seconds_count{api="display"}"#), 2.0);
    assert_eq!(recorded.value(r#"tower_bearer_cache_entries{api="display"}"#), 2.0);
    let bytes = recorded.value(r#"tower_bearer_cache_bytes{api="display"}"#);
    assert!((1_000.0..10_000.0).contains(&bytes), "{bytes}");
}

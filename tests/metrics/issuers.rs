use std::time::Duration;

use axum::{Router, body::Body, routing::get};
use http::{Request, StatusCode, header::AUTHORIZATION};
use tower::ServiceExt;
use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    client::{ClientCredentials, TokenClient},
    issuer::{Account, Application, TokenIssuer},
    jwks::RemoteJwks,
    key::public_jwk_set,
    secret::Secret,
    server::TrustedIssuer,
    verify::Verifier,
};

use super::{Recorded, series};
use crate::support::{ManualClock, Mint, NOW, Reply, Server};

async fn status(app: &Router, token: &str) -> StatusCode {
    let request = Request::get("/").header(AUTHORIZATION, format!("Bearer {token}"));
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

fn keys_at(server: &Server) -> RemoteJwks {
    RemoteJwks::new(server.url("/jwks").parse().unwrap()).allow_loopback_http()
}

#[tokio::test]
async fn the_keys_of_an_issuer_are_counted_through_an_outage() {
    let (recorded, mint) = (Recorded::new(), Mint::new());
    let keys = Reply::json(public_jwk_set([mint.key()]));
    let server = Server::start(move |_| keys.clone()).await;
    let clock = ManualClock::at(NOW);
    let api = recorded.record(|| {
        ResourceServer::builder(Mint::issuer(), Mint::audience(), keys_at(&server))
            .realm("display")
            .clock(clock.clone())
            .build()
            .unwrap()
    });
    let app = Router::new().route("/", get(|| async {})).layer(api.layer());
    let mint = mint.claim("exp", NOW.as_secs() + 100_000);
    let token = mint.sign();

    assert_eq!(status(&app, &token).await, StatusCode::OK);
    let state = |state: &str| {
        recorded.value(&format!(
            r#"tower_bearer_keys_state{{api="display",issuer="https://issuer.example",state="{state}"}}"#
        ))
    };
    let issuer = r#"{api="display",issuer="https://issuer.example"}"#;
    assert_eq!((state("fresh"), state("empty")), (1.0, 0.0));
    assert_eq!(recorded.value(&format!("tower_bearer_keys{issuer}")), 1.0);
    let fetched_at = format!("tower_bearer_keys_fetched_timestamp_seconds{issuer}");
    assert_eq!(recorded.value(&fetched_at), NOW.as_secs() as f64);

    // Never-seen key ids: two fetches, then the budget is spent.
    clock.advance(Duration::from_secs(60));
    for kid in ["a", "b", "c"] {
        status(&app, &mint.clone().header("kid", kid).sign()).await;
        clock.advance(Duration::from_secs(13 * u64::from(kid == "b")));
    }
    // The issuer goes down, and the keys expire.
    server.always(Reply::Close);
    clock.advance(Duration::from_secs(400));
    assert_eq!(status(&app, &token).await, StatusCode::OK);
    assert_eq!(state("stale"), 1.0);
    clock.advance(Duration::from_secs(4_000));
    assert_eq!(status(&app, &token).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(&app, &token).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(state("expired"), 1.0);
    // The state that nobody asked for is recorded when the readiness is read.
    clock.set(NOW);
    let _ = api.readiness();
    assert_eq!(state("expired"), 0.0);
    clock.set(NOW + Duration::from_secs(4_500));
    let _ = api.readiness();
    assert_eq!(state("expired"), 1.0);

    let fetch = |labels: &str| format!(r#"api="display",issuer="https://issuer.example",{labels}"#);
    let fetches = [
        (fetch(r#"reason="no_keys",result="changed""#), 1.0),
        (fetch(r#"reason="unknown_kid",result="unchanged""#), 3.0),
        (fetch(r#"reason="stale",result="failed""#), 1.0),
        (fetch(r#"reason="no_keys",result="failed""#), 1.0),
    ];
    let fetches: Vec<_> = fetches.iter().map(|(labels, n)| (&**labels, *n)).collect();
    let counted = recorded.counted("tower_bearer_key_fetches_total");
    assert_eq!(counted, series("tower_bearer_key_fetches_total", &fetches));
    assert_eq!(recorded.value(&format!("tower_bearer_key_fetch_seconds_count{issuer}")), 6.0);
    let waits = recorded.counted("tower_bearer_key_waits_total");
    assert_eq!(waits.values().sum::<f64>(), 6.0, "{waits:?}");
    assert_eq!(
        recorded.counted("tower_bearer_key_limits_total"),
        series("tower_bearer_key_limits_total", &[(&fetch(r#"limit="backoff""#), 1.0)])
    );
    assert_eq!(server.count(), 6);
}

#[tokio::test]
async fn all_resolved_issuers_share_one_label() {
    let (recorded, mint) = (Recorded::new(), Mint::new());
    let keys = Reply::json(public_jwk_set([mint.key()]));
    let server = Server::start(move |_| keys.clone()).await;
    // An address of its own for each: issuers with one address share their fetches.
    let url = server.url("/jwks?issuer=");
    let api = recorded.record(|| {
        ResourceServer::with_resolver(10, move |iss| {
            let verifier = Verifier::new(iss.parse().ok()?, Mint::audience());
            let keys = RemoteJwks::new(format!("{url}{iss}").parse().ok()?).allow_loopback_http();
            Some(TrustedIssuer::new(verifier, keys))
        })
        .realm("tenants")
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
    });
    let app = Router::new().route("/", get(|| async {})).layer(api.layer());
    let before: Vec<_> = recorded.series().into_keys().collect();
    for tenant in 0..5 {
        let token = mint.clone().claim("iss", format!("https://tenant{tenant}.example")).sign();
        assert_eq!(status(&app, &token).await, StatusCode::OK);
    }
    assert_eq!(recorded.value(r#"tower_bearer_resolved_issuers{api="tenants"}"#), 5.0);
    let fetches = r#"api="tenants",issuer="resolved",reason="no_keys",result="changed""#;
    assert_eq!(
        recorded.counted("tower_bearer_key_fetches_total"),
        series("tower_bearer_key_fetches_total", &[(fetches, 5.0)])
    );
    api.forget_issuer(&"https://tenant3.example".parse().unwrap());
    assert_eq!(recorded.value(r#"tower_bearer_resolved_issuers{api="tenants"}"#), 4.0);
    let after: Vec<_> = recorded.series().into_keys().collect();
    assert_eq!(before, after, "a tenant adds no series");
}

#[tokio::test]
async fn client_and_issuer_count_the_same_token_requests() {
    let recorded = Recorded::new();
    let _guard = metrics::set_default_local_recorder(&recorded.0);
    let secret = Secret::generate().unwrap();
    let issuer = TokenIssuer::on_loopback()
        .algorithm(Algorithm::EdDSA)
        .application(Application::new("maps").audience("urn:maps").resource("map", ["read"]))
        .account(Account::new("gifts").secret(&secret).allow("maps", "map:read"))
        .start()
        .await
        .unwrap();
    let client = |secret: Secret| {
        let credentials = ClientCredentials::new("gifts", secret);
        TokenClient::discover(issuer.issuer().clone(), credentials)
            .audience("urn:maps")
            .allow_loopback_http()
            .build()
            .unwrap()
    };
    let good = client(secret);
    let token = good.token().await.unwrap();
    good.invalidate(&token);
    good.token().await.unwrap();
    client(Secret::new("wrong")).token().await.unwrap_err();

    assert_eq!(
        recorded.counted("tower_bearer_client_token_requests_total"),
        series(
            "tower_bearer_client_token_requests_total",
            &[
                (r#"client="gifts",result="granted""#, 2.0),
                (r#"client="gifts",result="invalid_client""#, 1.0),
            ]
        )
    );
    let name = issuer.issuer().as_str();
    let answered = |result: &str| {
        let labels = format!(r#"{{issuer="{name}",result="{result}"}}"#);
        recorded.value(&format!("tower_bearer_issuer_token_requests_total{labels}"))
    };
    assert_eq!((answered("granted"), answered("invalid_client")), (2.0, 1.0));
    assert_eq!(recorded.value(r#"tower_bearer_client_tokens_refused_total{client="gifts"}"#), 1.0);
    let timed = r#"tower_bearer_client_token_request_seconds_count{client="gifts"}"#;
    assert_eq!(recorded.value(timed), 3.0);
}

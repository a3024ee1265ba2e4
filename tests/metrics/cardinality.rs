use axum::{Router, body::Body, routing::get};
use http::{Request, header::AUTHORIZATION};
use tower::ServiceExt;
use tower_bearer::{RequireScope, ResourceServer};

use super::Recorded;
use crate::support::{ManualClock, Mint, NOW, encode};

/// Set to 1000000 by `.ci/run`.
const NUMBER: &str = "TOWER_BEARER_HOSTILE_REQUESTS";
const DEFAULT_NUMBER: u64 = 3_000;

/// The token of the nth hostile request: text that a caller chooses in each place that it can.
fn hostile(n: u64, good: &str) -> String {
    let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"kid-{n}"}}"#);
    let claims = |iss: &str, exp: u64| {
        let aud = Mint::AUDIENCE;
        format!(r#"{{"iss":"{iss}","aud":"{aud}","exp":{exp},"client_id":"c{n}","scope":"s{n}"}}"#)
    };
    let signature = encode([7; 64]);
    let exp = NOW.as_secs() + 60;
    match n % 6 {
        0 => format!("junk-{n}"),
        1 => format!("{}.{}.{signature}", encode(&header), encode(claims(Mint::ISSUER, exp))),
        2 => {
            let iss = format!("https://tenant-{n}.example");
            format!("{}.{}.{signature}", encode(&header), encode(claims(&iss, exp)))
        }
        3 => format!("{}.{}.{signature}", encode(&header), encode(claims(Mint::ISSUER, n))),
        4 => format!("{}.{}.{signature}", encode(format!(r#"{{"alg":"a{n}"}}"#)), encode("{}")),
        _ => good.to_owned(),
    }
}

#[tokio::test]
async fn hostile_requests_add_no_series() {
    let number = std::env::var(NUMBER).map_or(DEFAULT_NUMBER, |text| text.parse().unwrap());
    let (recorded, mint) = (Recorded::new(), Mint::new());
    let api = recorded.record(|| {
        ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
            .resolve_issuers(10, |_| None)
            .cache_verified_tokens(1 << 20)
            .realm("display")
            .clock(ManualClock::at(NOW))
            .build()
            .unwrap()
    });
    let app = Router::new()
        .route("/{id}", get(|| async {}))
        .route_layer(RequireScope("announce:{id}:write"))
        .layer(api.layer());
    let before: Vec<_> = recorded.series().into_keys().collect();
    let good = mint.sign();
    for n in 0..number {
        let request = Request::get(format!("/path-{n}"))
            .header(AUTHORIZATION, format!("Bearer {}", hostile(n, &good)))
            .body(Body::empty());
        app.clone().oneshot(request.unwrap()).await.unwrap();
    }
    let after: Vec<_> = recorded.series().into_keys().collect();
    assert_eq!(before, after);
    let counted: f64 = recorded.counted("tower_bearer_requests_total").values().sum();
    assert_eq!(counted, number as f64, "each request was counted");
    println!("{} series before and after {number} hostile requests", after.len());
}

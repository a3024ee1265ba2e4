//! Serves the crate's metrics as text for Prometheus, next to the API that they are about: the
//! exporter of `metrics-exporter-prometheus` renders them, and axum serves them on a port of their own.

use std::time::Duration;

use axum::{Router, routing::get};
use caller::Caller;
use http::{Method, StatusCode};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use stage::{Outcome, expect};
use tower_bearer::{
    RequireScope,
    issuer::{Account, Application, TokenIssuer},
    metrics::SECONDS_BUCKETS,
};

#[path = "story/caller.rs"]
mod caller;
#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "urn:display";
/// How often the exporter tidies its histograms up.
const UPKEEP: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Outcome {
    println!("The recorder comes first: what is built afterwards registers its metrics with it.");
    let recorder = PrometheusBuilder::new().set_buckets(&SECONDS_BUCKETS)?.install_recorder()?;
    let upkeep = recorder.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    let metrics = stage::serve(
        Router::new().route("/metrics", get(move || async move { recorder.render() })),
    )
    .await?;

    let issuer = TokenIssuer::on_loopback()
        .application(Application::new("display").audience(AUDIENCE).scopes("announce:read"))
        .start()
        .await?;
    let api = caller::guard(&issuer, AUDIENCE)?.cache_verified_tokens(1 << 20).build()?;
    let app = Router::new()
        .route("/announcements", get(|| async { "[]" }))
        .route_layer(RequireScope("announce:read"))
        .layer(api.layer());
    let url = stage::serve(app).await?;

    println!("A screen asks three times, and somebody without a token once.");
    let account =
        issuer.create_account(Account::new("screen").allow("display", "announce:read"))?;
    let screen = Caller::new(&issuer, account, None, &url)?;
    for _ in 0..3 {
        screen.call(Method::GET, "/announcements", &Value::Null, StatusCode::OK).await?;
    }
    let http = reqwest::Client::builder().no_proxy().build()?;
    let status = http.get(format!("{url}/announcements")).send().await?.status();
    expect("without a token", &status, &StatusCode::UNAUTHORIZED)?;

    println!("Prometheus reads {metrics}/metrics; what is not zero there:");
    let text = http.get(format!("{metrics}/metrics")).send().await?.text().await?;
    let shown = |line: &&str| {
        line.starts_with("tower_bearer_") && !line.ends_with(" 0") && !line.contains("_bucket{")
    };
    let mut lines: Vec<_> = text.lines().filter(shown).collect();
    lines.sort_unstable();
    lines.iter().for_each(|line| println!("  {line}"));
    for (series, value) in [
        (r#"requests_total{api="urn:display",outcome="admitted",reason="token"}"#, 3),
        (r#"requests_total{api="urn:display",outcome="refused",reason="missing_token"}"#, 1),
        (r#"cache_lookups_total{api="urn:display",result="hit"}"#, 2),
        (r#"client_token_requests_total{client="screen",result="granted"}"#, 1),
    ] {
        let line = format!("tower_bearer_{series} {value}");
        expect("a line of the metrics", &lines.contains(&&*line), &true)
            .map_err(|error| format!("{line}: {error}"))?;
    }
    Ok(())
}

//! Runs an API, its issuer and two services for two and a half hours of a story's time, with two
//! rotations of the key, an attack, an outage of the issuer and a withdrawn key, and writes a page
//! that shows it: a static HTML file that needs neither a server nor a network.
//!
//! ```console
//! $ cargo run --example observatory -- observatory.html
//! ```
//!
//! The page is drawn from what an observer in front of the API and the crate's events saw. The last
//! line on standard output is the same from another source, the crate's own metrics, as JSON;
//! `scripts/observatory.sh` compares the two in a browser.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, middleware, routing::get};
use metrics_exporter_prometheus::PrometheusBuilder;
use record::Record;
use services::Service;
use stage::Outcome;
use tower_bearer::{
    RequireScope, ResourceServer,
    algorithm::Algorithm,
    issuer::{
        Account, Application, PublishedKeyState, TokenIssuer,
        testing::{Faults, Outage, TestIssuer},
    },
    jwks::RemoteJwks,
    secret::Secret,
    time::{Clock, UnixTime},
};

#[path = "observatory/attack.rs"]
mod attack;
#[path = "observatory/chart.rs"]
mod chart;
#[path = "observatory/page.rs"]
mod page;
#[path = "observatory/record.rs"]
mod record;
#[path = "observatory/services.rs"]
mod services;
#[path = "story/stage.rs"]
mod stage;

const AUDIENCE: &str = "urn:worldmappers";
/// The name of the API on the page. It is hostile, to show that the page escapes what it shows.
const REALM: &str = "World Mappers <live> & \"well\"";
/// 2026-01-01T08:00:00Z.
const BEGIN: UnixTime = UnixTime::from_secs(1_767_254_400);
/// The length of the story, and when things happen in it, in minutes.
const END: u64 = 150;
const ROTATIONS: [u64; 2] = [15, 110];
const ATTACK: std::ops::Range<u64> = 34..44;
const OUTAGE: std::ops::Range<u64> = 60..96;
const WITHDRAWAL: u64 = 136;
/// How long the API uses keys that it cannot refresh.
const STALE: Duration = Duration::from_secs(20 * 60);
const LIFETIME: Duration = Duration::from_secs(2 * 60 * 60);

/// The clock of everybody in the story, in seconds.
#[derive(Clone, Debug, Default)]
struct StoryClock(Arc<AtomicU64>);

impl StoryClock {
    fn minute(&self) -> u64 {
        self.0.load(Ordering::Relaxed) / 60
    }
}

impl Clock for StoryClock {
    fn now(&self) -> UnixTime {
        BEGIN + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

async fn start_issuer(clock: &StoryClock, secrets: [&Secret; 2]) -> Outcome<TestIssuer> {
    let [gifts, billing] = secrets;
    Ok(TokenIssuer::on_loopback()
        .algorithm(Algorithm::EdDSA)
        .clock(clock.clone())
        .lifetime(LIFETIME)
        .application(
            Application::new("worldmappers")
                .audience(AUDIENCE)
                .resource("maps", ["read"])
                .resource("invoices", ["read"]),
        )
        .account(Account::new("gift-deliveries").secret(gifts).allow("worldmappers", "maps:read"))
        .account(Account::new("billing").secret(billing).allow("worldmappers", "invoices:read"))
        .start_testing()
        .await?)
}

fn app(api: &ResourceServer, record: &Arc<Record>) -> Router {
    Router::new()
        .route("/maps", get(|| async {}).route_layer(RequireScope("maps:read")))
        .route("/invoices", get(|| async {}).route_layer(RequireScope("invoices:read")))
        .layer(api.layer())
        .layer(middleware::from_fn_with_state(Arc::clone(record), record::observe))
}

/// Notes the state of each published key.
fn note_keys(record: &Record, issuer: &TestIssuer) {
    for key in issuer.published_keys() {
        record.key(
            &key.kid,
            match key.state {
                PublishedKeyState::Signs => "signs",
                PublishedKeyState::Announced { .. } => "announced",
                _ => "retired",
            },
        );
    }
}

/// The numbers of the run by the crate's own metrics.
fn counters(text: &str) -> BTreeMap<String, u64> {
    let number = |line: &str| {
        let (series, value) = line.rsplit_once(' ')?;
        let value: u64 = value.parse().ok()?;
        (series.starts_with("tower_bearer_") && value > 0).then(|| (series.to_owned(), value))
    };
    text.lines().filter_map(number).collect()
}

#[tokio::main]
async fn main() -> Outcome {
    let path: PathBuf = std::env::args_os().nth(1).map_or("observatory.html".into(), Into::into);
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let clock = StoryClock::default();
    let record = Arc::new(Record::new(clock.clone()));
    record::listen(&record)?;

    let secrets = [Secret::generate()?, Secret::generate()?];
    let issuer = start_issuer(&clock, [&secrets[0], &secrets[1]]).await?;
    let keys = RemoteJwks::new(issuer.jwks_uri().parse()?).stale_if_error(STALE);
    let api = ResourceServer::builder(issuer.issuer().clone(), AUDIENCE, keys)
        .allow_loopback_http()
        .cache_verified_tokens(1 << 20)
        .realm(REALM)
        .clock(clock.clone())
        .build()?;
    let url = stage::serve(app(&api, &record)).await?;
    let [gifts, billing] = secrets;
    let gifts = Service::new(&issuer, "gift-deliveries", gifts, &url, &clock)?;
    let billing = Service::new(&issuer, "billing", billing, &url, &clock)?;
    let stranger = services::Stranger::new(&url)?;

    let begun = issuer.kid();
    for minute in 0..END {
        clock.0.store(60 * minute, Ordering::Relaxed);
        if ROTATIONS.contains(&minute) {
            issuer.schedule_rotation()?;
        }
        if minute == OUTAGE.start {
            issuer.set_faults(Faults::none().outage(Outage::Close));
        } else if minute == OUTAGE.end {
            issuer.clear_faults();
        }
        if minute == WITHDRAWAL {
            // The key that signed the tokens in use, not the one that signs now.
            let leaked = record.key_that_signed_before(&issuer.kid()).unwrap_or(begun.clone());
            issuer.withdraw_key(&leaked)?;
            record.withdrawn(&leaked);
        }
        issuer.rotate_if_due()?;
        note_keys(&record, &issuer);
        for half in 0..2 {
            clock.0.store(60 * minute + 30 * half, Ordering::Relaxed);
            for _ in 0..5 {
                gifts.call("/maps").await?;
            }
            billing.call("/invoices").await?;
        }
        if minute % 3 == 0 {
            billing.call("/maps").await?; // which it may not read
        }
        if minute % 5 == 0 {
            stranger.call(None).await?;
        }
        if ATTACK.contains(&minute) {
            for token in attack::tokens(&issuer, minute)? {
                stranger.call(Some(&token)).await?;
            }
        }
        record.note_readiness(&api);
    }

    let page = page::render(&record);
    std::fs::write(&path, &page)?;
    println!("the page, {} bytes: {}", page.len(), path.display());
    let rotations = record.rotations();
    stage::expect("the number of rotations", &rotations.len(), &ROTATIONS.len())?;
    println!(
        "{}",
        serde_json::json!({
            "counters": counters(&metrics.render()),
            "rotations": rotations,
            "outage": {"began": OUTAGE.start, "ended": OUTAGE.end},
            "attack": {"began": ATTACK.start, "ended": ATTACK.end},
            "withdrawal": WITHDRAWAL,
            "realm": REALM,
        })
    );
    Ok(())
}

//! A soak of remote keys: a real API and a real key server on loopback, a flood of junk key ids,
//! a rotation each 20 seconds, and outages of every kind. It prints what was measured, and exits
//! with 1 if an answer was wrong.
//!
//! `soak [SECONDS]`, 480 by default.

mod checker;
mod client;
mod key_server;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use tokio::net::TcpListener;
use tower_bearer::{algorithm::Algorithm, jwks::RemoteJwks, key::SigningKey};
use tower_bearer_bench::{Draft, resident_bytes, server};

use self::{
    checker::{Checker, Figures},
    client::Client,
    key_server::{FAULTS, KeyServer},
};

/// How often a key is published and another withdrawn.
const ROTATION: Duration = Duration::from_secs(20);
/// Each so often the key server fails, in turn in each way.
const OUTAGE_EVERY: Duration = Duration::from_secs(31);
const OUTAGE: Duration = Duration::from_secs(8);
/// The flood goes on for this long, and then pauses as long as a third of it.
const FLOOD: Duration = Duration::from_secs(90);
/// Clients that flood, and how long each pauses after an answer.
const FLOODERS: usize = 8;
const FLOOD_PAUSE: Duration = Duration::from_millis(4);

fn main() {
    let seconds = std::env::args().nth(1).map_or(480, |text| text.parse().expect("seconds"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let figures = runtime.block_on(run(Duration::from_secs(seconds)));
    print!("{figures}");
    if figures.has_failed() {
        std::process::exit(1);
    }
}

async fn run(length: Duration) -> Figures {
    let first = new_key(0);
    let key_server = KeyServer::start([&first]).await;
    let keys = RemoteJwks::new(key_server.url().parse().expect("a URL")).allow_loopback_http();
    let api = server(keys).build().expect("a server");
    let app = Router::new().route("/", get(|| async {})).layer(api.layer());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });

    let begun = Instant::now();
    let flooding = Arc::new(AtomicBool::new(false));
    let junk = Arc::new(AtomicU64::new(0));
    let admitted_junk = Arc::new(AtomicU64::new(0));
    for flooder in 0..FLOODERS {
        let (flooding, junk) = (flooding.clone(), junk.clone());
        let (admitted, key) = (admitted_junk.clone(), first.clone());
        tokio::spawn(async move {
            let mut client = Client::new(address);
            loop {
                tokio::time::sleep(FLOOD_PAUSE).await;
                if !flooding.load(Ordering::Relaxed) {
                    continue;
                }
                let number = junk.fetch_add(1, Ordering::Relaxed);
                let kid = format!("junk-{flooder}-{number}");
                let token = Draft::new(&key, now()).header("kid", kid).sign_wrongly();
                if client.get(&token).await == 200 {
                    admitted.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }

    let mut checker = Checker::new(Client::new(address), first.clone());
    let mut published = vec![first];
    let (mut rotations, mut outages) = (0_u32, 0_u32);
    let mut peak_rss = 0;
    let (mut least, mut most) = (usize::MAX, 0);
    while begun.elapsed() < length {
        let passed = begun.elapsed();
        let in_flood = passed.as_secs() % (FLOOD.as_secs() * 4 / 3) < FLOOD.as_secs();
        flooding.store(in_flood, Ordering::Relaxed);
        if passed >= ROTATION * (rotations + 1) {
            rotations += 1;
            let key = new_key(rotations);
            published.push(key.clone());
            if published.len() > 3 {
                checker.withdraw(published.remove(0).kid());
            }
            key_server.publish(&published);
            checker.publish(key);
        }
        let into = passed.as_millis() % OUTAGE_EVERY.as_millis();
        let down = into >= (OUTAGE_EVERY - OUTAGE).as_millis();
        if down != key_server.is_down() {
            let fault = FAULTS[outages as usize % FAULTS.len()];
            outages += u32::from(down);
            key_server.set_fault(down.then_some(fault));
        }
        checker.round(!down, in_flood).await;
        peak_rss = peak_rss.max(resident_bytes());
        let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        (least, most) = (least.min(open), most.max(open));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut figures = checker.finish();
    figures.seconds = begun.elapsed().as_secs();
    figures.junk = junk.load(Ordering::Relaxed);
    figures.junk_admitted = admitted_junk.load(Ordering::Relaxed);
    figures.fetches = key_server.fetches();
    (figures.rotations, figures.outages) = (rotations, outages);
    figures.peak_rss = peak_rss;
    figures.descriptors = (least, most);
    figures
}

fn new_key(number: u32) -> SigningKey {
    let key = SigningKey::generate(Algorithm::ES256).expect("a key");
    key.with_kid(format!("key-{number}-{:x}", now()))
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("a clock").as_secs()
}

//! Many resource servers with one list: when a revocation is seen everywhere, and what it costs.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::json;
use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    key::SigningKey,
    status::{StatusBits, StatusCheck, StatusList, StatusOutage},
    transport::{Transport, TransportFuture},
};

use super::{tokens::of_statuses, world::call};
use crate::support::{ManualClock, Mint, NOW};

const SERVERS: usize = 100;
const URI: &str = "https://issuer.example/lists/1";

/// The issuer's list, as one of the servers fetches it.
#[derive(Clone, Debug)]
struct Issuer {
    list: Arc<Mutex<Bytes>>,
    requests: Arc<AtomicUsize>,
}

impl Transport for Issuer {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let list = self.list.lock().unwrap().clone();
        Box::pin(async { Ok(Response::new(list)) })
    }
}

/// A list of 16 statuses that was issued so many seconds after the start.
fn list(key: &SigningKey, after: u64, set: &[u64]) -> Bytes {
    let mut statuses = StatusList::new(StatusBits::One, 16);
    for index in set {
        assert!(statuses.set(*index, 1));
    }
    let list = of_statuses(key, URI, &statuses).claim("iat", NOW.as_secs() + after);
    list.sign().into()
}

#[tokio::test]
async fn s23_a_revocation_is_seen_everywhere_within_the_ttl() {
    let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
    let mint = Mint::with_key(&key).claim("exp", NOW.as_secs() + 86_400);
    let token = mint.claim("status", json!({"status_list": {"idx": 3, "uri": URI}})).sign();
    let published = Arc::new(Mutex::new(list(&key, 0, &[])));
    let clock = ManualClock::at(NOW);
    let server = |_| {
        let issuer = Issuer { list: published.clone(), requests: Arc::default() };
        let check = StatusCheck::if_present(StatusOutage::Refuse).transport(issuer.clone());
        let keys = Mint::with_key(&key).keys();
        let api = ResourceServer::builder(Mint::issuer(), Mint::audience(), keys)
            .check_status(check)
            .clock(clock.clone())
            .cache_verified_tokens(1 << 16)
            .build()
            .unwrap();
        (api, issuer.requests)
    };
    let servers: Vec<(ResourceServer, Arc<AtomicUsize>)> = (0..SERVERS).map(server).collect();
    // They start one after the other within a lifetime, and each serves a request a second.
    for passed in 1..=180 {
        for (api, _) in &servers[..SERVERS.min(passed * SERVERS / 60)] {
            assert_eq!(call(api, &token).await.status, 200);
        }
        clock.advance(Duration::from_secs(1));
    }

    *published.lock().unwrap() = list(&key, 180, &[3]);
    let asked = |requests: &AtomicUsize| requests.load(Ordering::Relaxed);
    let before: usize = servers.iter().map(|(_, requests)| asked(requests)).sum();
    let mut seen = vec![None; SERVERS];
    for after in 0..=60_u64 {
        for ((api, requests), seen) in servers.iter().zip(&mut seen) {
            let earlier = asked(requests);
            let mut status = call(api, &token).await.status;
            // The fetch that this request began.
            tokio::task::yield_now().await;
            if seen.is_none() && asked(requests) > earlier {
                let deadline = Instant::now() + Duration::from_secs(5);
                while status == 200 && Instant::now() < deadline {
                    tokio::task::yield_now().await;
                    status = call(api, &token).await.status;
                }
            }
            if status == 401 {
                seen.get_or_insert(after);
            }
        }
        clock.advance(Duration::from_secs(1));
    }
    let requests = servers.iter().map(|(_, requests)| asked(requests)).sum::<usize>() - before;
    let mut seen: Vec<u64> = seen.into_iter().map(|after| after.expect("it is seen")).collect();
    seen.sort_unstable();
    let (half, most) = (seen[SERVERS / 2], seen[SERVERS * 99 / 100]);
    let last = seen[SERVERS - 1];
    println!("{SERVERS} servers: p50 {half} s, p99 {most} s, last {last} s; {requests} requests");
    assert!((10..=40).contains(&half) && last <= 60, "p50 {half} s, last {last} s");
    assert!(requests <= 2 * SERVERS, "each server asks once in 43 to 53 seconds");
}

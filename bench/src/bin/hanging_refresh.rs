//! How long requests with a known key take while a refresh hangs, against how long they take
//! without one: alternating batches in one run.

use std::time::{Duration, Instant};

use tower_bearer::{algorithm::Algorithm, jwks::KeysState};
use tower_bearer_bench::Api;

const ROUNDS: usize = 400;
const BATCH: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("| algorithm | | p50 | p99 |\n|---|---|---|---|");
    for algorithm in [Algorithm::RS256, Algorithm::ES256] {
        let quiet = Api::new(algorithm);
        let hanging = Api::new(algorithm);
        let tokens = [quiet.token(), hanging.token()];
        for (api, token) in [&quiet, &hanging].into_iter().zip(&tokens) {
            assert_eq!(api.call(token).await, 200);
        }
        hanging.keys.hang();
        hanging.clock.advance(Duration::from_secs(270));
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            for (place, api) in [&quiet, &hanging].into_iter().enumerate() {
                for _ in 0..BATCH {
                    let begun = Instant::now();
                    assert_eq!(api.call(&tokens[place]).await, 200);
                    times[place].push(begun.elapsed());
                }
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(hanging.server.readiness()[0].state, KeysState::Due);
        assert!(hanging.keys.asked() >= 2, "a refresh hangs");
        let at = |times: &mut Vec<Duration>, percent: usize| {
            times.sort_unstable();
            times[times.len() * percent / 100].as_nanos() as f64 / 1_000.0
        };
        let [quiet, hanging] = &mut times;
        for (name, times) in [("no refresh", &mut *quiet), ("a refresh hangs", &mut *hanging)] {
            let (p50, p99) = (at(times, 50), at(times, 99));
            println!("| {} | {name} | {p50:.1} µs | {p99:.1} µs |", algorithm.name());
        }
        let (p50, p99) = (at(hanging, 50) / at(quiet, 50), at(hanging, 99) / at(quiet, 99));
        println!("| {} | ratio | {p50:.2} | {p99:.2} |", algorithm.name());
    }
}

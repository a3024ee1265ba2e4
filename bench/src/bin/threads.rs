//! Whether two threads that serve the same hot token are in each other's way, more than they are
//! on empty layers.

use std::{
    hint::spin_loop,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::Router;
use tokio::runtime::Runtime;
use tower::Service;
use tower_bearer::{
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
};
use tower_bearer_bench::{
    Draft, KeyServer, USUAL_BYTES, cached,
    race::{Stopwatch, median},
    remote,
    report::{Goal, Report, number},
    server, stacks,
};

const ROUNDS: usize = 1_500;
const CALLS: usize = 300;
/// How often a thread looks for the other before it lets go of its core.
const PATIENCE: usize = 10_000;
const NAMES: [&str; 2] = ["empty layer", "tower-bearer, warm"];

fn main() {
    let runtime = stacks::runtime();
    let key = SigningKey::generate(Algorithm::RS256).expect("a key");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let token = Draft::new(&key, now).bytes(USUAL_BYTES).sign();
    let server = cached(server(remote(KeyServer::new(public_jwk_set([&key]))))).build();
    let server = server.expect("a server");
    runtime.block_on(server.warm_up()).expect("keys");
    let routers = [stacks::one_layer(), stacks::guarded_by_extractor(&server)];

    let times = race(&routers, &token);
    // How many times as much two threads do as one.
    let scaling = |stack: usize| {
        let rounds = times.iter().map(|round| 2.0 * round[stack][0] / round[stack][1]);
        median(rounds.collect())
    };
    let time = |stack: usize, threads: usize| {
        number(median(times.iter().map(|round| round[stack][threads]).collect()))
    };
    let mut report = Report::new("5-threads", "Two threads");
    report.paragraph(
        "One hot token, served by one thread and by two at the same moment; each has its own clone \
         of the router. *Scaling* is how many times as much two threads do as one.",
    );
    report.table(
        ["", "one thread, ns", "two threads, ns each", "scaling"],
        [0, 1].map(|stack| {
            [NAMES[stack].to_owned(), time(stack, 0), time(stack, 1), number(scaling(stack))]
        }),
    );
    report.paragraph(
        "What two threads have in common, 64 would. `bench/instructions.txt` counts the atomic \
         writes of each path: the warm one has two, as the empty layer does that lends each request \
         a value. There they are on a count that all threads share; here on one that is the thread's \
         own, since each thread keeps its own copy of what it was told of a hot token. So on the \
         warm path no thread writes what another reads.",
    );
    let what = "Warm: two threads on one hot token scale, against an empty layer";
    report.goal(what, Goal::AtLeast(0.95), scaling(1) / scaling(0), " ×");
    report.write();
}

/// Nanoseconds a call in each round: by stack, then by the number of threads at work.
fn race(routers: &[Router; 2], token: &str) -> Vec<[[f64; 2]; 2]> {
    let gate = Gate::default();
    let run = |threads_at_work: &dyn Fn(usize) -> bool| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut routers = routers.clone();
        let mut times = vec![[[0.0; 2]; 2]; ROUNDS];
        for round in &mut times {
            for (stack, router) in routers.iter_mut().enumerate() {
                for (others, time) in round[stack].iter_mut().enumerate() {
                    gate.pass();
                    if threads_at_work(others) {
                        *time = batch(&runtime, router, token, &gate, others);
                    }
                }
            }
        }
        times
    };
    thread::scope(|scope| {
        // The second thread works only where two do.
        let second = scope.spawn(|| run(&|others| others == 1));
        let first = run(&|_| true);
        let second = second.join().expect("a thread");
        first.into_iter().zip(second).map(|(first, second)| slower(first, second)).collect()
    })
}

/// Of two threads at work the slower counts.
fn slower(first: [[f64; 2]; 2], second: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [0, 1].map(|stack| [0, 1].map(|others| f64::max(first[stack][others], second[stack][others])))
}

fn batch(runtime: &Runtime, router: &mut Router, token: &str, gate: &Gate, others: usize) -> f64 {
    let requests: Vec<_> = (0..CALLS).map(|_| stacks::request(token)).collect();
    if others == 1 {
        gate.pass();
    }
    let sample = runtime.block_on(async {
        let watch = Stopwatch::start();
        for request in requests {
            let Ok(response) = router.call(request).await;
            assert!(response.status().is_success());
        }
        watch.stop()
    });
    sample.elapsed.as_nanos() as f64 / CALLS as f64
}

/// Lets two threads pass at the same moment.
#[derive(Default)]
struct Gate(AtomicUsize);

impl Gate {
    fn pass(&self) {
        let place = self.0.fetch_add(1, Ordering::AcqRel);
        let opens_at = place / 2 * 2 + 2;
        let mut looks = 0;
        while self.0.load(Ordering::Acquire) < opens_at {
            looks += 1;
            // The other may want this very core.
            if looks < PATIENCE { spin_loop() } else { thread::yield_now() }
        }
    }
}

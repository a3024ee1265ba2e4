//! What requests cost that are refused, and what a flood of distinct valid tokens does to the
//! cache.

use std::{
    ops::Range,
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::runtime::Runtime;
use tower::Service;
use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
};
use tower_bearer_bench::{
    CACHE_BYTES, Counting, Draft, KeyServer, RawVerification, USUAL_BYTES, bytes_in_use,
    plot::Plot,
    race::{Race, Sample},
    remote,
    report::{Goal, Report, micros, number},
    resident_bytes, server,
    stacks::{self, calls},
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const DURATION: Duration = Duration::from_secs(15);
/// Wide enough for all of them.
const WIDE_CACHE_BYTES: usize = 400 << 20;
const CACHED_TOKENS: usize = 100_000;
const CACHED_BYTES: usize = 900;
const FLOOD: usize = 1_000_000;
const MB: f64 = 1e6;

const BARE: &str = "bare route";
const RAW: &str = "a signature alone";
const BAD_SIGNATURE: &str = "bad signature";
const FOREIGN: &str = "foreign issuer";
const JUNK: &str = "junk `kid`, repeated";
const DISTINCT_JUNK: &str = "junk `kid`s, distinct";

fn main() {
    let runtime = stacks::runtime();
    let mut report = Report::new("6-attack", "Under attack");
    // Memory first, while nothing else has left holes in it.
    memory(&runtime, &mut report);
    refusals(&runtime, &mut report);
    report.write();
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs()
}

fn guard(runtime: &Runtime, key: &SigningKey, cache: usize) -> ResourceServer {
    let builder = server(remote(KeyServer::new(public_jwk_set([key]))));
    let server = builder.cache_verified_tokens(cache).build().expect("a server");
    runtime.block_on(server.warm_up()).expect("keys");
    server
}

fn refusals(runtime: &Rc<Runtime>, report: &mut Report) {
    let key = SigningKey::generate(Algorithm::RS256).expect("a key");
    let now = now();
    let draft = || Draft::new(&key, now).bytes(USUAL_BYTES);
    let good = draft().sign();
    let guarded = stacks::guarded_by_extractor(&guard(runtime, &key, CACHE_BYTES));
    let mut race = Race::default();
    race.add(BARE, calls(runtime, stacks::bare(), vec![good.clone()], 200));
    let mut raw = RawVerification::new(&key, &[good]);
    race.add(RAW, move |times| Sample::of(times, || assert!(raw.verify())));
    let numbered = |number: usize| draft().header("kid", format!("{number:043}")).sign();
    let floods = [
        (BAD_SIGNATURE, vec![draft().sign_wrongly()]),
        (FOREIGN, vec![draft().claim("iss", "https://other.example/m2m").sign()]),
        (JUNK, vec![numbered(0)]),
        (DISTINCT_JUNK, (1..=10_000).map(numbered).collect()),
        ("expired", vec![draft().claim("exp", now - 3_600).sign()]),
        ("wrong audience", vec![draft().claim("aud", "urn:api:revenue").sign()]),
        ("no JWT, 927 bytes", vec!["a".repeat(USUAL_BYTES)]),
        ("too long, 60 KB", vec!["a".repeat(60_000)]),
        ("JOSE header of 6 KB", vec![draft().header("x5c", "a".repeat(4_500)).sign()]),
    ];
    for (name, tokens) in floods {
        race.add(name, calls(runtime, guarded.clone(), tokens, 401));
    }
    let results = race.run(DURATION);

    report.paragraph(
        "Refused requests, without end: what one costs above the bare route, and how many times \
         the bare route that is. Tokens are of RS256.",
    );
    let refused: Vec<&str> = results.names().filter(|name| ![BARE, RAW].contains(name)).collect();
    let row = |name: &str| {
        let above = results.above(name, BARE);
        [name.to_owned(), micros(above), number(above / results.time(BARE))]
    };
    report.table(
        ["", "µs above the bare route", "× the bare route"],
        refused.iter().map(|it| row(it)),
    );
    let above = |name| results.above(name, BARE);
    let raw = results.time(RAW);
    let ratio = above(BAD_SIGNATURE) / raw;
    report.goal("A bad signature over the raw verification", Goal::AtMost(1.10), ratio, " ×");
    for (what, name, bound) in [
        ("A token of a foreign issuer", FOREIGN, 1.0),
        ("A junk `kid`, repeated", JUNK, 1.0),
        ("Junk `kid`s, distinct", DISTINCT_JUNK, 2.5),
    ] {
        report.goal(what, Goal::AtMost(bound), above(name) / 1_000.0, " µs");
    }
    let bars = refused.iter().map(|name| ((*name).to_owned(), above(name) / 1_000.0, true));
    report
        .plot("attack", &Plot::bars("What a refused request costs, in µs", " µs", bars.collect()));
}

fn memory(runtime: &Runtime, report: &mut Report) {
    let key = SigningKey::generate(Algorithm::EdDSA).expect("a key");
    let draft = Draft::new(&key, now()).claim("jti", numbered(0)).bytes(CACHED_BYTES);
    let token = |number: usize| draft.clone().claim("jti", numbered(number)).sign();
    let admit = |server: &ResourceServer, numbers: Range<usize>| {
        let mut router = stacks::guarded_by_extractor(server);
        runtime.block_on(async {
            for number in numbers {
                let Ok(response) = router.call(stacks::request(&token(number))).await;
                assert!(response.status().is_success());
            }
        });
    };
    report.paragraph(&format!(
        "What the cache of verified tokens holds in memory, with tokens of EdDSA of {CACHED_BYTES} \
         bytes: what is in use as the allocator counts it, and what is resident."
    ));
    let mut rows = Vec::new();
    let mut measure = |cache: usize, tokens: usize| {
        let server = guard(runtime, &key, cache);
        let (in_use, resident) = (bytes_in_use(), resident_bytes());
        let (mut most_in_use, mut most_resident) = (0.0, 0.0);
        for part in 0..10 {
            admit(&server, part * tokens / 10..(part + 1) * tokens / 10);
            let (now_in_use, now_resident) = (bytes_in_use(), resident_bytes());
            most_in_use = f64::max(most_in_use, (now_in_use - in_use) as f64 / MB);
            let above = now_resident.saturating_sub(resident) as f64 / MB;
            most_resident = f64::max(most_resident, above);
        }
        let cells = [most_in_use, most_resident].map(number);
        let [in_use, resident] = cells;
        rows.push([tokens.to_string(), number(cache as f64 / MB), in_use, resident]);
        (most_in_use, most_resident)
    };
    // So that what any first request leaves behind is not counted.
    measure(CACHE_BYTES, 1_000);
    let (_, resident) = measure(WIDE_CACHE_BYTES, CACHED_TOKENS);
    let (in_use, _) = measure(CACHE_BYTES, FLOOD);
    rows.remove(0);
    let head =
        ["distinct valid tokens", "the cache's bound, MB", "most in use, MB", "most resident, MB"];
    report.table(head, rows);
    let what =
        format!("{CACHED_TOKENS} cached tokens of {CACHED_BYTES} bytes, resident above empty");
    report.goal(&what, Goal::AtMost(120.0), resident, " MB");
    let what = format!("{FLOOD} distinct valid tokens: memory in use over the cache's bound");
    report.goal(&what, Goal::AtMost(1.0), in_use * MB / CACHE_BYTES as f64, " ×");
}

fn numbered(number: usize) -> String {
    format!("{number:016}")
}

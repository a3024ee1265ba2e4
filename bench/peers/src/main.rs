//! Races the guards of several crates on one axum route, in one process: how much longer a request
//! takes than on the bare route, and how often it allocates. The others fetch the key set from a
//! loopback socket, and judge the same token of RS256.

mod others;

use std::{
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, routing::get};
use tokio::{net::TcpListener, runtime::Runtime};
use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    key::{SigningKey, public_jwk_set},
};
use tower_bearer_bench::{
    Counting, Draft, KeyServer, RawVerification, USUAL_BYTES, cached,
    plot::Plot,
    race::{Race, Results, Sample},
    remote,
    report::{Goal, Report, micros, number},
    server,
    stacks::{self, calls},
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const DURATION: Duration = Duration::from_secs(45);
/// So many tokens take turns.
const TOKENS: usize = 16;
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
const OTHERS: [&str; 6] = [
    "aliri_tower",
    "axum-jose",
    "huskarl-resource-server",
    "jwt-authorizer",
    "oauth-resource-server",
    "tower-oauth2-resource-server",
];

fn main() {
    let runtime = stacks::runtime();
    let mut race = Race::default();
    let key = SigningKey::generate(Algorithm::RS256).expect("a key");
    empty_stacks(&runtime, &mut race, &tokens(&key));
    ours(&runtime, &mut race, key.clone());
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        ours(&runtime, &mut race, SigningKey::generate(algorithm).expect("a key"));
    }
    runtime.block_on(async {
        let address = serve_keys(public_jwk_set([&key])).await;
        others::enter(&runtime, &mut race, &address, &tokens(&key)).await;
    });
    report(&race.run(DURATION));
}

fn tokens(key: &SigningKey) -> Vec<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
    let token = |number: usize| {
        let jti = format!("b5b1f0c2e9d3{number:04}");
        Draft::new(key, now).claim("jti", jti).bytes(USUAL_BYTES).sign()
    };
    (0..TOKENS).map(token).collect()
}

fn empty_stacks(runtime: &Rc<Runtime>, race: &mut Race, tokens: &[String]) {
    race.add("bare route", calls(runtime, stacks::bare(), tokens.into(), 200));
    race.add("empty: layer", calls(runtime, stacks::one_layer(), tokens.into(), 200));
    let extracting = stacks::one_layer_and_extractor();
    race.add("empty: layer and extractor", calls(runtime, extracting, tokens.into(), 200));
    race.add("empty: two layers", calls(runtime, stacks::two_layers(), tokens.into(), 200));
}

fn ours(runtime: &Rc<Runtime>, race: &mut Race, key: SigningKey) {
    let name = key.algorithm().name();
    let tokens = tokens(&key);
    let mut raw = RawVerification::new(&key, &tokens);
    race.add(format!("{name} raw"), move |calls| Sample::of(calls, || assert!(raw.verify())));
    let keys = KeyServer::new(public_jwk_set([&key]));
    let cold = build(runtime, server(remote(keys.clone())));
    let warm = build(runtime, cached(server(remote(keys))));
    let (extractor, layers) = (stacks::guarded_by_extractor, stacks::guarded_by_layers);
    race.add(format!("{name} cold"), calls(runtime, extractor(&cold), tokens.clone(), 200));
    if key.algorithm() == Algorithm::RS256 {
        let cold = layers(&cold);
        race.add("RS256 cold, two layers", calls(runtime, cold, tokens.clone(), 200));
        race.add("RS256 warm", calls(runtime, extractor(&warm), tokens.clone(), 200));
        race.add("RS256 warm, two layers", calls(runtime, layers(&warm), tokens, 200));
    }
}

fn build(
    runtime: &Rc<Runtime>,
    builder: tower_bearer::server::ResourceServerBuilder,
) -> ResourceServer {
    let server = builder.build().expect("a server");
    runtime.block_on(server.warm_up()).expect("keys");
    server
}

async fn serve_keys(document: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
    let address = format!("http://{}/jwks", listener.local_addr().expect("an address"));
    let json = [("content-type", "application/json")];
    let app = Router::new().route("/jwks", get(async move || (json, document.clone())));
    tokio::spawn(async { axum::serve(listener, app).await.expect("a key server") });
    address
}

fn report(results: &Results) {
    let mut report = Report::new("1-guards", "One request, in process");
    report.paragraph(
        "An axum route that answers two bytes is called in process, bare and guarded; overhead is \
         the time above the bare route, in the same round. `raw` is aws-lc-rs's `ParsedPublicKey` \
         checking the signature of the same token, and nothing else. Tokens are of RS256 with 2,048 \
         bits and have 927 bytes where nothing else is said; 16 of them take turns. *Cold* is \
         without the cache of verified tokens, *warm* with it. Ours checks a scope each time.",
    );
    let bare = "bare route";
    let rows = results.names().map(|name| {
        let above =
            if name.ends_with("raw") { results.time(name) } else { results.above(name, bare) };
        let cell = |text: String| if name == bare { "".into() } else { text };
        [
            name.to_owned(),
            micros(results.time(name)),
            cell(micros(above)),
            number(results.allocations(name)),
        ]
    });
    report.table(["", "µs a request", "µs above the bare route", "allocations"], rows);
    goals(&mut report, results);

    let above = |name: &str| results.above(name, bare) / 1_000.0;
    let mut bars = vec![
        ("tower-bearer, warm".to_owned(), above("RS256 warm"), true),
        ("tower-bearer, cold".to_owned(), above("RS256 cold"), true),
        ("the signature alone".to_owned(), results.time("RS256 raw") / 1_000.0, false),
    ];
    let mut others =
        OTHERS.map(|name| (name.to_owned(), others_above(results, name) / 1_000.0, false));
    others.sort_unstable_by(|one, other| one.1.total_cmp(&other.1));
    bars.extend(others);
    report.plot("guards", &Plot::bars("What guarding a request costs, RS256, in µs", " µs", bars));
    report.write();
}

fn others_above(results: &Results, name: &str) -> f64 {
    let bare = if name == "jwt-authorizer" { "bare route of axum 0.7" } else { "bare route" };
    results.above(name, bare)
}

fn goals(report: &mut Report, results: &Results) {
    let bare = "bare route";
    let above = |name: &str| results.above(name, bare);
    for (algorithm, bound) in ALGORITHMS.iter().zip([1.15, 1.08, 1.10]) {
        let name = algorithm.name();
        let ratio = above(&format!("{name} cold")) / results.time(&format!("{name} raw"));
        let what = format!("Cold, {name}: overhead over the raw verification");
        report.goal(&what, Goal::AtMost(bound), ratio, " ×");
    }
    let fastest =
        OTHERS.iter().map(|name| others_above(results, name)).fold(f64::INFINITY, f64::min);
    let what = "Cold, RS256: times as fast as the fastest of the others";
    report.goal(what, Goal::AtLeast(1.3), fastest / above("RS256 cold"), " ×");
    for (ours, empty, stack) in [
        ("RS256 warm", "empty: layer", "layer and extractor"),
        ("RS256 warm, two layers", "empty: two layers", "layer and `route_layer`"),
    ] {
        let what = format!("Warm, {stack}: overhead over that of as many empty layers");
        report.goal(&what, Goal::AtMost(2.0), above(ours) / above(empty), " ×");
        let more = results.allocations(ours) - results.allocations(empty);
        let what = format!("Warm, {stack}: allocations beyond those of as many empty layers");
        report.goal(&what, Goal::AtMost(0.0), more, "");
    }
    let what = "Warm: times as fast as the fastest of the others";
    report.goal(what, Goal::AtLeast(40.0), fastest / above("RS256 warm"), " ×");
}

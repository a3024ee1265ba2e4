//! What the parts of the crate cost by themselves.

use std::{convert::Infallible, rc::Rc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header::ACCEPT};
use http_body_util::Full;
use tokio::runtime::Runtime;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_bearer::{
    algorithm::Algorithm,
    client::{AddTokenLayer, ClientCredentials, TokenClient},
    key::{KeySet, SigningKey, public_jwk_set},
    scope::{Matching, Requirement, ScopeSet},
    secret::Secret,
};
use tower_bearer_bench::{
    Counting, Draft, KeyServer, NOW, USUAL_BYTES,
    race::{Race, Sample, Stopwatch},
    report::{Goal, Report, number},
    stacks,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() {
    let runtime = stacks::runtime();
    let mut race = Race::default();
    for algorithm in Algorithm::ALL {
        race.add(format!("{} signature", algorithm.name()), verification(algorithm));
    }
    for keys in [1, 100] {
        race.add(format!("find the last of {keys} keys"), lookup(keys));
    }
    for scopes in [1, 20, 100] {
        race.add(format!("find the last of {scopes} scopes"), scope_check(scopes));
    }
    const HIT: &str = "a token that the client has";
    race.add(HIT, token_hit(&runtime));
    const BARE: &str = "a call, of which nothing is sent";
    const WITH_TOKEN: &str = "the same with its token";
    let full = Full::<Bytes>::default;
    let layer = add_token(&runtime);
    race.add(BARE, call(&runtime, bare(), full));
    race.add(WITH_TOKEN, call(&runtime, layer.layer(bare()), full));
    let replaying = layer.replay_bodies::<Full<Bytes>>();
    const REPLAYED: &str = "the same, kept to be sent a second time";
    race.add(REPLAYED, call(&runtime, replaying.layer(bare()), full));

    let results = race.run(Duration::from_secs(12));
    let mut report = Report::new("3-parts", "Parts");
    let names: Vec<&str> = results.names().collect();
    report.table(
        ["", "ns", "allocations"],
        names.iter().map(|name| {
            [(*name).to_owned(), number(results.time(name)), number(results.allocations(name))]
        }),
    );
    let hit = results.time(HIT);
    report.goal("`TokenClient`: a token that it has", Goal::AtMost(100.0), hit, " ns");
    let above = results.time(WITH_TOKEN) - results.time(BARE);
    report.goal("`AddTokenLayer`: above the bare call", Goal::AtMost(100.0), above, " ns");
    report.write();
}

fn verification(algorithm: Algorithm) -> impl FnMut(usize) -> Sample {
    let signer = SigningKey::generate(algorithm).expect("a key");
    let set = KeySet::parse(public_jwk_set([&signer]).as_bytes()).expect("a set");
    let token = Draft::new(&signer, NOW).bytes(USUAL_BYTES).sign();
    let message = token.rsplit_once('.').expect("a token").0.to_owned();
    let signature = signer.sign(message.as_bytes()).expect("a signature");
    move |times| {
        let key = set.keys().next().expect("a key");
        let verify = || key.verify(algorithm, message.as_bytes(), &signature);
        Sample::of(times, || assert!(verify().is_ok()))
    }
}

fn lookup(keys: usize) -> impl FnMut(usize) -> Sample {
    let generate = |_| SigningKey::generate(Algorithm::EdDSA).expect("a key");
    let signers: Vec<SigningKey> = (0..keys).map(generate).collect();
    let set = KeySet::parse(public_jwk_set(&signers).as_bytes()).expect("a set");
    let kid = signers.last().expect("a key").kid().to_owned();
    let find = move || set.candidates(Some(&kid), Algorithm::EdDSA).count();
    move |times| Sample::of(times, || assert_eq!(find(), 1))
}

fn scope_check(scopes: usize) -> impl FnMut(usize) -> Sample {
    let granted = (1..scopes).map(|number| format!("book:{number}:read"));
    let granted: Vec<String> = granted.chain(["announce:read".to_owned()]).collect();
    let granted = ScopeSet::parse(&granted.join(" ")).expect("scopes");
    let required = Requirement::parse("announce:read").expect("a requirement");
    let covered = move || {
        required.satisfied_by(&granted, Matching::default(), &|_| unreachable!("no template"))
    };
    move |times| Sample::of(times, || assert_eq!(covered().ok(), Some(true)))
}

fn token_client(runtime: &Runtime) -> TokenClient {
    let answer = r#"{"access_token":"a.b.c","token_type":"Bearer","expires_in":86400}"#;
    let credentials = ClientCredentials::new("gift-deliveries", Secret::new("s".repeat(40)));
    let endpoint = Uri::from_static("https://issuer.example/oauth/token");
    let client = TokenClient::builder(endpoint, credentials)
        .transport(KeyServer::new(answer))
        .build()
        .expect("a client");
    runtime.block_on(client.token()).expect("a token");
    client
}

fn token_hit(runtime: &Rc<Runtime>) -> impl FnMut(usize) -> Sample + use<> {
    let client = token_client(runtime);
    let runtime = runtime.clone();
    move |times| {
        runtime.block_on(async {
            let watch = Stopwatch::start();
            for _ in 0..times {
                assert!(client.token().await.is_ok());
            }
            watch.stop()
        })
    }
}

/// A client of `http` requests that costs nothing.
fn bare<B: 'static>()
-> impl Service<Request<B>, Response = Response<()>, Error = Infallible, Future: Send> + Clone {
    service_fn(|_: Request<B>| std::future::ready(Ok(Response::new(()))))
}

/// A call by `service` with a body that `body` makes.
fn call<B: 'static, S>(
    runtime: &Rc<Runtime>,
    mut service: S,
    body: fn() -> B,
) -> impl FnMut(usize) -> Sample + use<B, S>
where
    S: Service<Request<B>, Response = Response<()>, Error: std::fmt::Debug>,
{
    let runtime = runtime.clone();
    let url = Uri::from_static("https://maps.example/api/directions");
    move |times| {
        runtime.block_on(async {
            let watch = Stopwatch::start();
            for _ in 0..times {
                let mut request = Request::new(body());
                *request.uri_mut() = url.clone();
                request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
                let ready = service.ready().await.expect("a service");
                assert!(ready.call(request).await.is_ok());
            }
            watch.stop()
        })
    }
}

fn add_token(runtime: &Runtime) -> AddTokenLayer {
    let api = Uri::from_static("https://maps.example");
    AddTokenLayer::new(token_client(runtime), api).expect("a layer")
}

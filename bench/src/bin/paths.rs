//! Walks the paths that a request can take, each many times, so that callgrind can count their
//! instructions: `paths keys DIRECTORY` makes the keys, `paths walk DIRECTORY` walks, and names
//! the paths in their order. `scripts/instructions.sh` does both.

use std::{
    convert::Infallible,
    env, fs,
    future::Future,
    hint::black_box,
    path::Path,
    pin::pin,
    process::exit,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use http_body_util::Empty;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_bearer::{
    Issuer, RequireScope,
    algorithm::Algorithm,
    denylist::{Denial, Denied, MAX_DENIALS},
    key::SigningKey,
    time::UnixTime,
};
use tower_bearer_bench::{Api, ISSUER, NOW, RawVerification, USUAL_BYTES, cached};

/// How often each path is walked: the file of counts says how much one walk takes.
const ROUNDS: usize = 200;
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["keys", directory] => make_keys(Path::new(directory)),
        ["walk", directory] => walk_all(Path::new(directory)).await,
        _ => {
            eprintln!("paths keys|walk DIRECTORY");
            exit(2);
        }
    }
}

fn make_keys(directory: &Path) {
    for algorithm in ALGORITHMS {
        let key = SigningKey::generate(algorithm).expect("a key").to_pkcs8_der().expect("DER");
        fs::write(directory.join(algorithm.name()), key.as_bytes()).expect("a file");
    }
}

fn key(directory: &Path, algorithm: Algorithm) -> SigningKey {
    let der = fs::read(directory.join(algorithm.name())).expect("a key of `paths keys`");
    SigningKey::from_pkcs8_der(algorithm, &der).expect("a key")
}

async fn walk_all(directory: &Path) {
    walk("bare", handler(), None, 200).await;
    for algorithm in ALGORITHMS {
        let api = Api::with_key(key(directory, algorithm), |builder| builder);
        let token = api.draft().bytes(USUAL_BYTES).sign();
        let mut raw = RawVerification::new(&api.signer, std::slice::from_ref(&token));
        println!("{} raw", algorithm.name());
        counted(&mut || assert!(black_box(&mut raw).verify()));
        let name = format!("{} cold", algorithm.name());
        walk(&name, guarded(&api), Some(&token), 200).await;
    }
    let api = Api::with_key(key(directory, Algorithm::RS256), cached);
    let token = api.draft().bytes(USUAL_BYTES).sign();
    walk("warm", guarded(&api), Some(&token), 200).await;
    let denying = Api::with_key(key(directory, Algorithm::RS256), cached);
    denying.server.denylist().apply(denials()).expect("room for each");
    let token = denying.draft().bytes(USUAL_BYTES).sign();
    walk("warm, denylist full", guarded(&denying), Some(&token), 200).await;
    refusals(&api).await;
}

async fn refusals(api: &Api) {
    let good = || api.draft().bytes(USUAL_BYTES);
    let refusals = [
        ("no token", None, 401),
        ("malformed token", Some("a".repeat(USUAL_BYTES)), 401),
        ("too long", Some(good().bytes(9_000).sign()), 401),
        ("algorithm not allowed", Some(good().header("alg", "none").sign()), 401),
        ("foreign issuer", Some(good().claim("iss", "https://other.example").sign()), 401),
        ("wrong audience", Some(good().claim("aud", "urn:api:revenue").sign()), 401),
        ("expired", Some(good().claim("exp", NOW - 3_600).sign()), 401),
        ("unknown key", Some(good().header("kid", "junk").sign()), 401),
        ("bad signature", Some(good().sign_wrongly()), 401),
        ("insufficient scope, warm", Some(good().claim("scope", "revenue:read").sign()), 403),
    ];
    for (name, token, status) in refusals {
        walk(name, guarded(api), token.as_deref(), status).await;
    }
}

/// As many entries as a list has room for, none of them about the token.
fn denials() -> impl Iterator<Item = Denial> {
    let issuer = Issuer::new(ISSUER).expect("an issuer");
    let until = UnixTime::from_secs(NOW + 3_600);
    let denied = (0..MAX_DENIALS).map(|n| Denied::token_id(n.to_string()));
    denied.map(move |denied| Denial::new(issuer.clone(), denied, until))
}

fn handler()
-> impl Service<Request<()>, Response = Response<Empty<Bytes>>, Error = Infallible> + Clone {
    service_fn(|_| std::future::ready(Ok(Response::new(Empty::new()))))
}

fn guarded(
    api: &Api,
) -> impl Service<Request<()>, Response = Response<Empty<Bytes>>, Error = Infallible> + Clone {
    api.server.layer().layer(RequireScope("announce:read").layer(handler()))
}

/// Walks one path, after the keys were fetched and whatever is kept from call to call is there.
async fn walk<S>(name: &str, mut service: S, token: Option<&str>, status: u16)
where
    S: Service<Request<()>, Response = Response<Empty<Bytes>>, Error = Infallible> + Clone,
{
    let request = || {
        let mut request = Request::new(());
        if let Some(token) = token {
            let field = format!("Bearer {token}").try_into().expect("a field");
            request.headers_mut().insert(AUTHORIZATION, field);
        }
        request
    };
    for _ in 0..10 {
        let response = service.clone().oneshot(request()).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::from_u16(status).expect("a status"), "{name}");
    }
    let mut requests: Vec<_> = (0..ROUNDS).map(|_| request()).collect();
    println!("{name}");
    counted(&mut || {
        let request = requests.pop().expect("a request");
        let mut context = Context::from_waker(Waker::noop());
        assert!(service.poll_ready(&mut context).is_ready());
        let answer = pin!(service.call(request)).poll(&mut context);
        assert!(matches!(answer, Poll::Ready(Ok(answer)) if answer.status() == status));
    });
}

/// Callgrind counts inside of this function only, and writes what it counted at its end.
#[inline(never)]
fn counted(walk: &mut dyn FnMut()) {
    (0..ROUNDS).for_each(|_| walk());
}

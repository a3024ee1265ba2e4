//! What a token costs beside its signature, without HTTP, and what a large configuration adds:
//! alternating batches in one run, the median of their ratios.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, SecretHash, TokenIssuer},
    key::SigningKey,
    secret::Secret,
};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
/// Many short batches: few of them are interrupted on a busy machine, and the median passes over those.
const ROUNDS: usize = 1_000;
const RULES_OF_AN_ACCOUNT: usize = 10;

/// An issuer with so many accounts, each with ten rules, and how long it took to build it.
fn issuer(key: &SigningKey, accounts: usize) -> (TokenIssuer, Duration) {
    let application = Application::new("display")
        .audience("https://display.example")
        .resource("announce", ["create", "read", "update", "delete"])
        .resource("revenue", ["create", "read", "update", "delete"]);
    let hash = SecretHash::of(&Secret::new(SECRET)).expect("a hash");
    let builder = TokenIssuer::builder("https://issuer.example".parse().expect("an issuer"))
        .signing_key(key.clone())
        .application(application);
    let builder = (0..accounts).fold(builder, |builder, number| {
        let account = Account::new(format!("client-{number}")).secret_hash(hash.clone());
        builder.account((0..RULES_OF_AN_ACCOUNT).fold(account, |account, rule| {
            account.allow("display", format!("announce:{rule}:read"))
        }))
    });
    let begun = Instant::now();
    let issuer = builder.build().expect("an issuer");
    (issuer, begun.elapsed())
}

/// A request for two scopes by the last of so many accounts.
fn request(accounts: usize) -> Request<Full<Bytes>> {
    let credentials = BASE64_STANDARD.encode(format!("client-{}:{SECRET}", accounts - 1));
    let body = "grant_type=client_credentials&scope=announce%3A7%3Aread+announce%3A9%3Aread";
    Request::post("/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Basic {credentials}"))
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .expect("a request")
}

/// How long a batch of token requests takes.
async fn issue(issuer: &TokenIssuer, accounts: usize, batch: usize) -> Duration {
    let requests: Vec<_> = (0..batch).map(|_| request(accounts)).collect();
    let mut issuers = vec![issuer.clone(); batch];
    let begun = Instant::now();
    for (issuer, request) in issuers.drain(..).zip(requests) {
        let response = issuer.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
        black_box(response);
    }
    begun.elapsed()
}

/// How long a batch of signatures takes.
fn sign(key: &SigningKey, message: &[u8], batch: usize) -> Duration {
    let begun = Instant::now();
    for _ in 0..batch {
        black_box(key.sign(black_box(message)).expect("a signature"));
    }
    begun.elapsed()
}

/// What is signed of a token as the issuer makes it.
async fn signed_part(issuer: &TokenIssuer) -> Vec<u8> {
    let response = issuer.clone().oneshot(request(1)).await.expect("an answer");
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    let answer: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let token = answer["access_token"].as_str().expect("a token");
    token.rsplit_once('.').expect("a token").0.as_bytes().to_vec()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn micros(time: Duration, batch: usize) -> f64 {
    time.as_secs_f64() * 1_000_000.0 / batch as f64
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("| algorithm | signature | token | ratio |\n|---|---|---|---|");
    for (algorithm, batch) in [(Algorithm::RS256, 2), (Algorithm::ES256, 20)] {
        let key = SigningKey::generate(algorithm).expect("a key");
        let (issuer, _) = issuer(&key, 1);
        let message = signed_part(&issuer).await;
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let signature = micros(sign(&key, &message, batch), batch);
            let token = micros(issue(&issuer, 1, batch).await, batch);
            for (times, time) in times.iter_mut().zip([signature, token, token / signature]) {
                times.push(time);
            }
        }
        let [signature, token, ratio] = times.map(median);
        println!("| {} | {signature:.1} µs | {token:.1} µs | {ratio:.3} |", algorithm.name());
    }

    let key = SigningKey::generate(Algorithm::ES256).expect("a key");
    let (small, _) = issuer(&key, 10);
    let (large, start) = issuer(&key, 10_000);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let few = micros(issue(&small, 10, 20).await, 20);
        let many = micros(issue(&large, 10_000, 20).await, 20);
        for (times, time) in times.iter_mut().zip([few, many, many / few]) {
            times.push(time);
        }
    }
    let [few, many, ratio] = times.map(median);
    println!("\n| 10 accounts | 10,000 accounts, 100,000 rules | ratio | start-up |");
    println!("|---|---|---|---|");
    println!("| {few:.1} µs | {many:.1} µs | {ratio:.3} | {:.0} ms |", start.as_secs_f64() * 1e3);
}

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
use tower_bearer_bench::report::{Goal, Report, number};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
/// Many short batches: few of them are interrupted on a busy machine, and the median passes over those.
const ROUNDS: usize = 1_000;
const RULES_OF_AN_ACCOUNT: usize = 10;

/// An issuer with so many accounts, each with ten rules, and how long it took to build it.
fn issuer(key: &SigningKey, accounts: usize, status_lists: bool) -> (TokenIssuer, Duration) {
    let application = Application::new("display")
        .audience("https://display.example")
        .resource("announce", ["create", "read", "update", "delete"])
        .resource("revenue", ["create", "read", "update", "delete"]);
    let hash = SecretHash::from_secret(&Secret::new(SECRET)).expect("a hash");
    let builder = TokenIssuer::builder("https://issuer.example".parse().expect("an issuer"))
        .signing_key(key.clone())
        .status_lists(status_lists)
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
    let mut report = Report::new("7-issuing", "Issuing");
    report.paragraph(
        "A token for two scopes by an account with ten rules: request read, secret checked, scopes judged, a \
         status given, claims written and signed, answer made; without HTTP. Beside it the signature alone, with the same parsed key.",
    );
    let mut rows = Vec::new();
    for (algorithm, batch, bound) in [(Algorithm::RS256, 2, 1.15), (Algorithm::ES256, 20, 1.35)] {
        let key = SigningKey::generate(algorithm).expect("a key");
        let (issuer, _) = issuer(&key, 1, true);
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
        rows.push([algorithm.name().to_owned(), number(signature), number(token), number(ratio)]);
        let what = format!("A token by {} over its signature", algorithm.name());
        report.goal(&what, Goal::AtMost(bound), ratio, " ×");
    }
    report.table(["", "signature, µs", "token, µs", "ratio"], rows);

    let key = SigningKey::generate(Algorithm::ES256).expect("a key");
    let (small, _) = issuer(&key, 10, true);
    let (large, start) = issuer(&key, 10_000, true);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let few = micros(issue(&small, 10, 20).await, 20);
        let many = micros(issue(&large, 10_000, 20).await, 20);
        for (times, time) in times.iter_mut().zip([few, many, many / few]) {
            times.push(time);
        }
    }
    let [few, many, ratio] = times.map(median);
    report.table(
        ["accounts and rules", "token, µs"],
        [("10, 100", few), ("10,000, 100,000", many)]
            .map(|(size, time)| [size.to_owned(), number(time)]),
    );
    let what = "A token of 10,000 accounts with 100,000 rules over one of 10";
    report.goal(what, Goal::AtMost(1.2), ratio, " ×");
    let what = "Start-up with 10,000 accounts and 100,000 rules";
    report.goal(what, Goal::AtMost(1_000.0), start.as_secs_f64() * 1_000.0, " ms");

    let (without, _) = issuer(&key, 1, false);
    let (with, _) = issuer(&key, 1, true);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let plain = micros(issue(&without, 1, 20).await, 20);
        let status = micros(issue(&with, 1, 20).await, 20);
        for (times, time) in times.iter_mut().zip([plain, status, status / plain]) {
            times.push(time);
        }
    }
    let [plain, status, ratio] = times.map(median);
    report.table(
        ["", "token, µs"],
        [("without a status", plain), ("with a status", status)]
            .map(|(what, time)| [what.to_owned(), number(time)]),
    );
    report.goal("A token with a status over one without", Goal::AtMost(1.03), ratio, " ×");
    report.write();
}

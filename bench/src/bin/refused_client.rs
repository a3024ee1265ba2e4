//! Asks the issuer for tokens in vain, so that the work of a refusal can be counted:
//! `refused_client unknown|early|late|nobodys|forged ROUNDS`.

use std::{env, process::exit};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::runtime::Builder;
use tower::ServiceExt;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, TokenIssuer},
    key::{KeySet, SigningKey, public_jwk_set},
    secret::Secret,
};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
/// Differs in its first or in its last character.
const EARLY: &str = "q3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
const LATE: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4N";

const GRANT: &str = "grant_type=client_credentials";
const TYPE: &str = "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn public(key: &SigningKey) -> KeySet {
    KeySet::parse(public_jwk_set([key]).as_bytes()).expect("a key set")
}

/// An assertion of this client that another key has signed.
fn forged(issuer: &TokenIssuer, client: &str) -> String {
    let draft = issuer.token().issuer(client).subject(client).audience("https://issuer.example");
    let key = SigningKey::generate(Algorithm::ES256).expect("a key");
    draft.typ("JWT").signed_by(&key).without_header("kid").sign().expect("an assertion")
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let (Some(kind), Some(Ok(rounds))) =
        (arguments.get(1), arguments.get(2).map(|n| n.parse::<u32>()))
    else {
        eprintln!("refused_client unknown|early|late|nobodys|forged ROUNDS");
        exit(2);
    };
    // Ids of one length: their bytes are read alike.
    let (client, secret) = match kind.as_str() {
        "unknown" | "nobodys" => ("outsourcer-z", LATE),
        "early" => ("outsourcer-a", EARLY),
        _ => ("outsourcer-a", LATE),
    };
    let issuer = TokenIssuer::builder("https://issuer.example".parse().expect("an issuer"))
        .algorithm(Algorithm::EdDSA)
        .application(Application::new("display").resource("announce", ["read"]))
        .account(
            Account::new("outsourcer-a")
                .secret(&Secret::new(SECRET))
                .public_keys(public(&SigningKey::generate(Algorithm::ES256).expect("a key")))
                .allow("display", "announce:read"),
        )
        .build()
        .expect("an issuer");
    let credentials = BASE64_STANDARD.encode(format!("{client}:{secret}"));
    let asserts = matches!(kind.as_str(), "nobodys" | "forged");
    let forged = forged(&issuer, client);
    let credentials = (!asserts).then(|| format!("Basic {credentials}"));
    let body =
        if asserts { format!("{GRANT}&client_assertion={forged}{TYPE}") } else { GRANT.into() };
    counted(&issuer, credentials.as_deref(), &Bytes::from(body), rounds);
}

/// Callgrind counts inside of this function only: a start costs more than a thousand rounds.
#[inline(never)]
fn counted(issuer: &TokenIssuer, credentials: Option<&str>, body: &Bytes, rounds: u32) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        for _ in 0..rounds {
            let mut request = Request::post("/oauth/token")
                .header("content-type", "application/x-www-form-urlencoded");
            if let Some(credentials) = credentials {
                request = request.header("authorization", credentials);
            }
            let request = request.body(Full::new(body.clone())).expect("a request");
            let response = issuer.clone().oneshot(request).await.expect("an answer");
            assert_eq!(response.status(), 401);
        }
    });
}

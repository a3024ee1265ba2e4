//! Asks the issuer for tokens in vain, so that the work of a refusal can be counted:
//! `refused_client unknown|early|late ROUNDS`.

use std::{env, process::exit};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::ServiceExt;
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{Account, Application, TokenIssuer},
    secret::Secret,
};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
/// Differs in its first or in its last character.
const EARLY: &str = "q3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";
const LATE: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4N";

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let arguments: Vec<String> = env::args().collect();
    let (Some(kind), Some(Ok(rounds))) =
        (arguments.get(1), arguments.get(2).map(|n| n.parse::<u32>()))
    else {
        eprintln!("refused_client unknown|early|late ROUNDS");
        exit(2);
    };
    // Ids of one length: their bytes are read alike.
    let (client, secret) = match kind.as_str() {
        "unknown" => ("outsourcer-z", LATE),
        "early" => ("outsourcer-a", EARLY),
        _ => ("outsourcer-a", LATE),
    };
    let issuer = TokenIssuer::builder("https://issuer.example".parse().expect("an issuer"))
        .algorithm(Algorithm::EdDSA)
        .application(Application::new("display").resource("announce", ["read"]))
        .account(
            Account::new("outsourcer-a")
                .secret(&Secret::new(SECRET))
                .allow("display", "announce:read"),
        )
        .build()
        .expect("an issuer");
    let credentials = BASE64_STANDARD.encode(format!("{client}:{secret}"));
    for _ in 0..rounds {
        let request = Request::post("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", format!("Basic {credentials}"))
            .body(Full::new(Bytes::from_static(b"grant_type=client_credentials")))
            .expect("a request");
        let response = issuer.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 401);
    }
}

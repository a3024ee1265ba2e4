//! A request about a token, at the revocation and the introspection endpoint, of a client that proves
//! who it is: never a server's fault, and nothing said of a token that is not active.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_bearer::{
    issuer::{Account, Application, TokenIssuer},
    secret::Secret,
};
use tower_bearer_fuzz::{KEY, Stopped, block_on, issuer};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";

static ISSUER: LazyLock<TokenIssuer> = LazyLock::new(|| {
    TokenIssuer::builder(issuer())
        .signing_key(KEY.clone())
        .clock(Stopped)
        .application(Application::new("display"))
        .account(Account::new("a").secret(&Secret::new(SECRET)).introspects("display"))
        .build()
        .unwrap()
});

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (kind, body) = input;
    let path = ["/oauth/revoke", "/oauth/introspect"][kind as usize % 2];
    let credentials =
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("a:{SECRET}"));
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Basic {credentials}"))
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let response = block_on(ISSUER.clone().oneshot(request)).unwrap();
    let status = response.status().as_u16();
    assert!(matches!(status, 200 | 400 | 401 | 413), "{status}");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = block_on(response.into_body().collect()).unwrap().to_bytes();
    if status == 200 && path == "/oauth/introspect" {
        // No token of this issuer exists.
        let answer: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(answer, json!({"active": false}));
    }
});

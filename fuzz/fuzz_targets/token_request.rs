//! A request at the token endpoint, of a client that proves who it is: never a server's fault, and
//! no scope beyond the rules.
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower::ServiceExt;
use tower_bearer::{
    issuer::{Account, Application, TokenIssuer},
    scope::{Matching, Pattern, ScopeSet},
    secret::Secret,
};
use tower_bearer_fuzz::{KEY, Stopped, block_on, issuer};

const SECRET: &str = "p3YkTq0ZfVbN7sGm1xWcRj9uHdLo5aEi8vKt2yQnB4M";

static ISSUER: LazyLock<TokenIssuer> = LazyLock::new(|| {
    TokenIssuer::builder(issuer())
        .signing_key(KEY.clone())
        .clock(Stopped)
        .application(
            Application::new("display")
                .resource("announce", ["create", "read", "update", "delete"])
                .resource("revenue", ["read"]),
        )
        .account(Account::new("a").secret(&Secret::new(SECRET)).allow("display", "announce:*:read"))
        .build()
        .unwrap()
});

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (kind, body) = input;
    let content_type = ["application/x-www-form-urlencoded", "application/json"][kind as usize % 2];
    let mut request = Request::post("/oauth/token").header("content-type", content_type);
    if kind & 2 == 0 {
        let credentials =
            base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("a:{SECRET}"));
        request = request.header("authorization", format!("Basic {credentials}"));
    }
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    let response = block_on(ISSUER.clone().oneshot(request)).unwrap();
    let status = response.status().as_u16();
    assert!(matches!(status, 200 | 400 | 401 | 413), "{status}");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = block_on(response.into_body().collect()).unwrap().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status == 200, answer["access_token"].is_string());
    if let Some(scope) = answer["scope"].as_str() {
        let rules = ScopeSet::parse("announce:*:read").unwrap();
        for item in scope.split(' ') {
            assert!(rules.covers(Pattern::parse(item).unwrap(), Matching::Patterns), "{item}");
        }
    }
});

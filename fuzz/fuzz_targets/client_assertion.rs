//! The claims of a client's assertion (RFC 7523), well signed: never a server's fault, and a token
//! only for an assertion that says all that it must.
#![no_main]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower::ServiceExt;
use tower_bearer::{
    issuer::{Account, Application, MAX_ASSERTION_LIFETIME, TokenIssuer},
    key::{KeySet, public_jwk_set},
};
use tower_bearer_fuzz::{ISSUER, KEY, NOW, Stopped, block_on, issuer, sign};

/// A new one for each input: it remembers neither assertions nor failures.
fn new_issuer() -> TokenIssuer {
    let keys = KeySet::parse(public_jwk_set([&*KEY]).as_bytes()).unwrap();
    TokenIssuer::builder(issuer())
        .signing_key(KEY.clone())
        .clock(Stopped)
        .application(Application::new("display").resource("announce", ["read"]))
        .account(Account::new("a").public_keys(keys).allow("display", "announce:read"))
        .build()
        .unwrap()
}

fuzz_target!(|payload: &[u8]| {
    let assertion = sign(br#"{"alg":"EdDSA","typ":"JWT"}"#, payload);
    let body = format!(
        "grant_type=client_credentials&client_assertion={assertion}&client_assertion_type=\
         urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    );
    let request = Request::post("/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let response = block_on(new_issuer().oneshot(request)).unwrap();
    let status = response.status().as_u16();
    let body = block_on(response.into_body().collect()).unwrap().to_bytes();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status == 200, answer["access_token"].is_string());
    if status != 200 {
        assert!(matches!(status, 400 | 401 | 413), "{status}");
        return;
    }
    let claims: Value = serde_json::from_slice(payload).unwrap();
    assert_eq!((&claims["iss"], &claims["sub"]), (&"a".into(), &"a".into()));
    let audiences = [Value::from(ISSUER)];
    assert!(
        claims["aud"] == ISSUER
            || claims["aud"].as_array().is_some_and(|aud| {
                !aud.is_empty() && aud.iter().all(|aud| audiences.contains(aud))
            })
    );
    let exp = claims["exp"].as_f64().unwrap();
    let leeway = 30.0;
    assert!(exp + leeway >= NOW.as_secs() as f64);
    let latest = NOW + MAX_ASSERTION_LIFETIME;
    assert!(exp <= latest.as_secs() as f64 + leeway + 1.0);
    assert!(claims["jti"].as_str().is_some_and(|id| !id.is_empty()));
});

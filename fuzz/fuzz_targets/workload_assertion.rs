//! The claims of a trusted issuer's token, well signed, in each form: never a server's fault, and a
//! token only for an assertion that a rule names.
#![no_main]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tower::ServiceExt;
use tower_bearer::{
    Audience, Issuer,
    issuer::{Account, Application, TokenIssuer, WorkloadIssuer, WorkloadRule},
};
use tower_bearer_fuzz::{AUDIENCE, KEY, KEYS, NOW, Stopped, block_on, issuer, sign};

const PLATFORM: &str = "https://cluster.example";

/// A new one for each input: it remembers used assertions.
fn new_issuer() -> TokenIssuer {
    let platform = Issuer::new(PLATFORM).unwrap();
    let trusted = WorkloadIssuer::new(platform, Audience::new(AUDIENCE).unwrap(), KEYS.clone())
        .rule(WorkloadRule::new("system:*:gifts", "a").claim("env", "prod"));
    TokenIssuer::builder(issuer())
        .signing_key(KEY.clone())
        .clock(Stopped)
        .application(Application::new("display").resource("announce", ["read"]))
        .account(Account::new("a").allow("display", "announce:read"))
        .trusted_issuer(trusted)
        .build()
        .unwrap()
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let (form, payload) = input;
    let assertion = sign(br#"{"alg":"EdDSA","typ":"JWT"}"#, &payload);
    let body = match form % 3 {
        0 => format!(
            "grant_type=client_credentials&client_assertion={assertion}&client_assertion_type=\
             urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        ),
        1 => format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
        ),
        _ => format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=\
             {assertion}&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"
        ),
    };
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
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["iss"], PLATFORM);
    let subject: Vec<_> = claims["sub"].as_str().unwrap().split(':').collect();
    assert_eq!((subject.len(), subject[0], subject[2]), (3, "system", "gifts"));
    assert!(!subject[1].is_empty() && !subject[1].contains('/'));
    assert_eq!(claims["env"], "prod");
    assert!(
        claims["aud"] == AUDIENCE
            || claims["aud"].as_array().is_some_and(|aud| {
                !aud.is_empty() && aud.iter().all(|audience| audience == AUDIENCE)
            })
    );
    assert!(claims.get("act").is_none() || claims["act"].is_null());
    let (exp, now, leeway) = (claims["exp"].as_f64().unwrap(), NOW.as_secs() as f64, 30.0);
    assert!(exp + leeway >= now && exp <= now + 3_600.0 + leeway + 1.0);
});

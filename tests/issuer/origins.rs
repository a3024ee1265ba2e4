//! Browsers: which origins may read the issuer's responses (W44).

use http::header::{
    ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, VARY,
};

use super::client::{Asked, basic, display};

const CONSOLE: &str = "https://console.example";

fn from(origin: &str) -> Asked {
    basic().header("origin", origin)
}

fn preflight(origin: &str) -> Asked {
    from(origin).by("OPTIONS").header("access-control-request-method", "POST")
}

#[tokio::test]
async fn w44_an_allowed_origin_reads_responses_and_refusals() {
    let issuer = display().allowed_origin(CONSOLE).build().unwrap();
    for asked in [from(CONSOLE), from(CONSOLE).without_header("authorization")] {
        let answer = asked.of(&issuer).await;
        assert_eq!(answer.header(ACCESS_CONTROL_ALLOW_ORIGIN), CONSOLE, "{}", answer.status);
        assert_eq!(answer.header(VARY), "origin");
    }
    let answer = preflight(CONSOLE).of(&issuer).await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header(ACCESS_CONTROL_ALLOW_METHODS), "POST");
    assert_eq!(answer.header(ACCESS_CONTROL_MAX_AGE), "600");
}

#[tokio::test]
async fn w44_another_origin_reads_nothing() {
    let issuer = display().allowed_origin(CONSOLE).build().unwrap();
    for origin in ["https://evil.example", "https://console.example.evil.example", "null", "*"] {
        let answer = from(origin).of(&issuer).await;
        assert_eq!((answer.status, answer.header(ACCESS_CONTROL_ALLOW_ORIGIN)), (200, ""));
        assert_eq!(answer.header(VARY), "origin", "caches keep the answers apart");
        assert_eq!(preflight(origin).of(&issuer).await.status, 405);
    }
}

#[tokio::test]
async fn w44_without_allowed_origins_no_response_mentions_them() {
    let issuer = display().build().unwrap();
    let answer = from(CONSOLE).of(&issuer).await;
    assert_eq!((answer.header(ACCESS_CONTROL_ALLOW_ORIGIN), answer.header(VARY)), ("", ""));
    assert_eq!(preflight(CONSOLE).of(&issuer).await.status, 405);
}

#[test]
fn w44_an_origin_has_scheme_host_and_port_alone() {
    for wrong in
        ["*", "null", "console.example", "https://a.example/", "https://A.example", "https://"]
    {
        let error = display().allowed_origin(wrong).build().unwrap_err();
        assert!(error.to_string().starts_with("allowed_origin cannot be"), "{error}");
    }
    for right in ["https://a.example", "http://localhost:8080", "http://[::1]:3000"] {
        assert!(display().allowed_origin(right).build().is_ok(), "{right}");
    }
}

//! What a stranger tries at the token endpoint.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};
use tower_bearer::issuer::TokenIssuer;

use super::client::{SECRET, bare, basic, by_basic, display, post, send};

#[tokio::test(start_paused = true)]
async fn t10_guessing_is_slowed_down_and_locks_nobody_out() {
    let issuer = display().build().unwrap();
    for id in ["outsourcer-a", "nobody"] {
        let begun = Instant::now();
        for n in 0..40 {
            let guess = SECRET.replace('p', &n.to_string());
            assert_eq!(by_basic(id, &guess).of(&issuer).await.status, 401);
        }
        let taken = begun.elapsed();
        assert!(taken > Duration::from_secs(140), "{id}: {taken:?}");
        assert!(taken < Duration::from_secs(180), "{id}: {taken:?}");
    }
    let begun = Instant::now();
    assert_eq!(basic().of(&issuer).await.status, 200, "the owner comes in");
    assert_eq!(post().of(&issuer).await.status, 200);
    assert!(begun.elapsed() < Duration::from_millis(1), "and does not wait");
}

#[tokio::test]
async fn t10_no_answer_tells_whether_a_client_exists() {
    let issuer = display().build().unwrap();
    let wrong = SECRET.replace('p', "q");
    let raw =
        |text: &str| bare().header("authorization", format!("Basic {}", STANDARD.encode(text)));
    let known = by_basic("outsourcer-a", &wrong).of(&issuer).await;
    for other in [
        by_basic("nobody", &wrong),
        by_basic("", &wrong),
        by_basic("outsourcer-a", ""),
        by_basic("OUTSOURCER-A", SECRET),
        by_basic("outsourcer-a ", SECRET),
        by_basic("outsourcer-a\0", SECRET),
        by_basic(&"x".repeat(4_000), SECRET),
        raw("outsourcer-a"),
        raw(""),
        raw("\u{fe}\u{ff}:x"),
        bare().header("authorization", "Basic !!!"),
        bare().header("authorization", "Basic"),
        bare().header("authorization", "Digest x"),
    ] {
        let answer = other.of(&issuer).await;
        assert_eq!((answer.status, &answer.body), (401, &known.body));
        assert_eq!(answer.headers, known.headers);
    }
    assert_eq!(basic().of(&issuer).await.status, 200);
}

#[tokio::test]
async fn t3_polluted_parameters_are_refused_in_any_spelling() {
    let issuer = display().build().unwrap();
    let good = post();
    for extra in [
        "&scope=announce%3Aread&scope=*",
        "&sc%6Fpe=announce%3Aread&scope=*",
        "&client_id=outsourcer-a",
        "&client%5Fid=nobody",
        "&grant_type=password",
        "&audience=a&audience=b",
    ] {
        let answer = send(&issuer, good.request(good.body() + extra)).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()), "{extra}");
    }
    for extra in ["&scope[]=*", "&scope.0=*", "&SCOPE=*", "&;scope=*", "&=", "&&", "&\u{0}=1"] {
        let answer = send(&issuer, good.request(good.body() + extra)).await;
        let granted = answer.scopes().0;
        assert_eq!((answer.status, granted.as_str()), (200, "announce:*:read"), "{extra}");
    }
}

#[tokio::test]
async fn t4_json_that_is_deep_or_doubled_or_polluted_is_refused() {
    let issuer = display().build().unwrap();
    let deep = format!("{{\"grant_type\":{}1{}}}", "[".repeat(4_000), "]".repeat(4_000));
    for json in [
        deep.as_str(),
        r#"{"grant_type":"client_credentials","scope":"announce:read","scope":"*"}"#,
        r#"{"grant_type":"client_credentials","sc\u006fpe":"*","scope":"announce:read"}"#,
        r#"{"grant_type":"client_credentials","scope":{"$ne":""}}"#,
        r#"{"grant_type":"client_credentials","scope":null} {}"#,
        "\u{feff}{\"grant_type\":\"client_credentials\"}",
    ] {
        let answer = basic().as_json_of(&issuer, json).await;
        assert_eq!(answer.error(), (400, "invalid_request".into()), "{:.80}", json);
    }
    let good = r#"{"grant_type":"client_credentials","scope":"announce:read"}"#;
    assert_eq!(basic().as_json_of(&issuer, good).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_never_ends_its_headers_is_hung_up_on() {
    let issuer = TokenIssuer::on_loopback().start().await.unwrap();
    let mut stream = TcpStream::connect(issuer.address()).await.unwrap();
    stream.write_all(b"POST /oauth/token HTTP/1.1\r\nhost: a\r\nx-slow: ").await.unwrap();
    let begun = Instant::now();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(begun.elapsed() <= Duration::from_secs(11), "{:?}", begun.elapsed());
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}

//! Each way in which an issuer fails: one request, a typed error, and a token as soon as the issuer
//! is well and the backoff is over. Time stands still but for what the tests do.

use std::time::Duration;

use http::StatusCode;
use tower_bearer::client::TokenRequestErrorKind as Kind;

use super::{builder, granted, scripted::ScriptedIssuer, token_of};
use crate::support::{ManualClock, NOW, Reply, Server};

/// The longest wait after one failure without `Retry-After`.
const BACKOFF: Duration = Duration::from_secs(1);

/// Fails once by `reply`, and recovers after `wait`.
async fn fails(reply: Reply, wait: Duration) -> Kind {
    let clock = ManualClock::at(NOW);
    let issuer = ScriptedIssuer::granting();
    issuer.always(reply);
    let client = issuer.client(&clock);
    let error = client.token().await.unwrap_err();
    assert_eq!(client.token().await.unwrap_err(), error, "the same during the backoff");
    assert_eq!(issuer.count(), 1);
    issuer.always(granted("a"));
    clock.advance(wait);
    assert_eq!(token_of(&client).await, "a");
    assert_eq!(issuer.count(), 2);
    error.kind().clone()
}

fn status(status: u16) -> Kind {
    Kind::Status(StatusCode::from_u16(status).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_hangs_is_given_up_after_ten_seconds() {
    assert_eq!(fails(Reply::Hang, BACKOFF).await, Kind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_drips_is_given_up_after_ten_seconds() {
    let began = tokio::time::Instant::now();
    assert_eq!(fails(Reply::Drip, BACKOFF).await, Kind::Unreachable);
    assert_eq!(began.elapsed(), Duration::from_secs(10));
}

/// The same over a socket, where the answer begins and then comes byte by byte.
#[tokio::test(start_paused = true)]
async fn an_answer_that_drips_over_a_socket_is_given_up_after_ten_seconds() {
    let server = Server::start(|_| Reply::Drip).await;
    let clock = ManualClock::at(NOW);
    let client = builder(&server).clock(clock.clone()).build().unwrap();
    let began = tokio::time::Instant::now();
    let error = client.token().await.unwrap_err();
    assert_eq!((error.kind(), server.count()), (&Kind::Unreachable, 1));
    assert_eq!(began.elapsed().as_secs(), 10);
    server.always(granted("a"));
    clock.advance(BACKOFF);
    assert_eq!(token_of(&client).await, "a");
}

#[tokio::test]
async fn an_issuer_that_closes_the_connection_is_unreachable() {
    assert_eq!(fails(Reply::Close, BACKOFF).await, Kind::Unreachable);
}

#[tokio::test]
async fn a_200_with_html_is_not_a_token() {
    let page = vec![("content-type", "text/html".to_owned())];
    let html = Reply::Answer(200, page, b"<html>sign in</html>".to_vec());
    let malformed = Kind::MalformedAnswer("is not application/json");
    assert_eq!(fails(html, BACKOFF).await, malformed);
}

#[tokio::test]
async fn a_200_with_an_error_is_that_error() {
    let error = Reply::json(r#"{"error":"invalid_client","error_description":"no"}"#);
    assert_eq!(fails(error, Duration::from_secs(90)).await, Kind::InvalidClient);
}

#[tokio::test]
async fn a_429_with_a_date_is_waited_for() {
    // 30 seconds after NOW.
    let limited = Reply::status(429).with("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT");
    assert_eq!(fails(limited, Duration::from_secs(30)).await, status(429));
}

#[tokio::test]
async fn each_5xx_is_a_failure_of_its_own() {
    for code in [500, 502, 503, 504] {
        assert_eq!(fails(Reply::status(code), BACKOFF).await, status(code));
    }
}

#[tokio::test]
async fn a_token_that_has_already_expired_is_not_handed_out() {
    let expired = Reply::json(r#"{"access_token":"a","token_type":"Bearer","expires_in":0}"#);
    assert!(matches!(fails(expired, BACKOFF).await, Kind::MalformedAnswer(_)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Reply::status(307).with("location", "https://evil.example");
    assert_eq!(fails(elsewhere, BACKOFF).await, status(307));
}

use std::{sync::Arc, time::Duration};

use tower_bearer::client::TokenRequestErrorKind as Kind;

use super::{builder, client, granted, token_of};
use crate::support::{ManualClock, NOW, Reply, Server, until};

#[tokio::test]
async fn a_hundred_callers_share_one_request() {
    let server = Server::start(|_| Reply::AnswerWhenReleased(Box::new(granted("a")))).await;
    let client = client(&server);
    let callers: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { token_of(&client).await })
        })
        .collect();
    until(|| server.count() == 1).await;
    server.release();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "a");
    }
    assert_eq!(token_of(&client).await, "a");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_the_request_with_it() {
    let server = Server::start(|_| Reply::AnswerWhenReleased(Box::new(granted("a")))).await;
    let client = client(&server);
    let caller = tokio::spawn({
        let client = client.clone();
        async move { token_of(&client).await }
    });
    until(|| server.count() == 1).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    server.release();
    assert_eq!(token_of(&client).await, "a");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_in_the_background_before_it_expires() {
    let server = Server::start(|_| granted("first")).await;
    let clock = ManualClock::at(NOW);
    let client = builder(&server).clock(clock.clone()).build().unwrap();
    assert_eq!(token_of(&client).await, "first");
    clock.advance(Duration::from_secs(3_600 - 901));
    assert_eq!(token_of(&client).await, "first");
    assert_eq!(server.count(), 1, "not before three quarters of its lifetime");
    server.always(Reply::AnswerWhenReleased(Box::new(granted("second"))));
    clock.advance(Duration::from_secs(181));
    assert_eq!(token_of(&client).await, "first", "nobody waits");
    until(|| server.count() == 2).await;
    assert_eq!(token_of(&client).await, "first");
    server.release();
    while token_of(&client).await == "first" {
        tokio::task::yield_now().await;
    }
    assert_eq!(token_of(&client).await, "second");
    assert_eq!(server.count(), 2);
    clock.advance(Duration::from_secs(3_600));
    server.always(granted("third"));
    assert_eq!(token_of(&client).await, "third", "an expired one is not handed out");
}

#[tokio::test]
async fn after_a_failure_the_issuer_is_left_alone_for_a_while() {
    let server = Server::start(|_| Reply::status(503).with("retry-after", "30")).await;
    let clock = ManualClock::at(NOW);
    let client = builder(&server).clock(clock.clone()).build().unwrap();
    for _ in 0..10 {
        let error = client.token().await.unwrap_err();
        assert_eq!(*error.kind(), Kind::Status(http::StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    }
    assert_eq!(server.count(), 1);
    server.always(granted("a"));
    clock.advance(Duration::from_secs(29));
    assert!(client.token().await.is_err());
    clock.advance(Duration::from_secs(1));
    assert_eq!(token_of(&client).await, "a");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_token_that_an_api_refused_is_replaced_once() {
    let server = Server::start(|_| granted("first")).await;
    let client = client(&server);
    let refused = client.token().await.unwrap();
    server.always(granted("second"));
    client.invalidate(&refused);
    let second = client.token().await.unwrap();
    client.invalidate(&refused);
    assert!(Arc::ptr_eq(&second, &client.token().await.unwrap()), "it was replaced already");
    assert_eq!(server.count(), 2);
}

#[test]
fn a_runtime_that_shuts_down_ends_the_request_and_the_next_one_begins_anew() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let servers = runtime();
    let server = servers.block_on(Server::start(|_| Reply::Hang));
    let client = client(&server);
    let first = runtime();
    let waiting = {
        let client = client.clone();
        first.spawn(async move { client.token().await.map(|_| ()) })
    };
    servers.block_on(until(|| server.count() == 1));
    first.shutdown_background();
    drop(waiting);
    server.always(granted("a"));
    let clock = ManualClock::at(NOW);
    let another = builder(&server).clock(clock).build().unwrap();
    assert_eq!(servers.block_on(token_of(&another)), "a");
    drop(client);
}

//! Fetches that are cut short on this side, and servers that are slow.

use bytes::Bytes;
use http::Response;
use tokio::runtime::Runtime;
use tower_bearer::transport::{Transport, TransportFuture};

use super::*;

const TWO_HOURS: Duration = Duration::from_secs(2 * 3_600);

fn held_back(mint: &Mint) -> Reply {
    Reply::AnswerWhenReleased(Box::new(publish([mint])))
}

#[test]
fn w30_a_fetch_on_a_runtime_that_is_dropped_is_begun_again_at_once() {
    let mint = Mint::new();
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let api = second.block_on(Api::start(held_back(&mint)));
    let api = std::sync::Arc::new(api);
    let (asking, token) = (api.clone(), mint.sign());
    first.spawn(async move { asking.send(&token).await });
    second.block_on(until(|| api.keys.count() == 1));
    first.shutdown_background();
    api.keys.always(publish([&mint]));
    assert_eq!(second.block_on(api.get(&mint)), ADMITTED);
    assert_eq!(api.keys.count(), 2);
}

/// The sibling: a request on another runtime waits already.
#[test]
fn w30_a_request_that_waits_for_such_a_fetch_begins_another() {
    let mint = Mint::new();
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let api = std::sync::Arc::new(second.block_on(Api::start(held_back(&mint))));
    let (asking, token) = (api.clone(), mint.sign());
    first.spawn(async move { asking.send(&token).await });
    second.block_on(until(|| api.keys.count() == 1));
    let (waiting, token) = (api.clone(), mint.sign());
    let waiting = second.spawn(async move { waiting.send(&token).await });
    second.block_on(tokio::task::yield_now());
    api.keys.always(publish([&mint]));
    first.shutdown_background();
    assert_eq!(second.block_on(waiting).unwrap(), ADMITTED);
    assert_eq!(api.keys.count(), 2);
}

#[tokio::test]
async fn w31_a_process_that_was_suspended_during_a_refresh_begins_one_new_fetch_at_once() {
    let mint = Mint::new();
    let api = Api::start(publish([&mint])).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
    api.keys.always(Reply::Hang);
    api.clock.advance(DUE);
    assert_eq!(api.get(&mint).await, ADMITTED);
    until(|| api.keys.count() == 2).await;
    api.keys.always(publish([&mint]));
    api.clock.advance(TWO_HOURS);
    assert_eq!(api.get(&mint).await, ADMITTED);
    assert_eq!(api.keys.count(), 3);
}

/// The sibling: the connection is found dead before the next request comes.
#[tokio::test]
async fn w31_a_fetch_that_fails_after_a_suspension_is_not_a_failure_of_the_server() {
    let mint = Mint::new();
    let api = Api::start(Reply::AnswerWhenReleased(Box::new(Reply::Close))).await;
    let api = std::sync::Arc::new(api);
    let (asking, token) = (api.clone(), mint.clone().claim("exp", 9_000_000_000_u64).sign());
    let waiting = tokio::spawn(async move { asking.send(&token).await });
    until(|| api.keys.count() == 1).await;
    api.keys.always(publish([&mint]));
    api.clock.advance(TWO_HOURS);
    api.keys.release();
    assert_eq!(waiting.await.unwrap(), ADMITTED);
    assert_eq!(api.keys.count(), 2);
}

/// Answers after a while.
#[derive(Debug)]
struct Slow(Duration, String);

impl Transport for Slow {
    fn send(&self, _: Request<Bytes>, _: usize) -> TransportFuture<'_> {
        let answer = Response::builder().header("content-type", "application/json");
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(answer.body(self.1.clone().into()).unwrap())
        })
    }
}

async fn with_slow_server(set: impl FnOnce(RemoteJwks) -> RemoteJwks) -> Outcome {
    let mint = Mint::new();
    let slow = Slow(Duration::from_secs(6), public_jwk_set([mint.key()]));
    let keys = Server::start(|_| Reply::Close).await;
    let remote = RemoteJwks::new("https://issuer.example/jwks".parse().unwrap()).transport(slow);
    Api::of(keys, set(remote)).get(&mint).await
}

#[tokio::test(start_paused = true)]
async fn w28_a_slow_key_server_needs_a_longer_wait_and_a_longer_fetch() {
    let ten = Duration::from_secs(10);
    assert!(unavailable(with_slow_server(|keys| keys).await));
    assert!(unavailable(with_slow_server(|keys| keys.max_wait(ten)).await));
    assert!(unavailable(with_slow_server(|keys| keys.fetch_timeout(ten)).await));
    assert_eq!(with_slow_server(|keys| keys.max_wait(ten).fetch_timeout(ten)).await, ADMITTED);
}

#[test]
fn w28_a_wait_and_a_fetch_have_documented_limits() {
    let build = |set: fn(RemoteJwks, Duration) -> RemoteJwks, millis| {
        let keys = RemoteJwks::new("https://issuer.example/jwks".parse().unwrap());
        let keys = set(keys, Duration::from_millis(millis));
        ResourceServer::builder(Mint::issuer(), Mint::audience(), keys).build()
    };
    assert!(build(RemoteJwks::max_wait, 30_000).is_ok());
    assert!(build(RemoteJwks::max_wait, 30_001).is_err());
    for (millis, good) in [(999, false), (1_000, true), (60_000, true), (60_001, false)] {
        assert_eq!(build(RemoteJwks::fetch_timeout, millis).is_ok(), good, "{millis}");
    }
}

#[tokio::test]
async fn l6_conditional_fetches_go_on_after_hours() {
    let mint = Mint::new();
    let set = publish([&mint]).with("etag", "\"one\"");
    let api = Api::start(set.clone()).await;
    api.keys.follow(move |request| match request.field("if-none-match") {
        Some("\"one\"") => Reply::status(304),
        _ => set.clone(),
    });
    for fetches in 1..=40 {
        let token = mint.clone().claim("exp", 9_000_000_000_u64);
        assert_eq!(api.get(&token).await, ADMITTED);
        assert_eq!(api.keys.count(), fetches);
        api.clock.advance(STALE);
    }
    let conditional =
        api.keys.received().iter().skip(1).all(|it| it.field("if-none-match").is_some());
    assert!(conditional, "each but the first");
}

#[tokio::test]
async fn w26_a_compressed_answer_and_a_redirect_are_named_with_what_to_change() {
    let mint = Mint::new();
    for (reply, words) in [
        (publish([&mint]).with("content-encoding", "gzip"), ["compressed (gzip)", "transport"]),
        (publish([&mint]).with("content-encoding", "br"), ["compressed (br)", "transport"]),
        (
            Reply::status(301).with("location", "https://issuer.example/jwks/"),
            ["redirects to https://issuer.example/jwks/", "set that address"],
        ),
        (
            Reply::status(308).with("location", "/jwks/"),
            ["redirects to /jwks/", "set that address"],
        ),
    ] {
        let api = Api::start(reply).await;
        assert!(unavailable(api.get(&mint).await));
        let error = api.readiness().last_error.unwrap();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    let api = Api::start(publish([&mint]).with("content-encoding", "identity")).await;
    assert_eq!(api.get(&mint).await, ADMITTED);
}

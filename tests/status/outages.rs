//! Lists that come late, old, or not at all.

use std::time::Duration;

use tower_bearer::{
    jwks::RemoteJwks,
    key::{SigningKey, public_jwk_set},
    status::{StatusCheck, StatusOutage},
};

use super::world::{ADMIT, World, reply};
use crate::support::{Mint, Reply, Server, until};

#[tokio::test]
async fn s16_without_a_list_the_answer_is_503_with_retry_after() {
    for outage in [StatusOutage::Refuse, ADMIT] {
        let world = World::new(StatusCheck::if_present(outage)).await;
        world.lists.always(Reply::status(500));
        assert_eq!(world.status(&world.token(0)).await, 503);
        world.lists.always(Reply::Close);
        world.advance(60);
        assert_eq!(world.status(&world.token(0)).await, 503);
        assert_eq!(world.status(&world.plain().sign()).await, 200, "it has no list");
        world.advance(60);
        world.serve(&world.list(&[]));
        assert_eq!(world.status(&world.token(0)).await, 200, "the twin");
    }
}

#[tokio::test]
async fn s16_in_an_outage_the_held_list_decides_as_long_as_the_setting_says() {
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    world.serve(&world.list(&[(3, 1)]));
    assert_eq!(world.status(&world.token(0)).await, 200);
    world.lists.always(Reply::status(500));
    for seconds in [50, 10, 300, 300, 299] {
        world.advance(seconds);
        assert_eq!(world.status(&world.token(0)).await, 200, "after {seconds} s more");
        assert_eq!(world.status(&world.token(3)).await, 401);
    }
    world.advance(1);
    assert_eq!(world.status(&world.token(0)).await, 503, "60 s of ttl and 900 s have passed");
    assert_eq!(world.status(&world.token(3)).await, 503);
}

#[tokio::test]
async fn s16_without_admission_in_an_outage_the_end_of_the_lifetime_is_503() {
    let world = World::new(StatusCheck::if_present(StatusOutage::Refuse)).await;
    world.serve(&world.list(&[]));
    assert_eq!(world.status(&world.token(0)).await, 200);
    world.lists.always(Reply::status(500));
    world.advance(59);
    assert_eq!(world.status(&world.token(0)).await, 200);
    world.advance(1);
    assert_eq!(world.status(&world.token(0)).await, 503);
}

#[tokio::test]
async fn s17_an_older_or_equal_list_is_ignored_without_a_failure() {
    let world = World::new(StatusCheck::if_present(StatusOutage::Refuse)).await;
    let old = world.list(&[]);
    world.advance(10);
    let held = world.list(&[(3, 1)]);
    world.serve(&held);
    assert_eq!(world.status(&world.token(3)).await, 401);
    // An equal one, with other statuses.
    world.serve(&world.list(&[(4, 1)]));
    world.advance(60);
    assert_eq!(world.status(&world.token(3)).await, 401);
    assert_eq!(world.status(&world.token(4)).await, 200);
    assert_eq!(world.lists.count(), 2);
    world.serve(&old);
    world.advance(60);
    for _ in 0..3 {
        assert_eq!(world.status(&world.token(3)).await, 401, "the older list is ignored");
        assert_eq!(world.status(&world.token(0)).await, 200, "and no failure");
    }
    assert_eq!(world.lists.count(), 3);
    // Another replica is asked 15 s later.
    world.serve(&world.list(&[(4, 1)]));
    world.advance(15);
    assert_eq!(world.status(&world.token(4)).await, 401);
    assert_eq!(world.status(&world.token(3)).await, 200, "given back");
}

#[tokio::test]
async fn s18_no_request_waits_for_a_list_that_is_fresh_or_stale_in_an_outage() {
    let slow = StatusCheck::if_present(ADMIT)
        .max_wait(Duration::from_secs(30))
        .fetch_timeout(Duration::from_secs(60));
    let world = World::new(slow).await;
    world.serve(&world.list(&[(3, 1)]));
    assert_eq!(world.status(&world.token(0)).await, 200);
    world.lists.always(Reply::Hang);
    // Each call here is bounded by 10 seconds, and would wait for 30.
    for seconds in [30, 24, 4, 3, 40] {
        world.advance(seconds);
        assert_eq!(world.status(&world.token(0)).await, 200, "{seconds} s later");
        assert_eq!(world.status(&world.token(3)).await, 401);
    }
    until(|| world.lists.count() == 2).await;
}

#[tokio::test]
async fn s18_after_idling_past_the_ttl_the_first_request_waits_for_the_new_list() {
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    world.serve(&world.list(&[]));
    assert_eq!(world.status(&world.token(3)).await, 200);
    world.advance(61);
    world.serve(&world.list(&[(3, 1)]));
    assert_eq!(world.status(&world.token(3)).await, 401, "not admitted by a list past its ttl");
}

#[tokio::test]
async fn s18_the_ttl_of_the_list_decides_and_not_the_caching_headers() {
    for (ttl, lifetime) in [(60, 60), (1, 15), (86_400, 3_600)] {
        for caching in ["no-store", "max-age=86400"] {
            let world = World::new(StatusCheck::if_present(StatusOutage::Refuse)).await;
            let list = |world: &World| reply(&world.list(&[]).claim("ttl", ttl));
            world.lists.always(list(&world).with("cache-control", caching));
            assert_eq!(world.status(&world.token(0)).await, 200);
            world.advance(lifetime * 7 / 10);
            assert_eq!(world.status(&world.token(0)).await, 200);
            assert_eq!(world.lists.count(), 1, "ttl {ttl}, {caching}");
            world.advance(lifetime - lifetime * 7 / 10);
            assert_eq!(world.status(&world.token(0)).await, 200);
            assert_eq!(world.lists.count(), 2, "ttl {ttl}, {caching}");
        }
    }
}

#[tokio::test]
async fn s18_a_list_is_not_used_after_its_exp_also_in_an_outage() {
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    world.serve(&world.list(&[]).claim("exp", world.clock_seconds() + 100));
    assert_eq!(world.status(&world.token(0)).await, 200);
    world.lists.always(Reply::status(500));
    world.advance(129);
    assert_eq!(world.status(&world.token(0)).await, 200, "100 s and 30 s of leeway");
    world.advance(1);
    assert_eq!(world.status(&world.token(0)).await, 503);
    world.serve(&world.list(&[]));
    world.advance(60);
    assert_eq!(world.status(&world.token(0)).await, 200, "the twin");
}

#[tokio::test]
async fn s18_a_hundred_first_requests_share_one_fetch() {
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    world.serve(&world.list(&[(3, 1)]));
    let answer = reply(&world.list(&[(3, 1)]));
    world.lists.always(Reply::AnswerWhenReleased(Box::new(answer)));
    let tokens: Vec<String> = (0..100).map(|index| world.token(index % 16)).collect();
    let calls = tokens.iter().map(|token| world.status(token));
    let release = async {
        until(|| world.lists.count() == 1).await;
        world.lists.release();
    };
    let (statuses, ()) = tokio::join!(futures(calls), release);
    for (index, status) in statuses.into_iter().enumerate() {
        assert_eq!(status, if index % 16 == 3 { 401 } else { 200 }, "index {index}");
    }
    assert_eq!(world.lists.count(), 1);
}

/// Runs futures together.
async fn futures<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(Box::pin).map(Some).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in running.iter_mut().zip(&mut done) {
            if let Some(polled) = future
                && let std::task::Poll::Ready(value) = polled.as_mut().poll(context)
            {
                *output = Some(value);
                *future = None;
            }
        }
        if running.iter().all(Option::is_none) {
            return std::task::Poll::Ready(());
        }
        std::task::Poll::Pending
    })
    .await;
    done.into_iter().map(Option::unwrap).collect()
}

#[tokio::test]
async fn s19_a_remembered_token_is_refused_as_soon_as_the_list_is_replaced() {
    let check = StatusCheck::if_present(ADMIT);
    let world = World::with(check, |api| api.cache_verified_tokens(1 << 20)).await;
    world.serve(&world.list(&[(3, 1)]));
    let (stolen, other) = (world.token(5), world.token(6));
    for _ in 0..5 {
        assert_eq!(world.status(&stolen).await, 200);
        assert_eq!(world.status(&other).await, 200);
        assert_eq!(world.status(&world.token(3)).await, 401);
    }
    assert_eq!(world.lists.count(), 1);
    world.serve(&world.list(&[(5, 1)]));
    world.advance(45);
    world.serve(&world.list(&[(5, 1)]));
    // Due: the request that finds it so is answered at once, and the next ones by the new list.
    world.advance(10);
    world.until(&stolen, 401).await;
    for _ in 0..5 {
        assert_eq!(world.status(&stolen).await, 401);
        assert_eq!(world.status(&other).await, 200);
    }
    assert_eq!(world.lists.count(), 2);
}

#[tokio::test]
async fn s04_a_list_signed_by_a_new_key_causes_one_fetch_of_the_keys() {
    let world = World::new(StatusCheck::if_present(ADMIT)).await;
    let next = SigningKey::generate(world.key.algorithm()).unwrap();
    let keys = Server::start(|_| Reply::status(404)).await;
    keys.always(Reply::json(public_jwk_set([&world.key])));
    let api = tower_bearer::ResourceServer::builder(
        &*world.lists.url(""),
        Mint::AUDIENCE,
        RemoteJwks::new(keys.url("/jwks").parse().unwrap()),
    )
    .check_status(StatusCheck::if_present(ADMIT))
    .clock(world.clock.clone())
    .allow_loopback_http()
    .build()
    .unwrap();
    let world = World { api, ..world };
    assert_eq!(world.status(&world.plain().sign()).await, 200);
    assert_eq!(keys.count(), 1);
    keys.always(Reply::json(public_jwk_set([&world.key, &next])));
    let old = world.list(&[(3, 1)]);
    let signed_anew = World { key: next, ..world };
    let new = signed_anew.list(&[(3, 1)]);
    let world = World { key: old.key().clone(), ..signed_anew };
    world.serve(&new);
    assert_eq!(world.status(&world.token(0)).await, 200);
    assert_eq!(world.status(&world.token(3)).await, 401);
    assert_eq!((keys.count(), world.lists.count()), (2, 1));
}

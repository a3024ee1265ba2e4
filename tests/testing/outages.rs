//! The issuer breaks down, or is slow.

use http::StatusCode;
use tower_bearer::issuer::testing::{Endpoint, Outage};

use super::*;

fn status(status: u16) -> Faults {
    Faults::none().outage(Outage::Status(StatusCode::from_u16(status).unwrap()))
}

#[tokio::test]
async fn an_api_without_keys_answers_503_with_retry_after_until_the_issuer_is_back() {
    let close = Faults::none().outage(Outage::Close);
    let hang = Faults::none().outage(Outage::Hang);
    for outage in [close.clone(), hang, status(503), status(500), close.endpoints([Endpoint::Jwks])]
    {
        let world = World::start().await;
        world.set(outage.clone());
        let outcome = world.call_well().await;
        assert_eq!((outcome.status, &outcome.error), (503, &None), "{outage:?}");
        assert!(outcome.retry_after.is_some(), "{outage:?}");
        world.issuer.clear_faults();
        world.clock.advance(MINUTE);
        assert_eq!(world.call_well().await, admitted(), "{outage:?}");
    }
}

#[tokio::test]
async fn an_api_with_keys_does_not_miss_its_issuer_for_an_hour() {
    let world = World::warm().await;
    let token = world.mint(&good().claim("exp", u32::MAX));
    world.set(Faults::none().outage(Outage::Close));
    for _ in 0..30 {
        world.clock.advance(2 * MINUTE);
        assert_eq!(world.call(&token).await, admitted());
    }
    world.clock.advance(10 * MINUTE);
    assert_eq!(world.call(&token).await.status, 503);
    world.issuer.clear_faults();
    world.clock.advance(MINUTE);
    assert_eq!(world.call(&token).await, admitted());
}

#[tokio::test]
async fn a_429_is_heeded_for_30_seconds_at_most() {
    let world = World::start().await;
    world.set(status(429).retry_after(2 * MINUTE));
    assert_eq!(world.call_well().await.retry_after, Some(30));
    world.issuer.clear_faults();
    world.clock.advance(MINUTE / 4);
    assert_eq!(world.call_well().await.retry_after, Some(15), "nobody is asked before");
    world.clock.advance(MINUTE / 4);
    assert_eq!(world.call_well().await, admitted());
}

#[tokio::test]
async fn an_outage_of_one_endpoint_is_not_that_of_another() {
    let world = World::start().await;
    world.set(status(503).endpoints([Endpoint::Token]));
    assert_eq!(world.ask().await.unwrap().status(), 503);
    assert_eq!(world.call_well().await, admitted());
    world.set(Faults::none().outage(Outage::Close).endpoints([Endpoint::Metadata, Endpoint::Jwks]));
    assert_eq!(world.ask().await.unwrap().status(), 200);
    world.set(Faults::none().outage(Outage::Close));
    assert!(world.ask().await.is_err(), "closed without an answer");
}

#[tokio::test]
async fn a_request_that_hangs_is_answered_when_the_fault_is_over() {
    let world = World::start().await;
    world.set(Faults::none().outage(Outage::Hang));
    let mut asking = Box::pin(world.ask());
    let hung = tokio::time::timeout(Duration::from_millis(100), &mut asking).await;
    assert!(hung.is_err(), "no answer yet");
    world.issuer.clear_faults();
    let answer = tokio::time::timeout(Duration::from_secs(5), asking).await;
    assert_eq!(answer.expect("an answer in time").unwrap().status(), 200);
}

#[tokio::test]
async fn a_slow_issuer_costs_its_first_caller_the_delay_and_no_other() {
    let world = World::start().await;
    let delay = Duration::from_millis(120);
    world.set(Faults::none().delay(delay).endpoints([Endpoint::Jwks]));
    let begun = tokio::time::Instant::now();
    assert_eq!(world.call_well().await, admitted());
    assert!(begun.elapsed() >= delay);
    world.set(Faults::none().delay(Duration::from_secs(600)));
    assert_eq!(world.call_well().await, admitted(), "the keys are known");
}

//! When requests wait for a document that is stale.

use super::{
    super::times::{MAX_TTL, StaleRule},
    tests::{LIFETIMES, at, seconds},
    *,
};

/// A document of a minute whose server is asked when it is due: due at 48 s, stale at 60 s, expired
/// at 960 s.
fn short_lived() -> Freshness {
    let mut freshness = Freshness::new(Lifetimes {
        min_ttl: seconds(15),
        max_ttl: MAX_TTL,
        stale_if_error: seconds(900),
        stale_rule: StaleRule::AskedSinceDue,
        ..LIFETIMES
    });
    assert!(freshness.force(at(0)).is_some());
    freshness.on_success(at(0), Some(seconds(60)), 0.5);
    freshness
}

/// With a fetch in flight since then.
fn asked(mut freshness: Freshness, since: u64) -> Freshness {
    assert!(freshness.force(at(since)).is_some());
    freshness
}

/// After a fetch that failed then.
fn failed(freshness: Freshness, when: u64) -> Freshness {
    let mut freshness = asked(freshness, when);
    freshness.on_failure(at(when), None, 1.0);
    freshness
}

#[test]
fn a_document_that_was_asked_for_when_it_was_due_never_makes_a_request_wait() {
    let mut freshness = short_lived();
    assert_eq!(freshness.on_request(at(50)), Decision::ServeAndFetch);
    assert_eq!(freshness.state(at(60)), State::Stale);
    assert_eq!(freshness.on_request(at(54)), Decision::Serve, "in flight since it was due");
    let mut freshness = asked(short_lived(), 57);
    assert_eq!(freshness.on_request(at(61)), Decision::Serve, "in flight since it was due");
    freshness.on_failure(at(62), None, 0.0);
    assert_eq!(freshness.on_request(at(62)), Decision::Serve, "in the backoff");
    assert_eq!(freshness.on_request(at(100)), Decision::ServeAndFetch);
    freshness.on_failure(at(105), None, 0.0);
    assert!(freshness.quiet_until(at(105)) > at(105));
}

#[test]
fn a_document_that_nobody_asked_for_makes_the_first_request_wait() {
    let mut freshness = short_lived();
    assert_eq!(freshness.on_request(at(61)), Decision::FetchAndWait);
    assert_eq!(freshness.on_request(at(61)), Decision::Wait);
    freshness.on_timeout(at(63));
    assert_eq!(freshness.on_request(at(63)), Decision::Serve);
    let mut idle = failed(short_lived(), 50);
    assert_eq!(idle.on_request(at(109)), Decision::ServeAndFetch);
    let mut idle = failed(short_lived(), 50);
    assert_eq!(idle.on_request(at(110)), Decision::FetchAndWait, "the failure is a minute old");
    assert_eq!(short_lived().on_request(at(960)), Decision::FetchAndWait, "expired");
}

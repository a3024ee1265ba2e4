//! Table tests: state, event, answer.

use super::{
    super::times::{DEFAULT_STALE, MAX_TTL, MIN_TTL, StaleRule},
    *,
};

pub(super) const LIFETIMES: Lifetimes = Lifetimes {
    min_ttl: MIN_TTL,
    max_ttl: MIN_TTL,
    stale_if_error: DEFAULT_STALE,
    stale_rule: StaleRule::FailedSinceStale,
    fetch_timeout: Duration::from_secs(5),
};
const START: u64 = 1_700_000_000;

pub(super) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(START + seconds)
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Documents fetched at the start: due at 240 s, stale at 300 s, expired at 3,900 s.
fn fetched() -> Freshness {
    let mut freshness = Freshness::new(LIFETIMES);
    assert!(freshness.force(at(0)).is_some());
    freshness.on_success(at(0), None, 0.5);
    freshness
}

/// With a fetch in flight since then.
fn fetching(mut freshness: Freshness, since: u64) -> Freshness {
    assert!(freshness.force(at(since)).is_some());
    freshness
}

/// After a fetch that failed then, with a `Retry-After` of a minute.
fn failed(freshness: Freshness, when: u64) -> Freshness {
    let mut freshness = fetching(freshness, when);
    freshness.on_failure(at(when), Some(seconds(60)), 1.0);
    freshness
}

fn full() -> Budget {
    Budget::new(2, seconds(12))
}

/// A budget that was spent then.
fn spent(when: u64) -> Budget {
    let mut budget = full();
    assert!(budget.take(at(when)).is_ok() && budget.take(at(when)).is_ok());
    budget
}

const fn unavailable(left: u64) -> Decision {
    Decision::Unavailable { retry_after: Duration::from_secs(left) }
}

#[test]
fn a_set_grows_old_step_by_step() {
    let freshness = fetched();
    let states = [
        (0, State::Fresh),
        (239, State::Fresh),
        (241, State::Due),
        (299, State::Due),
        (300, State::Stale),
        (3_899, State::Stale),
        (3_900, State::Expired),
    ];
    for (when, state) in states {
        assert_eq!(freshness.state(at(when)), state, "after {when} s");
    }
    assert_eq!(Freshness::new(LIFETIMES).state(at(0)), State::Empty);
}

#[test]
fn a_request_is_answered_by_the_state_of_the_document() {
    let empty = || Freshness::new(LIFETIMES);
    let mut timed_out = fetching(fetched(), 300);
    timed_out.on_timeout(at(302));
    let rows = [
        ("empty", empty(), 0, Decision::FetchAndWait),
        ("empty, in flight", fetching(empty(), 0), 0, Decision::Wait),
        ("empty, backing off", failed(empty(), 0), 10, unavailable(20)),
        ("empty, backed off", failed(empty(), 0), 30, Decision::FetchAndWait),
        ("fresh", fetched(), 100, Decision::Serve),
        ("fresh, in flight", fetching(fetched(), 100), 100, Decision::Serve),
        ("due", fetched(), 250, Decision::ServeAndFetch),
        ("due, in flight", fetching(fetched(), 250), 250, Decision::Serve),
        ("due, backing off", failed(fetched(), 245), 250, Decision::Serve),
        ("due, backed off", failed(fetched(), 245), 275, Decision::ServeAndFetch),
        ("stale and idle", fetched(), 400, Decision::FetchAndWait),
        ("stale, in flight", fetching(fetched(), 298), 300, Decision::Wait),
        ("stale, in flight and lost", fetching(fetched(), 298), 400, Decision::FetchAndWait),
        ("stale, timed out", timed_out, 303, Decision::Serve),
        ("stale, backing off", failed(fetched(), 310), 320, Decision::Serve),
        ("stale, failed while due", failed(fetched(), 290), 300, Decision::FetchAndWait),
        ("stale, failed and backed off", failed(fetched(), 310), 400, Decision::ServeAndFetch),
        ("expired", fetched(), 3_900, Decision::FetchAndWait),
        ("expired, in flight", fetching(fetched(), 3_899), 3_900, Decision::Wait),
        ("expired, backing off", failed(fetched(), 3_890), 3_900, unavailable(20)),
    ];
    for (name, mut freshness, when, decision) in rows {
        assert_eq!(freshness.on_request(at(when)), decision, "{name}");
    }
}

#[test]
fn a_missing_entry_is_refused_only_by_a_fetch_that_began_lately() {
    let absent = Decision::Absent { by: None };
    let empty = || Freshness::new(LIFETIMES);
    let rows = [
        ("fresh", fetched(), 100, full(), Decision::FetchAndWait),
        ("in flight", fetching(fetched(), 100), 100, full(), Decision::Wait),
        ("in flight and lost", fetching(fetched(), 100), 107, full(), Decision::FetchAndWait),
        ("spent, young", fetched(), 11, spent(11), absent),
        ("spent, older", fetched(), 12, spent(11), unavailable(11)),
        ("spent, refilled", fetched(), 12, spent(0), Decision::FetchAndWait),
        ("backing off", failed(fetched(), 100), 101, full(), unavailable(29)),
        ("backing off, spent", failed(fetched(), 100), 129, spent(127), unavailable(10)),
        ("failed, young", failed(fetched(), 5), 10, spent(10), unavailable(25)),
        ("backed off, spent", failed(fetched(), 100), 130, spent(130), Decision::FetchAndWait),
        ("empty", empty(), 0, spent(0), Decision::FetchAndWait),
        ("empty, backing off", failed(empty(), 0), 20, full(), unavailable(10)),
        ("expired", fetched(), 3_900, spent(3_900), Decision::FetchAndWait),
    ];
    for (name, mut freshness, when, mut budget, decision) in rows {
        let came = freshness.begun();
        assert_eq!(freshness.on_missing(at(when), came, &mut budget), decision, "{name}");
    }
}

#[test]
fn only_a_fetch_that_began_after_the_request_shows_that_an_entry_is_missing() {
    let mut freshness = fetching(fetched(), 100);
    let came = freshness.begun();
    let mut budget = full();
    assert_eq!(freshness.on_missing(at(101), came, &mut budget), Decision::Wait);
    freshness.on_success(at(102), None, 0.5);
    assert_eq!(freshness.on_missing(at(102), came, &mut budget), Decision::FetchAndWait);
    freshness.on_success(at(103), None, 0.5);
    let by = Some(at(102));
    assert_eq!(freshness.on_missing(at(103), came, &mut budget), Decision::Absent { by });
}

#[test]
fn retry_after_is_honoured_for_5_minutes_only_while_fresh_and_not_needed() {
    let hour = Lifetimes { max_ttl: MAX_TTL, ..LIFETIMES };
    let long = || {
        let mut freshness = Freshness::new(hour);
        freshness.on_success(at(0), Some(seconds(3_600)), 0.5);
        freshness
    };
    let after = |mut freshness: Freshness, when: u64, asked: u64| {
        freshness = fetching(freshness, when);
        freshness.on_failure(at(when), Some(seconds(asked)), 1.0);
        freshness
    };
    // Due at 2,880 s, stale at 3,600 s.
    let rows = [
        ("fresh", after(long(), 100, 900), 100, Some(300)),
        ("until it is due", after(long(), 2_870, 900), 2_879, Some(291)),
        ("due", after(long(), 2_870, 900), 2_880, Some(20)),
        ("due, before it is stale", after(long(), 3_590, 900), 3_590, Some(10)),
        ("stale", after(long(), 3_600, 900), 3_600, Some(30)),
        ("stale, failed while due", after(long(), 3_590, 900), 3_600, None),
        ("expired", after(long(), 9_000, 900), 9_000, Some(30)),
        ("empty", after(Freshness::new(hour), 0, 900), 0, Some(30)),
    ];
    for (name, freshness, when, left) in rows {
        assert_eq!(freshness.backoff(at(when)), left.map(seconds), "{name}");
    }
    let mut fresh = after(long(), 100, 900);
    let came = fresh.begun();
    assert_eq!(fresh.on_missing(at(100), came, &mut full()), unavailable(30), "fresh, needed");
}

#[test]
fn a_fetch_that_was_cut_short_is_not_a_failure() {
    let mut freshness = fetching(Freshness::new(LIFETIMES), 0);
    freshness.on_interruption();
    assert_eq!(freshness.backoff(at(0)), None);
    assert_eq!(freshness.on_request(at(0)), Decision::FetchAndWait);
}

#[test]
fn what_the_issuer_says_of_a_lifetime_is_kept_between_five_minutes_and_the_longest() {
    let day = Some(seconds(86_400));
    let rows = [
        (300, None, 300),
        (300, Some(seconds(0)), 300),
        (300, Some(seconds(15)), 300),
        (300, day, 300),
        (1_800, Some(seconds(600)), 600),
        (1_800, day, 1_800),
        (86_400, day, 3_600),
    ];
    for (max_ttl, said, kept) in rows {
        let lifetimes = Lifetimes { max_ttl: seconds(max_ttl), ..LIFETIMES };
        let mut freshness = Freshness::new(lifetimes);
        freshness.on_success(at(0), said, 0.5);
        let set = freshness.times(at(0)).unwrap();
        assert_eq!(set.soft_until, at(kept), "{max_ttl}, {said:?}");
        assert_eq!(set.hard_until, at(kept + 3_600), "{max_ttl}, {said:?}");
    }
}

#[test]
fn a_set_is_refreshed_ahead_at_eighty_per_cent_give_or_take_a_tenth_of_it() {
    for (jitter, millis) in [(0.0, 216_000), (0.5, 240_000), (1.0, 264_000), (7.0, 264_000)] {
        let mut freshness = Freshness::new(LIFETIMES);
        freshness.on_success(at(0), None, jitter);
        let ahead = at(0) + Duration::from_millis(millis);
        assert_eq!(freshness.times(at(0)).unwrap().refresh_at, ahead, "{jitter}");
    }
}

#[test]
fn stale_keys_are_used_for_as_long_as_configured_and_a_day_at_most() {
    for (configured, used) in [(0, 0), (60, 60), (86_400, 86_400), (90_000, 86_400)] {
        let lifetimes = Lifetimes { stale_if_error: seconds(configured), ..LIFETIMES };
        let mut freshness = Freshness::new(lifetimes);
        freshness.on_success(at(0), None, 0.5);
        let set = freshness.times(at(0)).unwrap();
        assert_eq!(set.hard_until, at(300 + used), "{configured}");
    }
}

/// The warm path must not take the lock more often than necessary.
#[test]
fn requests_need_not_ask_before_something_is_due() {
    let rows = [
        ("empty", Freshness::new(LIFETIMES), 0, UnixTime::EPOCH),
        ("fresh", fetched(), 100, at(240)),
        ("fresh, in flight", fetching(fetched(), 100), 100, at(240)),
        ("due", fetched(), 250, at(250)),
        ("due, in flight", fetching(fetched(), 250), 250, at(256)),
        ("due, in flight until it is stale", fetching(fetched(), 298), 299, at(300)),
        ("due, backing off beyond it", failed(fetched(), 285), 290, at(300)),
        ("due, backing off within it", failed(fetched(), 245), 250, at(275)),
        ("stale and idle", fetched(), 400, UnixTime::EPOCH),
        ("stale, in flight", fetching(fetched(), 400), 400, UnixTime::EPOCH),
        ("stale, failed, in flight", fetching(failed(fetched(), 310), 350), 350, at(356)),
        ("stale, backing off", failed(fetched(), 310), 320, at(340)),
        ("stale, backed off", failed(fetched(), 310), 400, at(400)),
        ("expired", fetched(), 3_900, UnixTime::EPOCH),
    ];
    for (name, freshness, when, until) in rows {
        assert_eq!(freshness.quiet_until(at(when)), until, "{name}");
    }
}

#[test]
fn a_clock_that_was_ahead_at_a_fetch_lengthens_no_life() {
    let mut freshness = Freshness::new(LIFETIMES);
    freshness.on_success(at(10_000), None, 0.5);
    assert_eq!(freshness.on_request(at(0)), Decision::ServeAndFetch, "it is due at once");
    freshness.on_failure(at(0), None, 1.0);
    let times =
        Times { fetched_at: at(0), refresh_at: at(0), soft_until: at(300), hard_until: at(3_900) };
    assert_eq!(freshness.times(at(0)), Some(times));
    assert_eq!(freshness.times(at(3_900)), Some(times));
    assert_eq!(freshness.state(at(299)), State::Due);
    assert_eq!(freshness.state(at(301)), State::Stale);
    assert_eq!(freshness.state(at(3_900)), State::Expired);
}

/// The law of clocks, for documents: once the clock is right again, a wrong moment has no effect.
#[test]
fn l3_a_clock_that_is_wrong_for_a_moment_changes_nothing_when_it_is_right_again() {
    const HOUR: u64 = 3_600;
    for span in [HOUR, 24 * HOUR, 10 * 365 * 24 * HOUR] {
        for wrong in [at(100) + seconds(span), at(100) - seconds(span)] {
            for fails in [false, true] {
                let mut freshness = fetched();
                freshness.on_request(wrong);
                let _ = freshness.force(wrong);
                if fails {
                    freshness.on_failure(wrong, Some(seconds(300)), 1.0);
                } else {
                    freshness.on_interruption();
                }
                let name = format!("{wrong}, fails: {fails}");
                assert_eq!(freshness.state(at(101)), State::Fresh, "{name}");
                assert_eq!(freshness.times(at(101)), fetched().times(at(101)), "{name}");
                assert_eq!(freshness.backoff(at(101)), None, "{name}");
                assert_eq!(freshness.on_request(at(101)), Decision::Serve, "{name}");
            }
            // A fetch that succeeds meanwhile has the wrong time: the next request renews it.
            let mut freshness = fetched();
            let _ = freshness.force(wrong);
            freshness.on_success(wrong, None, 0.5);
            let decision = freshness.on_request(at(101));
            let renews = matches!(decision, Decision::ServeAndFetch | Decision::FetchAndWait);
            assert!(renews, "{wrong}: {decision:?}");
            freshness.on_success(at(101), None, 0.5);
            assert_eq!(freshness.on_request(at(102)), Decision::Serve, "{wrong}");
        }
    }
}

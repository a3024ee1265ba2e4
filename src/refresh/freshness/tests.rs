//! The table of spec: state, event, answer.

use super::*;

pub(super) const LIFETIMES: Lifetimes =
    Lifetimes { max_ttl: MIN_TTL, stale_if_error: DEFAULT_STALE };
const START: u64 = 1_700_000_000;

pub(super) fn at(seconds: u64) -> UnixTime {
    UnixTime::from_secs(START + seconds)
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A set that was fetched at the start: due at 240 s, stale at 300 s, expired at 3,900 s.
fn fetched() -> Freshness {
    let mut freshness = Freshness::new(LIFETIMES);
    freshness.on_success(at(0), None, 0.5);
    freshness
}

/// With a fetch in flight.
fn fetching(mut freshness: Freshness) -> Freshness {
    assert!(freshness.force());
    freshness
}

/// After a fetch that failed `when`, and holds up the next for a minute.
fn failed(freshness: Freshness, when: u64) -> Freshness {
    let mut freshness = fetching(freshness);
    freshness.on_failure(at(when), Some(seconds(60)), 1.0);
    freshness
}

/// After the two attempts that the budget of never-seen kids allows at once.
fn spent(mut freshness: Freshness, when: u64) -> Freshness {
    for _ in 0..2 {
        assert_eq!(freshness.on_unknown(at(when), Kid::NeverSeen), Decision::FetchAndWait);
        freshness.on_success(at(when), None, 0.5);
    }
    freshness
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
fn a_known_kid_is_answered_by_the_state_of_its_set() {
    let empty = || Freshness::new(LIFETIMES);
    let unavailable = |left| Decision::Unavailable { retry_after: seconds(left) };
    let mut timed_out = fetching(fetched());
    timed_out.on_timeout(at(302));
    let rows = [
        ("empty", empty(), 0, Decision::FetchAndWait),
        ("empty, in flight", fetching(empty()), 0, Decision::Wait),
        ("empty, backing off", failed(empty(), 0), 10, unavailable(50)),
        ("empty, backed off", failed(empty(), 0), 60, Decision::FetchAndWait),
        ("fresh", fetched(), 100, Decision::Serve),
        ("fresh, in flight", fetching(fetched()), 100, Decision::Serve),
        ("due", fetched(), 250, Decision::ServeAndFetch),
        ("due, in flight", fetching(fetched()), 250, Decision::Serve),
        ("due, backing off", failed(fetched(), 245), 250, Decision::Serve),
        ("stale and idle", fetched(), 400, Decision::FetchAndWait),
        ("stale, in flight", fetching(fetched()), 400, Decision::Wait),
        ("stale, timed out", timed_out, 303, Decision::Serve),
        ("stale, backing off", failed(fetched(), 310), 320, Decision::Serve),
        ("stale, backing off since it was due", failed(fetched(), 290), 310, Decision::Serve),
        ("stale, idle since it was due", failed(fetched(), 290), 390, Decision::FetchAndWait),
        ("stale, failed and backed off", failed(fetched(), 310), 400, Decision::ServeAndFetch),
        ("expired", fetched(), 3_900, Decision::FetchAndWait),
        ("expired, in flight", fetching(fetched()), 3_900, Decision::Wait),
        ("expired, backing off", failed(fetched(), 3_890), 3_900, unavailable(50)),
    ];
    for (name, mut freshness, when, decision) in rows {
        assert_eq!(freshness.on_known(at(when)), decision, "{name}");
    }
}

#[test]
fn an_unknown_kid_is_refused_only_by_a_set_of_the_last_half_minute() {
    let unavailable = |left| Decision::Unavailable { retry_after: seconds(left) };
    let (unseen, lately, missing) = (Kid::NeverSeen, Kid::PublishedLately, Kid::KnownMissing);
    let rows = [
        ("never seen", fetched(), 100, unseen, Decision::FetchAndWait),
        ("never seen, in flight", fetching(fetched()), 100, unseen, Decision::Wait),
        ("budget spent, set certain", spent(fetched(), 0), 29, unseen, Decision::Unknown),
        ("budget spent, refilled", spent(fetched(), 0), 30, unseen, Decision::FetchAndWait),
        ("others' budget spent", spent(fetched(), 0), 29, lately, Decision::FetchAndWait),
        ("backing off", failed(fetched(), 100), 101, unseen, unavailable(59)),
        ("failed, set young", failed(fetched(), 5), 10, unseen, unavailable(55)),
        ("known to be missing", fetched(), 29, missing, Decision::Unknown),
        ("known to be missing, set older", fetched(), 30, missing, unavailable(0)),
        ("nothing there", Freshness::new(LIFETIMES), 0, unseen, Decision::FetchAndWait),
        (
            "nothing there, failed",
            failed(Freshness::new(LIFETIMES), 0),
            20,
            missing,
            unavailable(40),
        ),
        ("expired", fetched(), 3_900, missing, Decision::FetchAndWait),
    ];
    for (name, mut freshness, when, kid, decision) in rows {
        assert_eq!(freshness.on_unknown(at(when), kid), decision, "{name}");
    }
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
        let set = freshness.times().unwrap();
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
        assert_eq!(freshness.times().unwrap().refresh_at, ahead, "{jitter}");
    }
}

#[test]
fn stale_keys_are_used_for_as_long_as_configured_and_a_day_at_most() {
    for (configured, used) in [(0, 0), (60, 60), (86_400, 86_400), (90_000, 86_400)] {
        let lifetimes = Lifetimes { stale_if_error: seconds(configured), ..LIFETIMES };
        let mut freshness = Freshness::new(lifetimes);
        freshness.on_success(at(0), None, 0.5);
        let set = freshness.times().unwrap();
        assert_eq!(set.hard_until, at(300 + used), "{configured}");
    }
}

/// The warm path must not ask more often than it has to.
#[test]
fn requests_with_known_kids_need_not_ask_before_something_is_due() {
    let rows = [
        ("empty", Freshness::new(LIFETIMES), 0, UnixTime::EPOCH),
        ("fresh", fetched(), 100, at(240)),
        ("fresh, in flight", fetching(fetched()), 100, at(240)),
        ("due", fetched(), 250, at(250)),
        ("due, in flight", fetching(fetched()), 250, at(300)),
        ("due, backing off beyond it", failed(fetched(), 245), 250, at(300)),
        ("due, backing off within it", failed(fetched(), 200), 250, at(260)),
        ("stale and idle", fetched(), 400, UnixTime::EPOCH),
        ("stale, in flight", fetching(fetched()), 400, UnixTime::EPOCH),
        ("stale, failed, in flight", fetching(failed(fetched(), 310)), 400, at(3_900)),
        ("stale, backing off", failed(fetched(), 310), 320, at(370)),
        ("stale, backed off", failed(fetched(), 310), 400, at(400)),
        ("expired", fetched(), 3_900, UnixTime::EPOCH),
    ];
    for (name, freshness, when, until) in rows {
        assert_eq!(freshness.attention_at(at(when)), until, "{name}");
    }
}

#[test]
fn requests_with_kids_known_to_be_missing_need_not_ask_while_that_is_certain() {
    let mut set_back = fetched();
    set_back.on_unknown(UnixTime::from_secs(START - 100), Kid::KnownMissing);
    let rows = [
        ("empty", Freshness::new(LIFETIMES), 0, UnixTime::EPOCH),
        ("fresh", fetched(), 0, at(30)),
        ("fresh, in flight", fetching(fetched()), 29, at(30)),
        ("fresh, and long ago", fetched(), 100, at(30)),
        ("fresh, and failed since", failed(fetched(), 10), 20, UnixTime::EPOCH),
        ("fresh, and backed off", failed(fetched(), 10), 100, UnixTime::EPOCH),
        ("due", fetched(), 250, UnixTime::EPOCH),
        ("stale", fetched(), 400, UnixTime::EPOCH),
        ("expired", fetched(), 3_900, UnixTime::EPOCH),
        ("the clock was set back", set_back, 0, UnixTime::EPOCH),
    ];
    for (name, freshness, when, until) in rows {
        assert_eq!(freshness.certain_until(at(when)), until, "{name}");
    }
}

#[test]
fn a_clock_set_back_draws_the_life_of_a_set_and_its_failures_near() {
    let mut freshness = Freshness::new(LIFETIMES);
    freshness.on_success(at(10_000), None, 0.5);
    let mut freshness = failed(freshness, 10_310);
    assert_eq!(freshness.on_known(at(0)), Decision::ServeAndFetch, "it is due at once");
    let times = SetTimes {
        fetched_at: at(0),
        refresh_at: at(0),
        soft_until: at(300),
        hard_until: at(3_900),
    };
    assert_eq!(freshness.times(), Some(times));
    assert_eq!(freshness.on_known(at(299)), Decision::Serve);
    assert_eq!(freshness.on_known(at(301)), Decision::Wait, "the failure was before");
    assert_eq!(freshness.on_known(at(3_900)), Decision::Wait);
    assert_eq!(freshness.state(at(3_900)), State::Expired);
}

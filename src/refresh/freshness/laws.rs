//! What holds whatever happens: random events on a manual clock, and an onlooker who sees the events
//! and the answers only.

use proptest::prelude::*;

use super::{
    tests::{LIFETIMES, at, seconds},
    *,
};

#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(u64),
    Known,
    Unknown(Kid),
    Succeed(u64),
    Fail(Option<u64>),
    TimeOut,
    Force,
}

fn event() -> impl Strategy<Value = Event> {
    let kid =
        prop_oneof![Just(Kid::NeverSeen), Just(Kid::PublishedLately), Just(Kid::KnownMissing)];
    prop_oneof![
        4 => (0_u64..20_000).prop_map(Event::Pass),
        1 => (0_u64..5_000_000).prop_map(Event::Pass),
        6 => Just(Event::Known),
        6 => kid.prop_map(Event::Unknown),
        2 => (0_u64..100_000).prop_map(Event::Succeed),
        3 => proptest::option::of(0_u64..1_000).prop_map(Event::Fail),
        1 => Just(Event::TimeOut),
        1 => Just(Event::Force),
    ]
}

/// What an onlooker knows who sees the events and the answers only.
#[derive(Default)]
struct Onlooker {
    in_flight: bool,
    succeeded_at: Option<UnixTime>,
    failed_since: bool,
    tried_while_stale: bool,
    unseen: Vec<UnixTime>,
    published: Vec<UnixTime>,
}

impl Onlooker {
    fn begins(&mut self, freshness: &Freshness, now: UnixTime) {
        assert!(!self.in_flight, "one fetch at a time");
        assert!(freshness.backoff(now).is_none(), "none while backing off");
        self.in_flight = true;
    }

    fn known(&mut self, freshness: &mut Freshness, now: UnixTime) {
        let state = freshness.state(now);
        let decision = freshness.on_known(now);
        let served = matches!(decision, Decision::Serve | Decision::ServeAndFetch);
        let usable = matches!(state, State::Fresh | State::Due | State::Stale);
        assert!(usable || !served, "{state:?}: nothing is served past its hard limit");
        if matches!(state, State::Fresh | State::Due) || self.tried_while_stale && usable {
            assert!(served, "{state:?}: a known kid waits at most once, for a set it found stale");
        }
        if matches!(decision, Decision::ServeAndFetch | Decision::FetchAndWait) {
            self.begins(freshness, now);
        }
    }

    fn unknown(&mut self, freshness: &mut Freshness, kid: Kid, now: UnixTime) {
        let state = freshness.state(now);
        let decision = freshness.on_unknown(now, kid);
        let usable = !matches!(state, State::Empty | State::Expired);
        match decision {
            Decision::Serve | Decision::ServeAndFetch => {
                panic!("served with a key that is not there")
            }
            Decision::Unknown => {
                let sure = self.succeeded_at.is_some_and(|then| now < then + seconds(30));
                assert!(sure && !self.failed_since, "401 needs a success of the last 30 s");
            }
            Decision::FetchAndWait => {
                self.begins(freshness, now);
                match kid {
                    Kid::KnownMissing => assert!(!usable, "what is missing is not asked for again"),
                    Kid::NeverSeen if usable => self.unseen.push(now),
                    Kid::PublishedLately if usable => self.published.push(now),
                    Kid::NeverSeen | Kid::PublishedLately => {}
                }
            }
            Decision::Wait => assert!(self.in_flight),
            Decision::Unavailable { .. } => assert!(!self.in_flight || kid == Kid::KnownMissing),
        }
    }

    fn lands(&mut self, good: bool, stale: bool, now: UnixTime) {
        self.in_flight = false;
        self.failed_since = !good;
        self.tried_while_stale = !good && (stale || self.tried_while_stale);
        if good {
            self.succeeded_at = Some(now);
        }
    }
}

/// In every span of time: two, and one for each refill.
fn keeps_to(attempts: &[UnixTime], refill: u128) {
    for (first, begin) in attempts.iter().enumerate() {
        for (last, end) in attempts.iter().enumerate().skip(first) {
            let allowed = 2 + end.saturating_since(*begin).as_millis() / (refill * 1_000);
            assert!((last - first + 1) as u128 <= allowed, "{attempts:?}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_the_limits_hold(events in prop::collection::vec(event(), 1..200)) {
        let mut freshness = Freshness::new(LIFETIMES);
        let mut onlooker = Onlooker::default();
        let mut now = at(0);
        for event in events {
            let stale = freshness.state(now) == State::Stale;
            match event {
                Event::Pass(millis) => now = now + Duration::from_millis(millis),
                Event::Known => onlooker.known(&mut freshness, now),
                Event::Unknown(kid) => onlooker.unknown(&mut freshness, kid, now),
                Event::Succeed(age) if onlooker.in_flight => {
                    freshness.on_success(now, Some(seconds(age)), 0.3);
                    onlooker.lands(true, stale, now);
                }
                Event::Fail(retry) if onlooker.in_flight => {
                    freshness.on_failure(now, retry.map(seconds), 0.7);
                    onlooker.lands(false, stale, now);
                }
                Event::TimeOut if onlooker.in_flight => {
                    freshness.on_timeout(now);
                    onlooker.tried_while_stale |= stale;
                }
                Event::Force => {
                    prop_assert_eq!(freshness.force(), !onlooker.in_flight);
                    onlooker.in_flight = true;
                }
                Event::Succeed(_) | Event::Fail(_) | Event::TimeOut => {}
            }
            let quiet_until = freshness.attention_at(now);
            if now < quiet_until {
                let last = UnixTime::from_millis(quiet_until.as_millis() - 1);
                for when in [now, last] {
                    let decision = freshness.clone().on_known(when);
                    prop_assert_eq!(decision, Decision::Serve, "the warm path asks nobody");
                }
            }
            let certain_until = freshness.certain_until(now);
            if now < certain_until {
                let last = UnixTime::from_millis(certain_until.as_millis() - 1);
                for when in [now, last] {
                    let mut asked = freshness.clone();
                    let decision = asked.on_unknown(when, Kid::KnownMissing);
                    prop_assert_eq!(decision, Decision::Unknown, "nor does junk that is known");
                    prop_assert_eq!(&asked, &freshness, "which changes nothing");
                    prop_assert_eq!(freshness.state(when), State::Fresh, "and has nothing to tell");
                }
            }
        }
        keeps_to(&onlooker.unseen, 30);
        keeps_to(&onlooker.published, 10);
    }

    #[test]
    fn no_jump_of_the_clock_makes_a_set_live_longer_than_its_life(
        jumps in prop::collection::vec(0_u64..40_000, 1..20),
    ) {
        let mut freshness = Freshness::new(LIFETIMES);
        freshness.on_success(at(20_000), None, 0.5);
        for jump in jumps {
            freshness.on_known(at(jump));
            if freshness.force() {
                freshness.on_failure(at(jump), None, 0.5);
            }
            let left = freshness.times().unwrap().hard_until.saturating_since(at(jump));
            prop_assert!(left <= seconds(3_900));
            prop_assert_eq!(freshness.state(at(jump + 3_900)), State::Expired);
        }
    }
}

//! Properties that hold for any sequence of events: random events on a manual clock, and an
//! observer that sees only the events and the answers.

use proptest::prelude::*;

use super::{
    tests::{LIFETIMES, at, seconds},
    *,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Budgeted {
    Unseen,
    Published,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Pass(u64),
    Known,
    Missing(Budgeted),
    Again,
    Succeed(u64),
    Fail(Option<u64>),
    TimeOut,
    Force,
}

fn event() -> impl Strategy<Value = Event> {
    let budget = prop_oneof![Just(Budgeted::Unseen), Just(Budgeted::Published)];
    prop_oneof![
        4 => (0_u64..20_000).prop_map(Event::Pass),
        1 => (0_u64..5_000_000).prop_map(Event::Pass),
        6 => Just(Event::Known),
        6 => budget.prop_map(Event::Missing),
        2 => Just(Event::Again),
        2 => (0_u64..100_000).prop_map(Event::Succeed),
        3 => proptest::option::of(0_u64..1_000).prop_map(Event::Fail),
        1 => Just(Event::TimeOut),
        1 => Just(Event::Force),
    ]
}

/// The knowledge of an observer that sees only the events and the answers.
struct Observer {
    unseen: Budget,
    published: Budget,
    in_flight: Option<UnixTime>,
    /// The beginning of the last fetch that succeeded.
    succeeded: Option<UnixTime>,
    failed_since: bool,
    tried_while_stale: bool,
    /// A request that waits: how many fetches had begun, and when it came.
    waiting: Option<(u64, UnixTime)>,
    unseen_at: Vec<UnixTime>,
    published_at: Vec<UnixTime>,
}

impl Observer {
    fn new() -> Self {
        Self {
            unseen: Budget::new(2, seconds(12)),
            published: Budget::new(2, seconds(10)),
            in_flight: None,
            succeeded: None,
            failed_since: false,
            tried_while_stale: false,
            waiting: None,
            unseen_at: Vec::new(),
            published_at: Vec::new(),
        }
    }

    fn begins(&mut self, freshness: &Freshness, now: UnixTime) {
        let lost = self.in_flight.is_none_or(|began| now > began + seconds(6));
        assert!(lost, "one fetch at a time");
        let left = freshness.backoff_within(now, MAX_BACKOFF_IF_NEEDED);
        assert!(left.is_none(), "none while backing off");
        self.in_flight = Some(now);
    }

    fn known(&mut self, freshness: &mut Freshness, now: UnixTime) {
        let state = freshness.state(now);
        let decision = freshness.on_request(now);
        let served = matches!(decision, Decision::Serve | Decision::ServeAndFetch);
        let usable = matches!(state, State::Fresh | State::Due | State::Stale);
        assert!(usable || !served, "{state:?}: nothing is served past its hard limit");
        if matches!(state, State::Fresh | State::Due) || self.tried_while_stale && usable {
            assert!(served, "{state:?}: a request waits at most once, for a stale document");
        }
        if matches!(decision, Decision::ServeAndFetch | Decision::FetchAndWait) {
            self.begins(freshness, now);
        }
    }

    fn missing(&mut self, freshness: &mut Freshness, which: Budgeted, now: UnixTime) {
        let came = freshness.begun();
        let decision = self.ask(freshness, which, came, now);
        if matches!(decision, Decision::Wait | Decision::FetchAndWait) {
            self.waiting = self.waiting.or(Some((came, now)));
        }
    }

    fn again(&mut self, freshness: &mut Freshness, now: UnixTime) {
        let Some((came, when)) = self.waiting.take() else { return };
        match self.ask(freshness, Budgeted::Unseen, came, now) {
            Decision::Absent { by: Some(began) } => {
                assert!(began >= when, "shown by a fetch that began after it came");
            }
            Decision::Wait | Decision::FetchAndWait => self.waiting = Some((came, when)),
            _ => {}
        }
    }

    fn ask(
        &mut self,
        freshness: &mut Freshness,
        which: Budgeted,
        came: u64,
        now: UnixTime,
    ) -> Decision {
        let usable = !matches!(freshness.state(now), State::Empty | State::Expired);
        let budget = match which {
            Budgeted::Unseen => &mut self.unseen,
            Budgeted::Published => &mut self.published,
        };
        let decision = freshness.on_missing(now, came, budget);
        match decision {
            Decision::Serve | Decision::ServeAndFetch => {
                panic!("served from a document that does not have it")
            }
            Decision::Absent { by: None } => {
                let sure = self.succeeded.is_some_and(|began| now < began + seconds(12));
                assert!(sure && !self.failed_since, "needs a fetch that began within 12 s");
            }
            Decision::FetchAndWait => {
                if usable && !self.failed_since {
                    match which {
                        Budgeted::Unseen => self.unseen_at.push(now),
                        Budgeted::Published => self.published_at.push(now),
                    }
                }
                self.begins(freshness, now);
            }
            Decision::Wait => assert!(self.in_flight.is_some()),
            Decision::Unavailable { retry_after } => {
                assert!(retry_after <= seconds(30), "{retry_after:?}");
            }
            Decision::Absent { by: Some(_) } => {}
        }
        decision
    }

    fn lands(&mut self, good: bool, stale: bool) {
        let began = self.in_flight.take();
        self.failed_since = !good;
        self.tried_while_stale = !good && (stale || self.tried_while_stale);
        if good {
            self.succeeded = began;
        }
    }
}

/// Checks that every span of time has at most two attempts, plus one for each refill.
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
        let mut observer = Observer::new();
        let mut now = at(0);
        for event in events {
            let stale = freshness.state(now) == State::Stale;
            match event {
                Event::Pass(millis) => now = now + Duration::from_millis(millis),
                Event::Known => observer.known(&mut freshness, now),
                Event::Missing(which) => observer.missing(&mut freshness, which, now),
                Event::Again => observer.again(&mut freshness, now),
                Event::Succeed(age) if observer.in_flight.is_some() => {
                    freshness.on_success(now, Some(seconds(age)), 0.3);
                    observer.lands(true, stale);
                }
                Event::Fail(retry) if observer.in_flight.is_some() => {
                    freshness.on_failure(now, retry.map(seconds), 0.7);
                    observer.lands(false, stale);
                }
                Event::TimeOut if observer.in_flight.is_some() => {
                    freshness.on_timeout(now);
                    observer.tried_while_stale |= stale;
                }
                Event::Force => {
                    let free = observer.in_flight.is_none_or(|began| now > began + seconds(6));
                    prop_assert_eq!(freshness.force(now).is_some(), free);
                    if free {
                        observer.in_flight = Some(now);
                    }
                }
                Event::Succeed(_) | Event::Fail(_) | Event::TimeOut => {}
            }
            let quiet_until = freshness.quiet_until(now);
            if now < quiet_until {
                let last = UnixTime::from_millis(quiet_until.as_millis() - 1);
                for when in [now, last] {
                    let decision = freshness.clone().on_request(when);
                    prop_assert_eq!(decision, Decision::Serve, "the warm path asks nobody");
                }
            }
        }
        keeps_to(&observer.unseen_at, 12);
        keeps_to(&observer.published_at, 10);
    }

    #[test]
    fn no_jump_of_the_clock_makes_a_document_live_longer_than_its_life(
        jumps in prop::collection::vec(0_u64..40_000, 1..20),
    ) {
        let mut freshness = Freshness::new(LIFETIMES);
        freshness.on_success(at(20_000), None, 0.5);
        for jump in jumps {
            freshness.on_request(at(jump));
            if freshness.force(at(jump)).is_some() {
                freshness.on_failure(at(jump), None, 0.5);
            }
            let left = freshness.times(at(jump)).unwrap().hard_until;
            prop_assert!(left.saturating_since(at(jump)) <= seconds(3_900));
        }
    }
}

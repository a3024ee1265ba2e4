//! Laws of the lists: whatever is assigned, taken back, compacted, killed or cut off from power.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use proptest::prelude::*;

use super::{
    record::Record,
    recorded_grant::RecordedGrant,
    state::{Span, State},
};
use crate::time::UnixTime;

const START: UnixTime = UnixTime::from_secs(1_800_000_000);

#[derive(Clone, Debug)]
enum Step {
    /// A block for a grant and tokens of a lifetime.
    Assign {
        grant: u8,
        length: u32,
        minutes: u64,
    },
    /// Every token of a grant is taken back.
    Revoke(u8),
    /// One given token is taken back.
    RevokeOne(prop::sample::Index),
    /// The process is killed, and another begins.
    Restart,
    /// Power is cut: any part of what was not synced is lost.
    PowerCut(prop::sample::Index),
    Compact,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_u8, prop_oneof![Just(8), Just(64), Just(512)], prop_oneof![Just(60), Just(600)])
            .prop_map(|(grant, length, minutes)| Step::Assign { grant, length, minutes }),
        1 => (0..4_u8).prop_map(Step::Revoke),
        2 => any::<prop::sample::Index>().prop_map(Step::RevokeOne),
        1 => Just(Step::Restart),
        1 => any::<prop::sample::Index>().prop_map(Step::PowerCut),
        1 => Just(Step::Compact),
        1 => (0..120_u64).prop_map(Step::Wait),
    ]
}

fn grant(number: u8) -> RecordedGrant {
    RecordedGrant {
        account: format!("account-{number}"),
        applications: Vec::new(),
        scope: String::new(),
        credentials: String::new(),
    }
}

/// A journal, and what the holders of tokens know.
#[derive(Default)]
struct World {
    journal: Vec<Record>,
    /// How many records no power cut erases.
    synced: usize,
    state: State,
    has_begun: bool,
    now: Duration,
    ids: u32,
    /// Each given index with its grant and the end of its token.
    given: HashMap<(String, u32), (u8, UnixTime)>,
    revoked: HashSet<(String, u32)>,
    /// Tokens that were given before a power cut, and may have been taken back by it.
    doubtful: HashSet<(String, u32)>,
}

impl World {
    fn now(&self) -> UnixTime {
        START + self.now
    }

    fn append(&mut self, records: Vec<Record>, sync: bool) {
        records.iter().for_each(|record| self.state.apply(record));
        self.journal.extend(records);
        if sync {
            self.synced = self.journal.len();
        }
    }

    fn assign(&mut self, number: u8, length: u32, minutes: u64) {
        if !self.has_begun {
            let beginning = self.state.beginning();
            self.append(beginning, false);
            self.has_begun = true;
        }
        self.ids += 1;
        let lifetime = Duration::from_secs(minutes * 60);
        let (now, ends) = (self.now(), self.now() + lifetime);
        let id = format!("list-{}", self.ids);
        let planned = self.state.assign(&grant(number), Span::of(ends, lifetime), length, now, id);
        self.append(planned.records, planned.must_be_durable);
        let id = self.state.lists[&planned.list].id.clone();
        for index in planned.block {
            let known = self.given.insert((id.clone(), index), (number, ends));
            assert!(known.is_none(), "{index} of {id} was given twice");
        }
    }

    /// Reads the journal as the next process does.
    fn reopen(&mut self) {
        self.state = State::of(&self.journal, self.state.version);
        self.has_begun = false;
    }

    fn run(&mut self, step: &Step) {
        let now = self.now();
        match *step {
            Step::Assign { grant, length, minutes } => self.assign(grant, length, minutes),
            Step::Revoke(number) => {
                let to = grant(number);
                let records = self.state.revocation(UnixTime::EPOCH, now, |known| *known == to);
                self.append(records, true);
                let of_grant =
                    self.given.iter().filter(|(_, (known, ends))| *known == number && *ends > now);
                self.revoked.extend(of_grant.map(|(place, _)| place.clone()));
            }
            Step::RevokeOne(ref which) if !self.given.is_empty() => {
                let mut places: Vec<_> = self.given.keys().cloned().collect();
                places.sort_unstable();
                let (id, index) = which.get(&places).clone();
                let Some((list, _)) = self.state.by_id(&id) else { return };
                self.append(vec![Record::Revoked { list, first: index, length: 1 }], true);
                self.revoked.insert((id, index));
            }
            Step::RevokeOne(_) => {}
            Step::Restart => self.reopen(),
            Step::PowerCut(ref which) => {
                let kept = self.synced + which.index(self.journal.len() - self.synced + 1);
                self.journal.truncate(kept);
                self.doubtful.extend(self.given.keys().cloned());
                self.reopen();
            }
            Step::Compact => {
                self.journal = self.state.to_records(now);
                self.synced = self.journal.len();
                self.state = State::of(&self.journal, self.state.version);
            }
            Step::Wait(minutes) => self.now += Duration::from_secs(minutes * 60),
        }
    }

    /// The lists as they are served: an issuer begins before it serves.
    fn served(&self) -> State {
        let mut served = self.state.clone();
        if !self.has_begun {
            self.state.beginning().iter().for_each(|record| served.apply(record));
        }
        served
    }

    fn check(&self) {
        let served = self.served();
        for (place, (_, ends)) in self.given.iter().filter(|(_, (_, ends))| *ends > self.now()) {
            let (id, index) = place;
            let Some((_, list)) = served.by_id(id) else {
                assert!(self.doubtful.contains(place), "{place:?} has no list and ends {ends}");
                continue;
            };
            let is_revoked = list.is_revoked(*index);
            if self.revoked.contains(place) {
                assert!(is_revoked, "{place:?} was taken back");
            } else if !self.doubtful.contains(place) {
                assert!(!is_revoked, "{place:?} is valid");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_index_is_given_twice_and_nothing_that_is_taken_back_returns(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut world = World::default();
        for step in steps {
            world.run(&step);
            world.check();
        }
    }
}

/// The list's record is synced with the first reservation: a list is never lost with its tokens.
#[test]
fn a_list_is_on_the_disk_before_a_token_names_it() {
    let lifetime = Duration::from_secs(3_600);
    let span = Span::of(START + lifetime, lifetime);
    let planned = State::default().assign(&grant(0), span, 8, START, "id".to_owned());
    assert!(planned.must_be_durable);
}

#[test]
fn tokens_of_one_lifetime_end_in_two_lists_at_a_time() {
    for minutes in [1_u64, 60, 61, 600, 30 * 24 * 60] {
        let lifetime = Duration::from_secs(minutes * 60);
        let ends: HashSet<u64> = (0..=minutes)
            .map(|issued| {
                Span::of(START + lifetime + Duration::from_secs(issued * 60), lifetime).ends
            })
            .collect();
        assert!(ends.len() <= 2, "{minutes} minutes: {ends:?}");
    }
}

#[test]
fn a_clock_that_is_ahead_for_a_moment_leaves_no_token_out() {
    let lifetime = Duration::from_secs(3_600);
    let span = Span::of(START + lifetime, lifetime);
    let planned = State::default().assign(&grant(0), span, 8, START, "id".to_owned());
    let mut state = State::of(&planned.records, 0);
    let ahead = START + 100 * lifetime;
    for record in state.revocation(UnixTime::EPOCH, ahead, |known| *known == grant(0)) {
        state.apply(&record);
    }
    assert!(state.lists[&planned.list].are_revoked(planned.block));
}

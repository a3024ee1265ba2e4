use std::sync::atomic::{AtomicU64, Ordering};

use super::snapshot::Snapshot;
use crate::time::UnixTime;

/// Of which generation the keys are, and until when requests need not ask: what the request of a
/// token that was verified before needs to know, and that of a key id known to be missing. To read
/// it writes nothing, not even a reference count, so that requests on many processors do not slow
/// each other down; and what does not change is not written anew.
///
/// Generations begin with 1: 0 stands for "being changed", and for keys that were never there.
#[derive(Debug, Default)]
pub(super) struct Standing {
    generation: AtomicU64,
    since: AtomicU64,
    known_until: AtomicU64,
    missing_until: AtomicU64,
}

/// Until when requests need not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quiet {
    /// Those with known key ids: the keys serve, and nothing is due.
    pub(super) known: UnixTime,
    /// Those with key ids that are known to be missing: it is certain, and nothing is due.
    pub(super) missing: UnixTime,
}

impl Quiet {
    pub(super) const ALWAYS: Self = Self { known: UnixTime::MAX, missing: UnixTime::MAX };
}

impl Standing {
    pub(super) fn of(snapshot: &Snapshot, until: Quiet) -> Self {
        let standing = Self::default();
        standing.set(snapshot, until);
        standing
    }

    /// The keys are those of this snapshot, and nothing is due until then. One caller at a time.
    pub(super) fn set(&self, snapshot: &Snapshot, until: Quiet) {
        let set = |number: &AtomicU64, value: u64| {
            if number.load(Ordering::Relaxed) != value {
                number.store(value, Ordering::SeqCst);
            }
        };
        // Whoever reads a time that is written here finds the generation changed when it looks
        // again, unless it is the same one.
        if self.generation.load(Ordering::Relaxed) != snapshot.generation {
            self.generation.store(0, Ordering::SeqCst);
        }
        let last = snapshot.usable_until;
        set(&self.since, snapshot.fetched_at.as_millis());
        set(&self.known_until, until.known.min(last).as_millis());
        set(&self.missing_until, until.missing.min(last).as_millis());
        set(&self.generation, snapshot.generation);
    }

    /// Whether the keys are still those of this generation, and nothing is due.
    pub(super) fn holds(&self, generation: u64, now: UnixTime) -> bool {
        self.is_quiet(&self.known_until, generation, now)
    }

    /// Whether a key id that is known to be missing in this generation is so for certain.
    pub(super) fn is_certain(&self, generation: u64, now: UnixTime) -> bool {
        self.is_quiet(&self.missing_until, generation, now)
    }

    fn is_quiet(&self, until: &AtomicU64, generation: u64, now: UnixTime) -> bool {
        let unchanged = || self.generation.load(Ordering::SeqCst) == generation;
        let time = |number: &AtomicU64| UnixTime::from_millis(number.load(Ordering::SeqCst));
        generation != 0
            && unchanged()
            && (time(&self.since)..time(until)).contains(&now)
            && unchanged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{jwks::missing_kids::Missing, key::KeySet};

    fn snapshot(generation: u64, fetched_at: u64, usable_until: u64) -> Snapshot {
        Snapshot {
            keys: KeySet::default(),
            generation,
            fetched_at: UnixTime::from_secs(fetched_at),
            usable_until: UnixTime::from_secs(usable_until),
            missing: Missing::default(),
        }
    }

    fn quiet(known: u64, missing: u64) -> Quiet {
        Quiet { known: UnixTime::from_secs(known), missing: UnixTime::from_secs(missing) }
    }

    #[test]
    fn keys_stand_from_their_fetch_until_something_is_due_and_in_their_generation_only() {
        let at = UnixTime::from_secs;
        let standing = Standing::of(&snapshot(3, 100, 400), quiet(200, 130));
        assert!(standing.holds(3, at(100)) && standing.holds(3, at(199)));
        assert!(!standing.holds(3, at(99)) && !standing.holds(3, at(200)));
        assert!(!standing.holds(2, at(150)) && !standing.holds(4, at(150)));
        assert!(!Standing::of(&snapshot(0, 100, 400), Quiet::ALWAYS).holds(0, at(150)));
        standing.set(&snapshot(4, 150, 180), quiet(200, 170));
        assert!(!standing.holds(3, at(150)));
        assert!(standing.holds(4, at(179)) && !standing.holds(4, at(180)));
    }

    #[test]
    fn what_is_missing_is_certain_for_a_time_of_its_own() {
        let at = UnixTime::from_secs;
        let standing = Standing::of(&snapshot(3, 100, 400), quiet(200, 130));
        assert!(standing.is_certain(3, at(100)) && standing.is_certain(3, at(129)));
        assert!(!standing.is_certain(3, at(99)) && !standing.is_certain(3, at(130)));
        assert!(!standing.is_certain(2, at(110)) && !standing.is_certain(4, at(110)));
        standing.set(&snapshot(3, 110, 120), quiet(200, 140));
        assert!(standing.is_certain(3, at(119)) && !standing.is_certain(3, at(120)));
        assert!(!standing.is_certain(3, at(109)));
        standing.set(&snapshot(3, 110, 400), quiet(200, 0));
        assert!(!standing.is_certain(3, at(110)) && standing.holds(3, at(110)));
    }

    #[test]
    fn a_generation_is_never_seen_with_the_times_of_the_next() {
        // Generation n may be used from n to n + 1 and at no other time.
        const LAST: u64 = 200_000;
        let standing = Standing::of(&snapshot(1, 1, 2), Quiet::ALWAYS);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for generation in 2..=LAST {
                    standing.set(&snapshot(generation, generation, generation + 1), Quiet::ALWAYS);
                }
            });
            let mut generation = 1;
            while generation < LAST {
                let next = UnixTime::from_secs(generation + 1);
                assert!(!standing.holds(generation, next), "{generation}");
                assert!(!standing.is_certain(generation, next), "{generation}");
                generation = standing.generation.load(Ordering::SeqCst).max(1);
            }
        });
    }
}

use std::sync::atomic::{AtomicU64, Ordering};

use super::snapshot::Snapshot;
use crate::time::UnixTime;

/// Of which generation the keys are, and when they may be used without asking: what the request of
/// a token that was verified before needs to know. To read it writes nothing, not even a reference
/// count, so that requests on many processors do not slow each other down.
///
/// Generations begin with 1: 0 stands for "being changed", and for keys that were never there.
#[derive(Debug, Default)]
pub(super) struct Standing {
    generation: AtomicU64,
    since: AtomicU64,
    until: AtomicU64,
}

impl Standing {
    pub(super) fn of(snapshot: &Snapshot, until: UnixTime) -> Self {
        let standing = Self::default();
        standing.set(snapshot, until);
        standing
    }

    /// The keys are those of this snapshot, and nothing is due until then. One caller at a time.
    pub(super) fn set(&self, snapshot: &Snapshot, until: UnixTime) {
        // Whoever reads a time that is written here finds the generation changed when it looks
        // again, unless it is the same one.
        if self.generation.load(Ordering::Relaxed) != snapshot.generation {
            self.generation.store(0, Ordering::SeqCst);
        }
        self.since.store(snapshot.fetched_at.as_millis(), Ordering::SeqCst);
        self.until.store(until.min(snapshot.usable_until).as_millis(), Ordering::SeqCst);
        self.generation.store(snapshot.generation, Ordering::SeqCst);
    }

    /// Whether the keys are still those of this generation, and nothing is due.
    pub(super) fn holds(&self, generation: u64, now: UnixTime) -> bool {
        let unchanged = || self.generation.load(Ordering::SeqCst) == generation;
        generation != 0
            && unchanged()
            && self.since.load(Ordering::SeqCst) <= now.as_millis()
            && now.as_millis() < self.until.load(Ordering::SeqCst)
            && unchanged()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeySet;

    fn snapshot(generation: u64, fetched_at: u64, usable_until: u64) -> Snapshot {
        Snapshot {
            keys: KeySet::default(),
            generation,
            fetched_at: UnixTime::from_secs(fetched_at),
            usable_until: UnixTime::from_secs(usable_until),
        }
    }

    #[test]
    fn keys_stand_from_their_fetch_until_something_is_due_and_in_their_generation_only() {
        let at = UnixTime::from_secs;
        let standing = Standing::of(&snapshot(3, 100, 400), at(200));
        assert!(standing.holds(3, at(100)) && standing.holds(3, at(199)));
        assert!(!standing.holds(3, at(99)) && !standing.holds(3, at(200)));
        assert!(!standing.holds(2, at(150)) && !standing.holds(4, at(150)));
        assert!(!Standing::of(&snapshot(0, 100, 400), at(200)).holds(0, at(150)));
        standing.set(&snapshot(4, 150, 180), at(200));
        assert!(!standing.holds(3, at(150)));
        assert!(standing.holds(4, at(179)) && !standing.holds(4, at(180)));
    }

    #[test]
    fn a_generation_is_never_seen_with_the_times_of_the_next() {
        // Generation n may be used from n to n + 1 and at no other time.
        let standing = Standing::of(&snapshot(1, 1, 2), UnixTime::MAX);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                for generation in 2..20_000 {
                    standing.set(&snapshot(generation, generation, generation + 1), UnixTime::MAX);
                }
            });
            for generation in (1..20_000).cycle().take(400_000) {
                let next = UnixTime::from_secs(generation + 1);
                assert!(!standing.holds(generation, next), "{generation}");
            }
        });
    }
}

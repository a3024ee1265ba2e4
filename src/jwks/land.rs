//! What becomes of a fetch that has landed.

use std::sync::Arc;

use super::{
    discovery::{FetchError, Fetched},
    events::{EventKind, Flight, Reason},
    remote::Remote,
};
use crate::{refresh::jitter, time::UnixTime};

impl Remote {
    /// Takes the outcome of a fetch in.
    pub(super) fn land(
        &self,
        fetched: Result<Fetched, FetchError>,
        reason: Reason,
        begun: UnixTime,
    ) {
        let now = self.clock.now();
        let flight = Flight { reason, duration: now.saturating_since(begun) };
        let mut machine = self.machine();
        let current = self.snapshot.load();
        let mut generation = current.generation;
        match fetched {
            Ok(fetched) => {
                let skipped = fetched.keys.as_ref().map_or(&[][..], |keys| keys.skipped());
                let exposed = skipped.iter().filter(|key| key.fault().is_exposed_secret()).count();
                let skipped = skipped.len();
                let next = machine.succeed(fetched, &current, now, jitter());
                generation = next.generation;
                let (changed, keys) = (generation != current.generation, next.keys.len());
                self.snapshot.store(Arc::new(next));
                machine.note(
                    EventKind::Fetched { flight, changed, keys, skipped },
                    generation,
                    now,
                );
                if exposed > 0 {
                    machine.note(EventKind::SecretsPublished { keys: exposed }, generation, now);
                }
            }
            Err(error) => {
                machine.fail(error, now, jitter());
                let error = machine.last_error.clone().unwrap_or_default();
                let retry_in = machine.freshness.backoff(now).unwrap_or_default();
                machine.note(EventKind::NotFetched { flight, retry_in, error }, generation, now);
            }
        }
        machine.note_state(generation, now);
        self.settle(&machine, &self.snapshot.load(), now);
        // Before the lock is free: who takes it then waits for the next fetch, not for this one.
        self.landed.send_modify(|count| *count += 1);
    }
}

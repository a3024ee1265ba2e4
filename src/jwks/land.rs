//! What becomes of a fetch that has landed.

use std::sync::Arc;

use super::{
    fetch::{FetchError, Fetched},
    remote::Remote,
};
use crate::{backoff::jitter, key::KeySet};

impl Remote {
    /// Takes the outcome of a fetch in.
    pub(super) fn land(&self, fetched: Result<Fetched, FetchError>) {
        let now = self.clock.now();
        let mut machine = self.machine();
        let current = self.snapshot.load();
        match fetched {
            Ok(fetched) => {
                let read = fetched.keys.iter().flat_map(KeySet::skipped);
                let exposed = read.filter(|key| key.fault().is_exposed_secret()).count();
                let skipped = fetched.keys.as_ref().map_or(0, |keys| keys.skipped().len());
                let next = machine.succeed(fetched, &current, now, jitter());
                tracing::info!(
                    issuer = %self.issuer, generation = next.generation, keys = next.keys.len(),
                    skipped, "keys refreshed"
                );
                if exposed > 0 {
                    tracing::warn!(issuer = %self.issuer, keys = exposed, "secret keys are published");
                }
                if next.generation != current.generation {
                    self.missing.invalidate_all();
                }
                self.snapshot.store(Arc::new(next));
            }
            Err(error) => {
                machine.fail(error, now, jitter());
                tracing::warn!(
                    issuer = %self.issuer, state = ?machine.state(now),
                    error = machine.last_error.as_deref(), "keys could not be refreshed"
                );
            }
        }
        self.settle(&machine, now);
        drop(machine);
        self.landed.send_modify(|count| *count += 1);
    }
}

//! A request that waits for a fetch, and what it finds.

use std::{sync::Arc, time::Duration};

use tokio::{runtime::Handle, sync::watch};

use super::{
    flight::Seat,
    keys::Found,
    remote::{Remote, SOON},
    snapshot::Snapshot,
};
use crate::refresh::{Decision, Kid, State};

/// How long a request waits for a fetch.
const WAIT: Duration = Duration::from_secs(2);

impl Remote {
    pub(super) async fn wait(
        self: Arc<Self>,
        kid: Option<Box<str>>,
        mut landed: watch::Receiver<u64>,
        _seat: Seat,
    ) -> Found {
        // Without a runtime there is no timer, and a fetch lands at once.
        let in_time = match Handle::try_current() {
            Ok(_) => tokio::time::timeout(WAIT, landed.changed()).await.is_ok(),
            Err(_) => landed.changed().await.is_ok(),
        };
        let now = self.clock.now();
        let mut machine = self.machine();
        let snapshot = self.current(&mut machine, now);
        if !in_time {
            machine.freshness.on_timeout(now);
            self.settle(&machine, &snapshot, now);
        }
        if matches!(machine.state(now), State::Empty | State::Expired) {
            let retry_after = machine.freshness.backoff(now).unwrap_or(SOON);
            return Found::Unavailable { retry_after };
        }
        let Some(kid) = kid.filter(|kid| !snapshot.keys.contains_kid(kid)) else {
            return Found::Keys(snapshot);
        };
        if !in_time {
            return Found::Unavailable { retry_after: SOON };
        }
        let memory = machine.memory_of(&kid, &snapshot, now);
        match machine.freshness.missing(now, memory) {
            Decision::Unavailable { retry_after } => {
                Found::Unavailable { retry_after: retry_after.max(SOON) }
            }
            _ => {
                // One that was published lately may come back, and has a budget that bounds it.
                if memory == Kid::NeverSeen
                    && let Some(missing) = snapshot.missing.with(&kid, snapshot.fetched_at)
                {
                    let next = Snapshot { missing, ..Snapshot::clone(&snapshot) };
                    self.snapshot.store(Arc::new(next));
                }
                Found::Unknown
            }
        }
    }
}

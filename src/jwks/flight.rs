//! The one fetch in flight: a task of its own, which no request can cancel, and which ends with the
//! last handle to the keys.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::runtime::Handle;

use super::{
    discovery::{Fetch, FetchError, Fetched},
    events::Reason,
    remote::Remote,
};
use crate::time::UnixTime;

/// How long a whole fetch may take, metadata and all.
pub(super) const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Begins a fetch. Without a runtime, or on one that is shutting down, it fails at once.
pub(super) fn launch(remote: &Arc<Remote>, fetch: Fetch, reason: Reason, now: UnixTime) {
    let landing = Landing { remote: Arc::downgrade(remote), reason, begun: now, landed: false };
    let Ok(runtime) = Handle::try_current() else {
        landing.land(Err(FetchError::new("there is no tokio runtime to fetch keys on")));
        return;
    };
    let task = runtime.spawn(async move {
        let fetched = match tokio::time::timeout(FETCH_TIMEOUT, fetch.run(now)).await {
            Ok(fetched) => fetched,
            Err(_) => {
                let seconds = FETCH_TIMEOUT.as_secs();
                Err(FetchError::new(format!("no whole answer within {seconds} seconds")))
            }
        };
        landing.land(fetched);
    });
    remote.flies(task.abort_handle());
}

/// Sees to it that every flight lands: one that is cancelled or panics has failed.
struct Landing {
    remote: Weak<Remote>,
    reason: Reason,
    begun: UnixTime,
    landed: bool,
}

impl Landing {
    fn land(mut self, fetched: Result<Fetched, FetchError>) {
        self.report(fetched);
    }

    fn report(&mut self, fetched: Result<Fetched, FetchError>) {
        self.landed = true;
        if let Some(remote) = self.remote.upgrade() {
            remote.land(fetched, self.reason, self.begun);
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.landed {
            self.report(Err(FetchError::new("the fetch was cut short")));
        }
    }
}

/// A place among the requests that wait.
#[derive(Debug)]
pub(super) struct Seat(Arc<AtomicUsize>);

impl Seat {
    /// Takes one of `limit` places; `None` when all are taken.
    pub(super) fn take(taken: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then_some(n + 1))
            .ok()
            .map(|_| Self(taken.clone()))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

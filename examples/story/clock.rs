//! The clock of issuer and API, which a story advances instead of waiting.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tower_bearer::time::{Clock, SystemClock, UnixTime};

/// The system's clock, and the time that the story has skipped.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoryClock(Arc<AtomicU64>);

impl StoryClock {
    pub(crate) fn skip(&self, time: Duration) {
        self.0.fetch_add(time.as_secs(), Ordering::Relaxed);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> UnixTime {
        SystemClock.now() + Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

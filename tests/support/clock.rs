use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tower_bearer::time::{Clock, MAX_COARSE_LAG, UnixTime};

use super::watch::watch;

/// A clock that stands still until somebody moves it.
#[derive(Clone, Debug)]
pub(crate) struct ManualClock(Arc<Hands>);

#[derive(Debug)]
struct Hands {
    now: AtomicU64,
    /// How far a coarse look at it is behind.
    lag: AtomicU64,
    /// How often it was asked for the exact time.
    asked: AtomicU64,
}

impl ManualClock {
    pub(crate) fn at(time: UnixTime) -> Self {
        watch();
        let (lag, asked) = (0.into(), 0.into());
        Self(Arc::new(Hands { now: time.as_millis().into(), lag, asked }))
    }

    pub(crate) fn advance(&self, duration: Duration) {
        let millis = u64::try_from(duration.as_millis()).unwrap();
        self.0.now.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn set(&self, time: UnixTime) {
        self.0.now.store(time.as_millis(), Ordering::SeqCst);
    }

    fn shows(&self) -> UnixTime {
        UnixTime::from_millis(self.0.now.load(Ordering::SeqCst))
    }

    pub(crate) fn asked_exactly(&self) -> u64 {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// From now on a coarse look at it is so far behind.
    pub(crate) fn lag(&self, lag: Duration) {
        assert!(lag <= MAX_COARSE_LAG);
        self.0.lag.store(u64::try_from(lag.as_millis()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> UnixTime {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        self.shows()
    }

    fn coarse_now(&self) -> UnixTime {
        self.shows() - Duration::from_millis(self.0.lag.load(Ordering::SeqCst))
    }
}

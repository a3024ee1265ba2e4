//! The desk from which a test commands its issuer: the faults, and what they need beside it.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;

use super::faults::{Faults, after};
use crate::{
    algorithm::Algorithm,
    key::{SigningError, SigningKey},
    time::{Clock, UnixTime},
};

#[derive(Debug, Default)]
pub(super) struct Desk {
    faults: watch::Sender<Faults>,
    /// Whose turn it is when the replicas flap.
    pub(super) key_sets: Turns,
    pub(super) tokens: Turns,
    replica: SpareKey,
    stranger: SpareKey,
}

impl Desk {
    pub(super) fn set(&self, faults: Faults) {
        self.key_sets.restart();
        self.tokens.restart();
        let _before = self.faults.send_replace(faults);
    }

    pub(super) fn faults(&self) -> Faults {
        self.faults.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Faults> {
        self.faults.subscribe()
    }

    /// The key of the other replica.
    pub(super) fn replica(&self, algorithm: Algorithm) -> Result<SigningKey, SigningError> {
        self.replica.get(algorithm)
    }

    /// A key that nobody publishes.
    pub(super) fn stranger(&self, algorithm: Algorithm) -> Result<SigningKey, SigningError> {
        self.stranger.get(algorithm)
    }
}

/// Counts in turn: own, other, own, other.
#[derive(Debug, Default)]
pub(super) struct Turns(AtomicUsize);

impl Turns {
    pub(super) fn is_the_others(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) % 2 == 1
    }

    fn restart(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A key that is made when it is needed first, and again for another algorithm.
#[derive(Debug, Default)]
struct SpareKey(Mutex<Option<SigningKey>>);

impl SpareKey {
    fn get(&self, algorithm: Algorithm) -> Result<SigningKey, SigningError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some(key) if key.algorithm() == algorithm => Ok(key.clone()),
            _ => Ok(known.insert(SigningKey::generate(algorithm)?).clone()),
        }
    }
}

/// A clock that is as wrong as the faults say.
pub(super) struct SkewedClock {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) desk: Arc<Desk>,
}

impl Clock for SkewedClock {
    fn now(&self) -> UnixTime {
        after(self.clock.now(), self.desk.faults.borrow().clock_skew)
    }
}

impl fmt::Debug for SkewedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clock.fmt(f)
    }
}

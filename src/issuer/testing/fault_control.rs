//! The current faults of an issuer, and the state that they need.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;

use super::{
    faults::Faults,
    token_changes::{Signer, shift},
};
use crate::{
    algorithm::Algorithm,
    key::{SigningError, SigningKey},
    time::{Clock, UnixTime},
};

#[derive(Debug, Default)]
pub(super) struct FaultControl {
    faults: watch::Sender<Faults>,
    /// The replica that answers next while the issuer flaps.
    pub(super) key_sets: Turns,
    pub(super) tokens: Turns,
    replica: SpareKey,
    stranger: SpareKey,
}

impl FaultControl {
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

    /// Returns the key of the replica.
    pub(super) fn replica(&self, algorithm: Algorithm) -> Result<SigningKey, SigningError> {
        self.replica.get(algorithm)
    }

    /// Returns the key of a signer other than the issuer, for this algorithm.
    pub(super) fn key_of(
        &self,
        signer: Signer,
        algorithm: Algorithm,
    ) -> Result<Option<SigningKey>, SigningError> {
        match signer {
            Signer::Own => Ok(None),
            Signer::Replica => self.replica.get(algorithm).map(Some),
            Signer::Stranger => self.stranger.get(algorithm).map(Some),
        }
    }
}

/// Alternates: own, replica, own, replica.
#[derive(Debug, Default)]
pub(super) struct Turns(AtomicUsize);

impl Turns {
    pub(super) fn next_is_replica(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) % 2 == 1
    }

    fn restart(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A key that is generated at its first use, and again for another algorithm.
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

/// A clock with the skew that the faults set.
pub(super) struct SkewedClock {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) control: Arc<FaultControl>,
}

impl Clock for SkewedClock {
    fn now(&self) -> UnixTime {
        shift(self.clock.now(), self.control.faults.borrow().clock_skew)
    }
}

impl fmt::Debug for SkewedClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clock.fmt(f)
    }
}

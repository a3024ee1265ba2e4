//! The issuer's keys: one signs; the one to come and those that have signed are published with it.

use std::{
    error::Error,
    fmt,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use crate::{
    key::{SigningError, SigningKey, public_jwk_set},
    time::UnixTime,
};

#[derive(Debug)]
pub(super) struct KeyRing(RwLock<Ring>);

#[derive(Clone, Debug)]
struct Ring {
    active: SigningKey,
    announced: Option<SigningKey>,
    retired: Vec<(SigningKey, UnixTime)>,
}

impl KeyRing {
    pub(super) fn new(active: SigningKey) -> Self {
        Self(RwLock::new(Ring { active, announced: None, retired: Vec::new() }))
    }

    /// The key that signs.
    pub(super) fn active(&self) -> SigningKey {
        self.read(|ring| ring.active.clone())
    }

    /// The JWK Set at `now`.
    pub(super) fn document(&self, now: UnixTime) -> String {
        self.read(|ring| public_jwk_set(ring.published(now)))
    }

    /// The names of the algorithms of the published keys, each once.
    pub(super) fn algorithms(&self, now: UnixTime) -> Vec<&'static str> {
        self.read(|ring| {
            let mut names: Vec<_> = ring.published(now).map(|key| key.algorithm().name()).collect();
            names.sort_unstable();
            names.dedup();
            names
        })
    }

    /// Publishes a key that does not sign yet, in the place of one announced before.
    pub(super) fn announce(&self, key: SigningKey, now: UnixTime) -> Result<(), RotationError> {
        self.change(|ring| {
            ring.refuse_known(&key, now)?;
            ring.announced = Some(key);
            Ok(())
        })
    }

    /// Lets the announced key sign, or a new one of the same algorithm when none is announced.
    pub(super) fn rotate(&self, now: UnixTime, keep: Duration) -> Result<(), RotationError> {
        let spare = match self.read(|ring| ring.announced.is_none().then(|| ring.active.clone())) {
            Some(active) => Some(SigningKey::generate(active.algorithm())?),
            None => None,
        };
        self.change(|ring| {
            if let Some(next) = ring.announced.take().or(spare) {
                ring.activate(next, now, keep);
            }
            Ok(())
        })
    }

    /// Lets `key` sign at once.
    pub(super) fn rotate_to(
        &self,
        key: SigningKey,
        now: UnixTime,
        keep: Duration,
    ) -> Result<(), RotationError> {
        self.change(|ring| {
            ring.refuse_known(&key, now)?;
            ring.activate(key, now, keep);
            Ok(())
        })
    }

    /// Stops publishing a key at once; the one that signs is replaced first. False when no
    /// published key has this `kid`.
    pub(super) fn withdraw(&self, kid: &str, now: UnixTime) -> Result<bool, RotationError> {
        if self.read(|ring| ring.active.kid() == kid) {
            self.rotate(now, Duration::from_secs(1))?;
        }
        self.change(|ring| {
            let known = ring.published(now).any(|key| key.kid() == kid);
            ring.announced.take_if(|key| key.kid() == kid);
            ring.retired.retain(|(key, _)| key.kid() != kid);
            Ok(known)
        })
    }

    fn read<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, act: impl FnOnce(&mut Ring) -> T) -> T {
        act(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Ring {
    fn published(&self, now: UnixTime) -> impl Iterator<Item = &SigningKey> {
        let retired = self.retired.iter().filter(move |(_, until)| now < *until);
        [&self.active].into_iter().chain(&self.announced).chain(retired.map(|(key, _)| key))
    }

    fn refuse_known(&self, key: &SigningKey, now: UnixTime) -> Result<(), RotationError> {
        match self.published(now).any(|published| published.kid() == key.kid()) {
            true => Err(RotationError(Reason::KnownKid)),
            false => Ok(()),
        }
    }

    fn activate(&mut self, next: SigningKey, now: UnixTime, keep: Duration) {
        self.retired.retain(|(_, until)| now < *until);
        let last = std::mem::replace(&mut self.active, next);
        self.retired.push((last, now + keep));
    }
}

/// Why the issuer's keys are still what they were.
#[derive(Debug)]
pub struct RotationError(Reason);

#[derive(Debug)]
enum Reason {
    KnownKid,
    Generation(SigningError),
}

impl From<SigningError> for RotationError {
    fn from(error: SigningError) -> Self {
        Self(Reason::Generation(error))
    }
}

impl fmt::Display for RotationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Reason::KnownKid => "a published key has this kid already",
            Reason::Generation(_) => "no new key could be made",
        })
    }
}

impl Error for RotationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::KnownKid => None,
            Reason::Generation(error) => Some(error),
        }
    }
}

//! The keys as requests use them, and how they are changed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;

use super::{
    error::RotationError,
    format,
    ring::{Due, PUBLISH_LEAD_TIME, PublishedKey, Ring, RingError},
    store::KeyStore,
    store_error::StoreError,
};
use crate::{
    algorithm::Algorithm,
    key::{KeySet, SigningKey, public_jwk_set},
    time::UnixTime,
};

/// The keys in memory and, with a store, on the disk. With a store each change is made to the keys
/// on the disk, since another process may have changed them.
#[derive(Debug)]
pub(in crate::issuer) struct KeyRing {
    ring: ArcSwap<Ring>,
    /// The public keys of a ring, parsed once.
    parsed: Mutex<Option<(Arc<Ring>, Arc<KeySet>)>>,
    store: Option<KeyStore>,
    /// Held while the keys change; requests never wait for it.
    changing: Mutex<()>,
    /// In milliseconds: when times of the keys were first found to be too late.
    wrong_since: AtomicU64,
}

impl KeyRing {
    pub(in crate::issuer) fn in_memory(
        key: SigningKey,
        now: UnixTime,
        longest_lifetime: Duration,
    ) -> Self {
        Self::new(Ring::new(key, now, longest_lifetime), None)
    }

    /// Reads the keys of a store, or makes the first one.
    pub(in crate::issuer) fn in_store(
        store: KeyStore,
        algorithm: Algorithm,
        now: UnixTime,
        longest_lifetime: Duration,
    ) -> Result<Self, RotationError> {
        if let Some(ring) = store.read()?
            && ring.longest_lifetime >= longest_lifetime
        {
            return Ok(Self::new(ring, Some(store)));
        }
        let locked = store.lock()?;
        let ring = match locked.read()? {
            Some(ring) if ring.longest_lifetime >= longest_lifetime => ring,
            Some(ring) => {
                let ring = Ring { longest_lifetime, ..ring };
                locked.write(&format::write(&ring)?)?;
                ring
            }
            None => {
                let ring = Ring::new(SigningKey::generate(algorithm)?, now, longest_lifetime);
                locked.write(&format::write(&ring)?)?;
                ring
            }
        };
        drop(locked);
        Ok(Self::new(ring, Some(store)))
    }

    fn new(ring: Ring, store: Option<KeyStore>) -> Self {
        Self {
            ring: ArcSwap::from_pointee(ring),
            parsed: Mutex::default(),
            store,
            changing: Mutex::default(),
            wrong_since: AtomicU64::new(u64::MAX),
        }
    }

    /// Returns the key that signs.
    pub(in crate::issuer) fn active(&self) -> SigningKey {
        self.ring.load().active.key.clone()
    }

    /// Returns the JWK Set at `now`.
    pub(in crate::issuer) fn document(&self, now: UnixTime) -> String {
        public_jwk_set(self.ring.load().published(now))
    }

    /// Returns the public halves of the published keys.
    pub(in crate::issuer) fn public_keys(&self, now: UnixTime) -> Arc<KeySet> {
        let ring = self.ring.load_full();
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, keys)) = &*parsed
            && Arc::ptr_eq(of, &ring)
        {
            return Arc::clone(keys);
        }
        // A key that retires later has no token left that has not expired.
        let document = public_jwk_set(ring.published(now));
        let keys = Arc::new(KeySet::parse(document.as_bytes()).unwrap_or_default());
        *parsed = Some((ring, Arc::clone(&keys)));
        keys
    }

    /// Returns the names of the algorithms of the published keys, each once.
    pub(in crate::issuer) fn algorithms(&self, now: UnixTime) -> Vec<&'static str> {
        let ring = self.ring.load();
        let mut names: Vec<_> = ring.published(now).map(|key| key.algorithm().name()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(in crate::issuer) fn states(&self, now: UnixTime) -> Vec<PublishedKey> {
        self.ring.load().states(now)
    }

    /// Returns true if the schedule requires a change of the keys.
    pub(in crate::issuer) fn is_due(&self, now: UnixTime, every: Option<Duration>) -> bool {
        self.ring.load().due(now, every) != Due::Nothing || self.has_had_wrong_times(now, every)
    }

    /// Returns true if the times of the keys have been too late for [`PUBLISH_LEAD_TIME`]. Then the
    /// clock was ahead when they were set; a clock that is behind for a moment does not cause a
    /// correction.
    fn has_had_wrong_times(&self, now: UnixTime, every: Option<Duration>) -> bool {
        if !self.ring.load().has_wrong_times(now, every) {
            self.wrong_since.store(u64::MAX, Ordering::Relaxed);
            return false;
        }
        let first = self.wrong_since.fetch_min(now.as_millis(), Ordering::Relaxed);
        now.saturating_since(UnixTime::from_millis(first)) >= PUBLISH_LEAD_TIME
    }

    /// Makes the change that the schedule requires, if any.
    pub(in crate::issuer) fn rotate_if_due(
        &self,
        now: UnixTime,
        every: Option<Duration>,
        algorithm: Option<Algorithm>,
    ) -> Result<(), RotationError> {
        let corrects = self.has_had_wrong_times(now, every);
        self.change(|ring| {
            if corrects {
                ring.correct_times(now, every);
            }
            match (ring.due(now, every), every) {
                (Due::Change, _) => ring.rotate(algorithm, now),
                (Due::Publication, Some(every)) => {
                    let signs_from = ring.next_change(now, every);
                    ring.publish(ring.generate_key(algorithm)?, Some(signs_from), now)
                }
                (Due::Date, Some(every)) => {
                    ring.set_date(ring.next_change(now, every));
                    Ok(())
                }
                _ => Ok(()),
            }
        })
    }

    /// Reads the keys of the store again, if there is a store.
    pub(in crate::issuer) fn reload(&self) -> Result<(), StoreError> {
        let Some(store) = &self.store else { return Ok(()) };
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = store.read()? {
            self.ring.store(Arc::new(ring));
        }
        Ok(())
    }

    /// Records how long tokens may live, before the first of them is signed.
    pub(in crate::issuer) fn allow_lifetime(
        &self,
        lifetime: Duration,
    ) -> Result<(), RotationError> {
        if self.ring.load().longest_lifetime >= lifetime {
            return Ok(());
        }
        self.change(|ring| {
            ring.longest_lifetime = ring.longest_lifetime.max(lifetime);
            Ok(())
        })
    }

    /// Changes the keys, on the disk first. After an error they are unchanged.
    pub(in crate::issuer) fn change<T>(
        &self,
        act: impl FnOnce(&mut Ring) -> Result<T, RingError>,
    ) -> Result<T, RotationError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let locked = self.store.as_ref().map(KeyStore::lock).transpose()?;
        let stored = locked.as_ref().map(|locked| locked.read()).transpose()?.flatten();
        let mut ring = stored.unwrap_or_else(|| Ring::clone(&self.ring.load()));
        let outcome = act(&mut ring)?;
        if let Some(locked) = &locked {
            locked.write(&format::write(&ring)?)?;
        }
        self.ring.store(Arc::new(ring));
        Ok(outcome)
    }
}

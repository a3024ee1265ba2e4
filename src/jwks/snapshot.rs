use std::sync::Arc;

use arc_swap::Guard;

use super::missing_kids::MissingKids;
use crate::{
    key::{KeySet, SkippedKey},
    refresh,
    time::UnixTime,
};

/// The keys of an address at a moment.
pub(super) type Snapshot = refresh::Snapshot<KnownKeys>;

/// The keys of an address, and what differs among the issuers that share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownKeys {
    pub(super) keys: KeySet,
    pub(super) views: Arc<[View]>,
}

/// What one issuer has of the keys.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// The keys without those that were revoked, if any were.
    pub(super) keys: Option<KeySet>,
    /// The key ids that a fetch has shown not to exist.
    pub(super) missing: MissingKids,
}

/// The place of an issuer among those that share a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IssuerIndex(pub(super) usize);

impl KnownKeys {
    /// The keys of a single issuer.
    pub(super) fn of_one(keys: KeySet) -> Self {
        Self { keys, views: Arc::new([View::default()]) }
    }

    fn view(&self, issuer: IssuerIndex) -> Option<&View> {
        self.views.get(issuer.0)
    }

    pub(super) fn keys_of(&self, issuer: IssuerIndex) -> &KeySet {
        self.view(issuer).and_then(|view| view.keys.as_ref()).unwrap_or(&self.keys)
    }

    /// Returns true if a fetch has shown that this `kid` does not exist.
    pub(super) fn is_missing(&self, issuer: IssuerIndex, kid: &str, now: UnixTime) -> bool {
        self.view(issuer).is_some_and(|view| view.missing.contains(kid, now))
    }

    /// The missing key ids of the issuer at this place.
    pub(super) fn missing_at(&self, place: usize) -> MissingKids {
        self.views.get(place).map(|view| view.missing.clone()).unwrap_or_default()
    }

    /// Returns a copy in which one more `kid` is missing for this issuer; `None` if that is not
    /// recorded.
    pub(super) fn with_missing(
        &self,
        issuer: IssuerIndex,
        kid: &str,
        began: UnixTime,
        now: UnixTime,
    ) -> Option<Self> {
        let missing = self.view(issuer)?.missing.with(kid, began, now)?;
        let mut views = self.views.to_vec();
        views.get_mut(issuer.0)?.missing = missing;
        Some(Self { keys: self.keys.clone(), views: views.into() })
    }

    /// Returns true if the set lists this `kid`, but only on entries that cannot be used. An id so
    /// long that a skipped entry does not show it whole is not recognized.
    pub(super) fn lists_unusable(&self, kid: &str) -> bool {
        let is_it = |entry: &SkippedKey| {
            entry.kid().is_some_and(|shown| {
                shown.len() < SkippedKey::MAX_SHOWN
                    && shown.chars().eq(kid.chars().flat_map(char::escape_debug))
            })
        };
        self.keys.skipped().iter().any(is_it)
    }
}

/// The keys of one issuer at a moment.
#[derive(Debug)]
pub(crate) struct IssuerKeys {
    snapshot: Guard<Arc<Snapshot>>,
    issuer: IssuerIndex,
}

impl IssuerKeys {
    pub(super) const fn new(snapshot: Guard<Arc<Snapshot>>, issuer: IssuerIndex) -> Self {
        Self { snapshot, issuer }
    }

    /// Increases when a key is added, removed or changed.
    pub(crate) fn generation(&self) -> u64 {
        self.snapshot.generation
    }

    pub(crate) fn keys(&self) -> &KeySet {
        self.snapshot.value.keys_of(self.issuer)
    }

    /// Returns true if nothing is due, so that the keys alone decide.
    pub(crate) fn is_quiet(&self, now: UnixTime) -> bool {
        self.snapshot.is_quiet(now)
    }

    /// Returns true if a fetch has shown that this `kid` does not exist.
    pub(super) fn is_missing(&self, kid: &str, now: UnixTime) -> bool {
        self.snapshot.value.is_missing(self.issuer, kid, now)
    }
}

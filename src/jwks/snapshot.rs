use super::missing_kids::MissingKids;
use crate::{
    key::{KeySet, SkippedKey},
    refresh,
};

/// The keys of an issuer at a moment.
pub(crate) type Snapshot = refresh::Snapshot<KnownKeys>;

/// The keys that may be used, and the key ids that a fetch has shown not to exist.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownKeys {
    pub(super) keys: KeySet,
    pub(super) missing: MissingKids,
}

impl Snapshot {
    /// Increases when a key is added, removed or changed.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) const fn keys(&self) -> &KeySet {
        &self.value.keys
    }
}

impl KnownKeys {
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

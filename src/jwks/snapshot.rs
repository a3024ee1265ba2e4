use super::missing_kids::Missing;
use crate::{key::KeySet, time::UnixTime};

/// The keys of an issuer at a moment. Immutable: a refresh replaces it whole.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(super) keys: KeySet,
    /// Grows when a key comes, goes or changes. Whatever remembers a verdict is bound to it.
    pub(super) generation: u64,
    pub(super) fetched_at: UnixTime,
    /// From here on not all of these keys may be used: a request that still holds this snapshot
    /// while the next one comes must not take the next one's time for its own.
    pub(super) usable_until: UnixTime,
    /// What is not among the keys, as was seen lately.
    pub(super) missing: Missing,
}

impl Snapshot {
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) const fn keys(&self) -> &KeySet {
        &self.keys
    }
}

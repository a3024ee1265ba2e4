use std::{fmt, sync::Arc};

use aws_lc_rs::error::Unspecified;
use foldhash::fast::RandomState;
use quick_cache::{
    Weighter,
    sync::{Cache, DefaultLifecycle},
};

use super::{
    entry::CacheEntry,
    tag::{Tag, Tagger},
};

/// The usual size of an entry, in bytes: the first size of the table is estimated from it.
const USUAL_BYTES: usize = 1_024;
/// The cost of an entry besides itself, in bytes: its tag, its slot in the table and the
/// allocator's share.
const OVERHEAD_BYTES: usize = 256;

/// The end of a token, which is the end of its signature. It finds the one entry that a token can
/// have; the tag then decides.
type TokenEnd = u64;

/// The level that all threads share. It keeps tags instead of tokens.
///
/// The hash is a fast one with a random seed: only tokens that an issuer signed enter, so nobody
/// else can fill the table with keys that collide.
pub(super) struct SharedCache {
    entries: Cache<TokenEnd, Arc<SharedEntry>, ByBytes, RandomState>,
    tagger: Tagger,
}

struct SharedEntry {
    tag: Tag,
    entry: CacheEntry,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<TokenEnd, Arc<SharedEntry>> for ByBytes {
    fn weight(&self, _: &TokenEnd, shared: &Arc<SharedEntry>) -> u64 {
        (shared.entry.bytes() + OVERHEAD_BYTES) as u64
    }
}

/// An entry that is shared with other threads.
pub(super) struct SharedHit(Arc<SharedEntry>);

impl SharedHit {
    pub(super) fn entry(&self) -> &CacheEntry {
        &self.0.entry
    }
}

impl SharedCache {
    /// # Errors
    /// The operating system gives no randomness.
    pub(super) fn new(max_bytes: usize) -> Result<Self, Unspecified> {
        let items = max_bytes / USUAL_BYTES;
        let (hasher, lifecycle) = (RandomState::default(), DefaultLifecycle::default());
        Ok(Self {
            entries: Cache::with(items, max_bytes as u64, ByBytes, hasher, lifecycle),
            tagger: Tagger::new()?,
        })
    }

    pub(super) fn get(&self, token: &[u8]) -> Option<SharedHit> {
        let shared = self.entries.get(&token_end(token)?)?;
        self.tagger.verify(&shared.tag, token).then_some(SharedHit(shared))
    }

    pub(super) fn insert(&self, token: &[u8], entry: CacheEntry) {
        if let (Some(end), Some(tag)) = (token_end(token), self.tagger.tag(token)) {
            self.entries.insert(end, Arc::new(SharedEntry { tag, entry }));
        }
    }

    /// The number of entries, and their memory in bytes.
    pub(super) fn size(&self) -> (u64, u64) {
        (self.entries.len() as u64, self.entries.weight())
    }
}

fn token_end(token: &[u8]) -> Option<TokenEnd> {
    token.last_chunk().map(|end| TokenEnd::from_le_bytes(*end))
}

impl fmt::Debug for SharedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedCache")
            .field("tokens", &self.entries.len())
            .field("bytes", &self.entries.weight())
            .finish()
    }
}

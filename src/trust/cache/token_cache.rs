use aws_lc_rs::error::Unspecified;

use super::{entry::CacheEntry, per_thread::ThreadCaches, shared::SharedCache};
use crate::{denylist::Denylist, metrics::CacheMetrics, time::UnixTime, token::AccessToken};

/// The least memory that verified tokens can be cached in, in bytes: room for some tens of them.
pub const MIN_CACHE_BYTES: usize = 65_536;
/// The threads' caches get this part of the memory.
const THREADS_PART: usize = 8;

/// Verified tokens, in a bounded number of bytes.
#[derive(Debug)]
pub(crate) struct TokenCache {
    threads: ThreadCaches,
    shared: SharedCache,
    metrics: CacheMetrics,
}

impl TokenCache {
    /// A cache of at most `max_bytes`.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub(crate) fn new(max_bytes: usize, metrics: CacheMetrics) -> Result<Self, Unspecified> {
        let for_threads = max_bytes / THREADS_PART;
        Ok(Self {
            threads: ThreadCaches::new(for_threads),
            shared: SharedCache::new(max_bytes - for_threads)?,
            metrics,
        })
    }

    /// Looks a token up in this thread's level. An entry that is not valid is a miss.
    pub(in crate::trust) fn get(
        &self,
        token: &[u8],
        denylist: &Denylist,
        now: UnixTime,
    ) -> Option<AccessToken> {
        self.threads.get(token, denylist, now).inspect(|_| self.metrics.hit())
    }

    /// Looks a token up in the shared level. An entry that is not valid is a miss.
    pub(in crate::trust) fn get_shared(
        &self,
        token: &[u8],
        denylist: &Denylist,
        now: UnixTime,
    ) -> Option<AccessToken> {
        let found = self.shared.get(token);
        let valid = found.and_then(|hit| Some((hit.entry().admit(denylist, now)?, hit)));
        let Some((admitted, hit)) = valid else {
            self.metrics.missed();
            return None;
        };
        self.metrics.hit();
        self.threads.offer(token, hit.entry());
        Some(admitted)
    }

    /// Inserts a token that was verified.
    pub(in crate::trust) fn insert(&self, token: &[u8], entry: CacheEntry) {
        self.shared.insert(token, entry);
        let (entries, bytes) = self.shared.size();
        self.metrics.size(entries, bytes);
    }
}

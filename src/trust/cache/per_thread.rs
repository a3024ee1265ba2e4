use std::{
    cell::RefCell,
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use thread_local::ThreadLocal;

use super::{entry::CacheEntry, slots::Slots};
use crate::{time::UnixTime, token::AccessToken};

/// The caches of all threads.
pub(in crate::trust) struct ThreadCaches {
    caches: ThreadLocal<RefCell<Slots>>,
    /// The budget of each thread, in bytes.
    max_bytes: usize,
    /// Number of threads that asked for a cache.
    threads: AtomicUsize,
    max_threads: usize,
}

impl ThreadCaches {
    /// Caches for as many threads as the machine has cores, with `max_bytes` in all.
    pub(super) fn new(max_bytes: usize) -> Self {
        let max_threads = thread::available_parallelism().map_or(1, Into::into);
        Self {
            caches: ThreadLocal::new(),
            max_bytes: max_bytes / max_threads,
            threads: AtomicUsize::new(0),
            max_threads,
        }
    }

    /// Looks a token up in this thread's cache. An entry that is not valid is a miss.
    pub(in crate::trust) fn get(&self, token: &[u8], now: UnixTime) -> Option<AccessToken> {
        let cache = self.caches.get()?.try_borrow().ok()?;
        let entry = cache.get(token).filter(|entry| entry.is_valid(now))?;
        Some(entry.admit(now))
    }

    /// Notes a token that this thread found in the shared cache. One that keeps coming gets an entry
    /// here; see [`Slots::offer`].
    pub(super) fn offer(&self, token: &[u8], entry: &CacheEntry) {
        let cache = self.caches.get_or(|| RefCell::new(self.new_cache()));
        // It is borrowed if a user's function that judges audiences calls the same API.
        if let Ok(mut cache) = cache.try_borrow_mut() {
            cache.offer(token, entry);
        }
    }

    fn new_cache(&self) -> Slots {
        let earlier = self.threads.fetch_add(1, Ordering::Relaxed);
        Slots::new(if earlier < self.max_threads { self.max_bytes } else { 0 })
    }
}

impl fmt::Debug for ThreadCaches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadCaches").field("max_bytes", &self.max_bytes).finish_non_exhaustive()
    }
}

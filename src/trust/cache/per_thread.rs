use std::{
    cell::RefCell,
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use thread_local::ThreadLocal;

use super::entry::CacheEntry;
use crate::{denylist::Denylist, time::UnixTime, token::AccessToken};

/// Number of slots that a token can be in: one in each way of its set.
const WAYS: usize = 4;
/// The usual size of a token with its entry, in bytes.
const USUAL_BYTES: usize = 2_048;
/// The most sets: 256 slots hold what one thread meets all the time.
const MAX_SETS: usize = 64;
/// The cost of a slot besides the token and its entry, in bytes: the allocator's share.
const OVERHEAD_BYTES: usize = 64;

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
    pub(in crate::trust) fn get(
        &self,
        token: &[u8],
        denylist: &Denylist,
        now: UnixTime,
    ) -> Option<AccessToken> {
        let cache = self.caches.get()?.try_borrow().ok()?;
        cache.get(token)?.admit(denylist, now)
    }

    /// Notes a token that this thread found in the shared cache. One that keeps coming gets an
    /// entry here; see [`Slots::offer`].
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

/// The tokens that keep coming to one thread, whole, in a bounded number of bytes: a
/// set-associative cache.
///
/// The end of the signature selects the set; the whole token is compared. An issuer that controls
/// its signatures can make only its own tokens collide.
#[derive(Debug)]
struct Slots {
    slots: Box<[Option<Slot>]>,
    /// The token end that each set was offered last.
    candidates: Box<[u64]>,
    bytes: usize,
    max_bytes: usize,
    /// The way of a full set that is evicted next.
    next: usize,
}

#[derive(Debug)]
struct Slot {
    token: Box<[u8]>,
    entry: CacheEntry,
}

impl Slot {
    fn bytes(&self) -> usize {
        self.token.len() + self.entry.bytes() + OVERHEAD_BYTES
    }
}

impl Slots {
    fn new(max_bytes: usize) -> Self {
        let sets = match max_bytes / USUAL_BYTES / WAYS {
            0 => 0,
            // A power of two, so that a mask selects the set.
            sets => 1 << sets.min(MAX_SETS).ilog2(),
        };
        let slots = (0..sets * WAYS).map(|_| None).collect();
        let candidates = vec![0; sets].into();
        Self { slots, candidates, bytes: 0, max_bytes, next: 0 }
    }

    fn get(&self, token: &[u8]) -> Option<&CacheEntry> {
        let start = self.set(token_end(token)?)? * WAYS;
        let mut slots = self.slots.get(start..start + WAYS)?.iter().flatten();
        slots.find(|slot| *slot.token == *token).map(|slot| &slot.entry)
    }

    /// Inserts a token that its set was offered twice in a row. With thousands of tokens in turn
    /// none is, so that each costs neither a clone nor an eviction.
    fn offer(&mut self, token: &[u8], entry: &CacheEntry) {
        let Some(end) = token_end(token) else { return };
        let Some(set) = self.set(end) else { return };
        let Some(candidate) = self.candidates.get_mut(set) else { return };
        if std::mem::replace(candidate, end) == end {
            self.insert(set, Slot { token: token.into(), entry: entry.deep_clone() });
        }
    }

    fn insert(&mut self, set: usize, slot: Slot) {
        let bytes = slot.bytes();
        if bytes > self.max_bytes {
            return;
        }
        let Some(slots) = self.slots.get_mut(set * WAYS..(set + 1) * WAYS) else { return };
        let holds_token =
            |other: &Option<Slot>| other.as_ref().is_some_and(|it| it.token == slot.token);
        let way = slots
            .iter()
            .position(holds_token)
            .or_else(|| slots.iter().position(Option::is_none))
            .unwrap_or_else(|| {
                self.next = (self.next + 1) % WAYS;
                self.next
            });
        let Some(chosen) = slots.get_mut(way) else { return };
        let evicted = chosen.replace(slot).map_or(0, |evicted| evicted.bytes());
        self.bytes = self.bytes + bytes - evicted;
        if self.bytes > self.max_bytes {
            // Tokens of unusual length: the next ones to come are the ones in use.
            self.slots.fill_with(|| None);
            self.bytes = 0;
        }
    }

    fn set(&self, end: u64) -> Option<usize> {
        // The characters of base64url have few different bits; a multiplication spreads them.
        let spread = end.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mask = (self.candidates.len() as u64).checked_sub(1)?;
        usize::try_from(spread & mask).ok()
    }
}

fn token_end(token: &[u8]) -> Option<u64> {
    token.last_chunk().map(|end| u64::from_le_bytes(*end))
}

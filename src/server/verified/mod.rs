//! Remembers tokens that were verified, so that a token which comes again costs no signature.
//!
//! There are two levels. The store is shared by all threads and keeps no tokens: it knows each by
//! its SHA-256 digest. Before it each thread has a front of its own, with the tokens that came to it
//! again, whole; a hit in there writes no memory that another thread reads.
//!
//! What is found is a [`Verdict`] and nothing more: whether it still holds is asked each time. Only
//! tokens that were verified enter, so that a flood of bad ones drives none out.

mod front;
mod store;
mod verdict;

use std::{
    cell::RefCell,
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use thread_local::ThreadLocal;

pub(super) use self::verdict::{MAX_VERDICT_AGE, Origin, Verdict};
use self::{front::Front, store::Store};
use crate::token::AccessToken;

/// The least that can be set aside for verified tokens, in bytes: room for some tens of them.
pub const MIN_CACHE_BYTES: usize = 65_536;
/// One part in so many of the bytes is for the fronts.
const FRONTS_PART: usize = 8;

/// Verified tokens, in a bounded number of bytes.
pub(super) struct VerifiedTokens {
    store: Store,
    fronts: ThreadLocal<RefCell<Front>>,
    front_bytes: usize,
    /// Threads that have a front, or that came when there was none left.
    threads: AtomicUsize,
    max_fronts: usize,
}

/// What is remembered of a token.
pub(super) enum Recalled {
    /// It is still admitted.
    Upheld(AccessToken),
    /// It was admitted, and whether it still is depends on its issuer's keys.
    Doubted(Verdict),
}

impl VerifiedTokens {
    pub(super) fn new(max_bytes: usize) -> Self {
        let max_fronts = thread::available_parallelism().map_or(1, Into::into);
        let for_fronts = max_bytes / FRONTS_PART;
        Self {
            store: Store::new(max_bytes - for_fronts),
            fronts: ThreadLocal::new(),
            front_bytes: for_fronts / max_fronts,
            threads: AtomicUsize::new(0),
            max_fronts,
        }
    }

    /// The token that these bytes of a credential are, where this thread met them lately; `holds`
    /// tells of its verdict whether it still does.
    pub(super) fn recall_here(
        &self,
        token: &[u8],
        holds: impl Fn(&Verdict) -> bool,
    ) -> Option<AccessToken> {
        let front = self.fronts.get()?.try_borrow().ok()?;
        let verdict = front.get(token).filter(|verdict| holds(verdict))?;
        Some(verdict.token.clone())
    }

    /// What is remembered of these bytes of a credential, whoever met them.
    pub(super) fn recall(
        &self,
        token: &[u8],
        holds: impl Fn(&Verdict) -> bool,
    ) -> Option<Recalled> {
        let verdict = self.store.get(token)?;
        if !holds(&verdict) {
            return Some(Recalled::Doubted(verdict));
        }
        let verdict = verdict.apart();
        let admitted = verdict.token.clone();
        let front = self.fronts.get_or(|| RefCell::new(self.new_front()));
        if let Ok(mut front) = front.try_borrow_mut() {
            front.insert(token, verdict);
        }
        Some(Recalled::Upheld(admitted))
    }

    /// Remembers the verdict on a token that was verified.
    pub(super) fn remember(&self, token: &[u8], verdict: Verdict) {
        self.store.insert(token, verdict);
    }

    fn new_front(&self) -> Front {
        let earlier = self.threads.fetch_add(1, Ordering::Relaxed);
        Front::new(if earlier < self.max_fronts { self.front_bytes } else { 0 })
    }
}

impl fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokens").field("store", &self.store).finish_non_exhaustive()
    }
}

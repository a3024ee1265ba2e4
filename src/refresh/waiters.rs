//! The number of requests that may wait for a fetch.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The most requests that wait for an entry while there is a usable document: others are answered
/// at once.
pub(super) const MAX_WAITING_FOR_ENTRY: usize = 64;
/// The most requests that wait for the first document.
pub(super) const MAX_WAITING_FOR_DOCUMENT: usize = 10_000;

/// Limits how many requests wait for a fetch.
#[derive(Debug)]
pub(super) struct WaiterPermit(Arc<AtomicUsize>);

impl WaiterPermit {
    /// Takes one of `limit` permits; `None` when all are taken.
    pub(super) fn acquire(taken: &Arc<AtomicUsize>, limit: usize) -> Option<Self> {
        taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then_some(n + 1))
            .ok()
            .map(|_| Self(taken.clone()))
    }

    /// Returns true if at most `limit` requests wait, this one included.
    pub(super) fn is_within(&self, limit: usize) -> bool {
        self.0.load(Ordering::Relaxed) <= limit
    }
}

impl Drop for WaiterPermit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

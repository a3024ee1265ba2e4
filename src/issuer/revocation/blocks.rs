//! The blocks of indices that requests draw from.

use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    recorded_grant::RecordedGrant,
    state::{BLOCK_PERIOD, MAX_BLOCK, MIN_BLOCK, Span},
};
use crate::time::UnixTime;

/// The most blocks that are open at a time, some 40 MiB. Above it those that have ended are closed,
/// and then all: the next token of each grant begins another block.
const MAX_OPEN: usize = 100_000;

/// The status of a token: an index in the list with this address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::issuer) struct AssignedStatus {
    pub(in crate::issuer) index: u32,
    pub(in crate::issuer) uri: Arc<str>,
}

/// A token that needs a status.
#[derive(Debug)]
pub(in crate::issuer) struct Wanted {
    key: Key,
    pub(super) span: Span,
    pub(super) now: UnixTime,
}

impl Wanted {
    /// Wants a status for a token of this grant that is issued `now`.
    pub(in crate::issuer) fn new(grant: RecordedGrant, lifetime: Duration, now: UnixTime) -> Self {
        let span = Span::of(now + lifetime, lifetime);
        Self { key: Key { grant, width: span.width }, span, now }
    }

    pub(super) const fn grant(&self) -> &RecordedGrant {
        &self.key.grant
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    grant: RecordedGrant,
    width: u64,
}

/// The open block of each grant and width.
#[derive(Debug, Default)]
pub(super) struct Blocks(Mutex<HashMap<Key, Open>>);

#[derive(Debug)]
struct Open {
    span: Span,
    list: u32,
    uri: Arc<str>,
    left: Range<u32>,
    length: u32,
    from: UnixTime,
}

impl Open {
    fn is_usable(&self, span: Span, now: UnixTime) -> bool {
        self.span == span
            && !self.left.is_empty()
            && self.from <= now
            && now < self.from + BLOCK_PERIOD
    }
}

impl Blocks {
    /// Takes the next index of a grant, if it has a block and `is_current` returns true. The check
    /// runs under the lock, so that no index is taken after [`close`](Self::close) for a
    /// configuration that was replaced before it.
    pub(super) fn take(
        &self,
        wanted: &Wanted,
        is_current: impl FnOnce() -> bool,
    ) -> Option<AssignedStatus> {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let open = blocks.get_mut(&wanted.key)?;
        if !open.is_usable(wanted.span, wanted.now) || !is_current() {
            return None;
        }
        let index = open.left.next()?;
        Some(AssignedStatus { index, uri: Arc::clone(&open.uri) })
    }

    /// The length of the next block of a grant: twice that of the last one if it was used up.
    pub(super) fn next_length(&self, wanted: &Wanted) -> u32 {
        let blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used_up = blocks.get(&wanted.key).filter(|open| open.left.is_empty());
        used_up.map_or(MIN_BLOCK, |open| open.length.saturating_mul(2).clamp(MIN_BLOCK, MAX_BLOCK))
    }

    /// Opens a block, and takes its first index.
    pub(super) fn open(
        &self,
        wanted: &Wanted,
        (list, uri): (u32, &Arc<str>),
        block: Range<u32>,
    ) -> AssignedStatus {
        let Wanted { key, span, now } = wanted;
        let (span, now) = (*span, *now);
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if blocks.len() >= MAX_OPEN {
            blocks.retain(|_, open| now < open.from + BLOCK_PERIOD);
        }
        if blocks.len() >= MAX_OPEN {
            blocks.clear();
        }
        let index = block.start;
        let length = block.end - block.start;
        let left = index + 1..block.end;
        let open = Open { span, list, uri: Arc::clone(uri), left, length, from: now };
        blocks.insert(key.clone(), open);
        AssignedStatus { index, uri: Arc::clone(uri) }
    }

    /// Closes each block whose next index is revoked: another process has
    /// taken them back.
    pub(super) fn close_revoked(&self, is_revoked: impl Fn(u32, u32) -> bool) {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.retain(|_, open| open.left.is_empty() || !is_revoked(open.list, open.left.start));
    }

    /// Closes the blocks of matching grants: their next tokens get indices of new blocks.
    pub(super) fn close(&self, is_match: impl Fn(&RecordedGrant) -> bool) {
        let mut blocks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.retain(|key, _| !is_match(&key.grant));
    }
}

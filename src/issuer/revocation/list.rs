//! One list: which indices are given, to whom, and which are taken back. Pure.

use std::ops::Range;

use crate::{
    status::{StatusBits, StatusList},
    time::UnixTime,
};

/// The statuses of tokens that end within a span of time.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) id: String,
    /// In seconds: how long the span is.
    pub(super) width: u64,
    /// The end of the span.
    pub(super) ends: UnixTime,
    /// How many statuses the list has, from the beginning: an API holds the list while more of its
    /// indices are given.
    pub(super) size: u32,
    /// No run gives an index from here on before it has reserved it.
    pub(super) reserved: u32,
    /// The first index that is not given.
    pub(super) next: u32,
    pub(super) blocks: Vec<Block>,
    /// A bit for each index, up to the last one that is set.
    revoked: Vec<u8>,
    /// The version of the journal's state that changed a bit last.
    pub(super) changed: u64,
}

/// Indices of tokens of one grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) first: u32,
    pub(super) length: u32,
    pub(super) grant: u32,
    /// They are given from this time on.
    pub(super) at: UnixTime,
}

impl Block {
    pub(super) const fn range(self) -> Range<u32> {
        self.first..self.first.saturating_add(self.length)
    }
}

impl List {
    pub(super) const fn new(id: String, width: u64, ends: u64, size: u32, changed: u64) -> Self {
        Self {
            id,
            width,
            ends: UnixTime::from_secs(ends),
            size,
            reserved: 0,
            next: 0,
            blocks: Vec::new(),
            revoked: Vec::new(),
            changed,
        }
    }

    pub(super) fn reserve(&mut self, until: u32) {
        self.reserved = self.reserved.max(until.min(self.size));
    }

    /// Records a block. Indices before it that no block has are abandoned: a power cut has erased
    /// the records of them. Returns true if a status has changed.
    pub(super) fn assign(&mut self, block: Block) -> bool {
        let has_changed = self.abandon(self.next..block.first);
        self.blocks.push(block);
        self.advance(block.range().end);
        has_changed
    }

    /// Gives these indices to nobody, and takes them back: after a power cut, tokens that no record
    /// mentions may have them. Returns true if a status has changed.
    pub(super) fn abandon(&mut self, range: Range<u32>) -> bool {
        self.advance(range.end);
        self.revoke(range)
    }

    fn advance(&mut self, next: u32) {
        self.next = self.next.max(next.min(self.size));
        self.reserved = self.reserved.max(self.next);
    }

    /// Takes indices back. Returns true if one of them was not taken back before.
    pub(super) fn revoke(&mut self, range: Range<u32>) -> bool {
        let range = range.start..range.end.min(self.size);
        if range.is_empty() {
            return false;
        }
        let bytes = range.end.div_ceil(8) as usize;
        if self.revoked.len() < bytes {
            self.revoked.resize(bytes, 0);
        }
        let mut is_new = false;
        for index in range {
            if let Some(byte) = self.revoked.get_mut(index as usize / 8) {
                let bit = 1 << (index % 8);
                is_new |= *byte & bit == 0;
                *byte |= bit;
            }
        }
        is_new
    }

    pub(super) fn is_revoked(&self, index: u32) -> bool {
        let byte = self.revoked.get(index as usize / 8);
        byte.is_some_and(|byte| byte & (1 << (index % 8)) != 0)
    }

    /// Returns true if each of these indices is taken back.
    pub(super) fn are_revoked(&self, mut range: Range<u32>) -> bool {
        range.all(|index| self.is_revoked(index))
    }

    /// Returns the indices that are taken back, as ranges.
    pub(super) fn revoked_ranges(&self) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for (at, byte) in (0_u32..).zip(&self.revoked) {
            for bit in (0..8).filter(|bit| byte & (1 << bit) != 0) {
                let index = at * 8 + bit;
                match ranges.last_mut() {
                    Some(last) if last.end == index => last.end += 1,
                    _ => ranges.push(index..index + 1),
                }
            }
        }
        ranges
    }

    /// Returns the list as it is published, in its full size.
    pub(super) fn statuses(&self) -> StatusList {
        let mut bytes = self.revoked.clone();
        bytes.resize(self.size.div_ceil(8) as usize, 0);
        StatusList::from_bytes(StatusBits::One, bytes)
    }
}

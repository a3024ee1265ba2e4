//! The lists as the records of the journal describe them. Pure: it knows neither clock nor disk.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use super::{
    list::{Block, List},
    record::{Record, VERSION},
    recorded_grant::RecordedGrant,
};
use crate::time::UnixTime;

/// How long indices of one block are given: the precision of "issued since".
pub(super) const BLOCK_PERIOD: Duration = Duration::from_secs(10 * 60);

/// How much longer than its last token a list is published: 5 minutes, for the leeway of APIs and
/// clocks that differ.
const RETIREMENT_MARGIN: Duration = Duration::from_secs(5 * 60);

/// The shortest span of a list, in seconds: 1 hour. Longer ones are this times a power of two.
const MIN_WIDTH: u64 = 60 * 60;

/// How many statuses the first list of a span has: 16 KiB in the memory of an API.
const MIN_SIZE: u32 = 1 << 17;

/// The most statuses of a list: 1 MiB in the memory of an API.
const MAX_SIZE: u32 = 1 << 23;

/// How many indices are reserved at a time: the disk is waited for once in this many tokens.
const RESERVATION: u32 = 1 << 14;

/// The indices of the first block of a grant. Each further one has twice as many, up to
/// [`MAX_BLOCK`].
pub(super) const MIN_BLOCK: u32 = 8;
pub(super) const MAX_BLOCK: u32 = 1 << 12;

/// All lists that were not retired.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) lists: BTreeMap<u32, List>,
    pub(super) grants: HashMap<u32, Arc<RecordedGrant>>,
    numbers: HashMap<Arc<RecordedGrant>, u32>,
    next_list: u32,
    next_grant: u32,
    /// How many records it was made from.
    pub(super) records: usize,
    /// Grows when a token is taken back.
    pub(super) version: u64,
    /// When the newest block was assigned.
    newest: Option<UnixTime>,
}

/// The span of time that a token ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Span {
    pub(super) width: u64,
    pub(super) ends: u64,
}

impl Span {
    /// The span of a token. Tokens of one lifetime end in two spans at a time at most.
    pub(super) fn of(expires_at: UnixTime, lifetime: Duration) -> Self {
        let hours = lifetime.as_secs().div_ceil(MIN_WIDTH).max(1).next_power_of_two();
        let width = MIN_WIDTH.saturating_mul(hours);
        let ends = (expires_at.as_secs() / width + 1).saturating_mul(width);
        Self { width, ends }
    }
}

/// The records that assign a block, and the block.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) records: Vec<Record>,
    /// The records must be on the disk before an index is given.
    pub(super) must_be_durable: bool,
    pub(super) list: u32,
    pub(super) block: Range<u32>,
}

impl State {
    /// Makes the state of these records. Its versions are greater than `version`.
    pub(super) fn of(records: &[Record], version: u64) -> Self {
        let mut state = Self { version: version + 1, ..Self::default() };
        records.iter().for_each(|record| state.apply(record));
        state
    }

    /// Changes the state as a record says. A record that refers to something unknown is ignored:
    /// its list was retired.
    pub(super) fn apply(&mut self, record: &Record) {
        self.records += 1;
        match record {
            Record::Journal { .. } => {}
            Record::List { list, id, width, ends, size } => {
                self.next_list = self.next_list.max(list.saturating_add(1));
                let version = self.version;
                let new = || List::new(id.clone(), *width, *ends, (*size).min(MAX_SIZE), version);
                self.lists.entry(*list).or_insert_with(new);
            }
            Record::Grant { grant, to } => {
                self.next_grant = self.next_grant.max(grant.saturating_add(1));
                let to = Arc::new(to.clone());
                self.numbers.insert(Arc::clone(&to), *grant);
                self.grants.insert(*grant, to);
            }
            Record::Reserved { list, until } => self.change(*list, |list| {
                list.reserve(*until);
                false
            }),
            Record::Block { list, first, length, grant, at } => {
                let at = UnixTime::from_secs(*at);
                self.newest = self.newest.max(Some(at));
                let block = Block { first: *first, length: *length, grant: *grant, at };
                self.change(*list, |list| list.assign(block));
            }
            Record::Abandoned { list, first, length } => {
                self.change(*list, |list| list.abandon(range(*first, *length)));
            }
            Record::Revoked { list, first, length } => {
                self.change(*list, |list| list.revoke(range(*first, *length)));
            }
        }
    }

    /// Changes a list. `act` returns true if a status has changed.
    fn change(&mut self, number: u32, act: impl FnOnce(&mut List) -> bool) {
        if let Some(list) = self.lists.get_mut(&number)
            && act(list)
        {
            self.version += 1;
            list.changed = self.version;
        }
    }

    /// Gives no more indices of the known lists, and takes back those that no record mentions:
    /// records of them may have been lost.
    pub(super) fn close_lists(&mut self) {
        let numbers: Vec<u32> = self.lists.keys().copied().collect();
        for number in numbers {
            self.change(number, |list| list.abandon(list.next..list.size));
        }
    }

    /// Returns the records with which a new run begins: what an earlier run has reserved and not
    /// assigned is given to nobody.
    pub(super) fn beginning(&self) -> Vec<Record> {
        let open = self.lists.iter().filter(|(_, list)| list.next < list.reserved);
        open.map(|(number, list)| {
            let length = list.reserved - list.next;
            Record::Abandoned { list: *number, first: list.next, length }
        })
        .collect()
    }

    /// Assigns the next `length` indices of a span to a grant. `new_id` is the name of a new list.
    pub(super) fn assign(
        &self,
        grant: &RecordedGrant,
        span: Span,
        length: u32,
        now: UnixTime,
        new_id: String,
    ) -> Assignment {
        let mut records = Vec::new();
        let mut must_be_durable = false;
        let of_span = |list: &&List| list.width == span.width && list.ends.as_secs() == span.ends;
        let has_room = |list: &List| list.next.saturating_add(length) <= list.size;
        let known = self.lists.iter().find(|(_, list)| of_span(list) && has_room(list));
        let (list, first, reserved, size) = match known {
            Some((number, list)) => (*number, list.next, list.reserved, list.size),
            None => {
                let (list, size) = (self.next_list, self.size_of_next(span));
                let Span { width, ends } = span;
                records.push(Record::List { list, id: new_id, width, ends, size });
                (list, 0, 0, size)
            }
        };
        let block = first..first.saturating_add(length).min(size);
        if block.end > reserved {
            let until = block.end.saturating_add(RESERVATION).min(size);
            records.push(Record::Reserved { list, until });
            must_be_durable = true;
        }
        let number = self.numbers.get(grant).copied().unwrap_or_else(|| {
            records.push(Record::Grant { grant: self.next_grant, to: grant.clone() });
            self.next_grant
        });
        records.push(Record::Block {
            list,
            first: block.start,
            length: block.end - block.start,
            grant: number,
            at: now.as_secs(),
        });
        Assignment { records, must_be_durable, list, block }
    }

    /// The size of a new list: twice what the newest list of this width needed, eight times that of
    /// a list that is full.
    fn size_of_next(&self, span: Span) -> u32 {
        let newest = self.lists.values().rev().find(|list| list.width == span.width);
        let size = newest.map_or(MIN_SIZE, |list| {
            let is_full = list.ends.as_secs() == span.ends;
            list.next.saturating_mul(if is_full { 8 } else { 2 })
        });
        size.clamp(MIN_SIZE, MAX_SIZE).next_power_of_two()
    }

    /// Returns the records that take back every token of the matching grants that was issued at
    /// or after `since`, or up to [`BLOCK_PERIOD`] before it. A grant whose record is lost matches.
    pub(super) fn revocation(
        &self,
        since: UnixTime,
        now: UnixTime,
        is_match: impl Fn(&RecordedGrant) -> bool,
    ) -> Vec<Record> {
        let mut records = Vec::new();
        let mut matches = HashMap::new();
        let mut is_hit = |block: &Block| {
            let grant = block.grant;
            let is_match = matches
                .entry(grant)
                .or_insert_with(|| self.grants.get(&grant).is_none_or(|grant| is_match(grant)));
            *is_match && block.at + BLOCK_PERIOD >= since
        };
        let bound = self.bound(now);
        for (number, list) in self.lists.iter().filter(|(_, list)| !list.is_retired(bound)) {
            for block in list.blocks.iter().filter(|block| is_hit(block)) {
                if !list.are_revoked(block.range()) {
                    let Block { first, length, .. } = *block;
                    records.push(Record::Revoked { list: *number, first, length });
                }
            }
        }
        records
    }

    /// Returns the number and the list with this id.
    pub(super) fn by_id(&self, id: &str) -> Option<(u32, &List)> {
        let found = self.lists.iter().find(|(_, list)| list.id == id);
        found.map(|(number, list)| (*number, list))
    }

    /// Returns true if a journal without the retired lists would be at most half as long.
    pub(super) fn is_worth_compacting(&self, now: UnixTime) -> bool {
        /// Shorter journals are left alone, in records: some 400 KiB.
        const SHORT: usize = 4_096;
        self.records > SHORT && {
            let kept = self.lists.values().filter(|list| !list.is_retired(self.bound(now)));
            let needed: usize = kept.map(|list| 4 + list.blocks.len() * 2).sum();
            self.records / 2 > needed + SHORT / 2
        }
    }

    /// The time by which lists have ended for good: not later than the newest block, so that a clock
    /// that is ahead for a moment neither removes a list nor leaves one out.
    fn bound(&self, now: UnixTime) -> UnixTime {
        self.newest.map_or(UnixTime::EPOCH, |newest| newest.min(now))
    }

    /// Returns the records of a journal without the retired lists.
    pub(super) fn to_records(&self, now: UnixTime) -> Vec<Record> {
        let mut records = vec![Record::Journal { version: VERSION }];
        let kept = || self.lists.iter().filter(|(_, list)| !list.is_retired(self.bound(now)));
        let mut grants: Vec<u32> =
            kept().flat_map(|(_, list)| list.blocks.iter().map(|block| block.grant)).collect();
        grants.sort_unstable();
        grants.dedup();
        for grant in grants {
            if let Some(to) = self.grants.get(&grant) {
                records.push(Record::Grant { grant, to: RecordedGrant::clone(to) });
            }
        }
        for (number, list) in kept() {
            let number = *number;
            let List { id, width, ends, size, .. } = list;
            records.push(Record::List {
                list: number,
                id: id.clone(),
                width: *width,
                ends: ends.as_secs(),
                size: *size,
            });
            let mut blocks = list.blocks.clone();
            blocks.sort_unstable_by_key(|block| block.first);
            records.extend(blocks.iter().map(|block| block.record(number)));
            let first = blocks.last().map_or(0, |last| last.range().end);
            if list.next > first {
                let length = list.next - first;
                records.push(Record::Abandoned { list: number, first, length });
            }
            records.push(Record::Reserved { list: number, until: list.reserved });
            records.extend(list.revoked_ranges().into_iter().map(|range| Record::Revoked {
                list: number,
                first: range.start,
                length: range.end - range.start,
            }));
        }
        records
    }
}

impl Block {
    const fn record(self, list: u32) -> Record {
        let Self { first, length, grant, at } = self;
        Record::Block { list, first, length, grant, at: at.as_secs() }
    }
}

const fn range(first: u32, length: u32) -> Range<u32> {
    first..first.saturating_add(length)
}

impl List {
    /// Returns true if its last token has expired, for every API.
    pub(super) fn is_retired(&self, now: UnixTime) -> bool {
        now > self.retired_at()
    }

    /// The list is published until this time.
    pub(super) fn retired_at(&self) -> UnixTime {
        self.ends + RETIREMENT_MARGIN
    }
}

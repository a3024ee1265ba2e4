//! A bounded number of verdicts, by token. Pure.

use std::collections::{HashMap, VecDeque};

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 of a token: what is kept instead of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(super) fn of(token: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token).as_ref());
        Self(bytes)
    }
}

/// Values by token, at most `capacity`: one more evicts the one that was inserted first.
#[derive(Debug)]
pub(super) struct Store<V> {
    entries: HashMap<TokenDigest, (u64, V)>,
    /// The order of insertion. An entry that was replaced or removed is still in it, with another
    /// number.
    order: VecDeque<(TokenDigest, u64)>,
    next: u64,
    capacity: usize,
}

impl<V> Store<V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), next: 0, capacity }
    }

    pub(super) fn get(&self, token: &TokenDigest) -> Option<&V> {
        self.entries.get(token).map(|(_, value)| value)
    }

    pub(super) fn remove(&mut self, token: &TokenDigest) {
        self.entries.remove(token);
    }

    pub(super) fn insert(&mut self, token: TokenDigest, value: V) {
        let number = self.next;
        self.next += 1;
        self.entries.insert(token, (number, value));
        self.order.push_back((token, number));
        while self.entries.len() > self.capacity {
            let Some((oldest, number)) = self.order.pop_front() else { break };
            if self.is_current(&oldest, number) {
                self.entries.remove(&oldest);
            }
        }
        if self.order.len() > 2 * self.capacity.max(1) {
            let mut order = std::mem::take(&mut self.order);
            order.retain(|(token, number)| self.is_current(token, *number));
            self.order = order;
        }
    }

    fn is_current(&self, token: &TokenDigest, number: u64) -> bool {
        self.entries.get(token).is_some_and(|(current, _)| *current == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(n: u32) -> TokenDigest {
        TokenDigest::of(&n.to_le_bytes())
    }

    #[test]
    fn the_entry_that_was_inserted_first_is_evicted() {
        let mut store = Store::new(3);
        for n in 0..3 {
            store.insert(token(n), n);
        }
        store.insert(token(0), 10);
        store.insert(token(3), 3);
        assert_eq!(
            [0, 1, 2, 3].map(|n| store.get(&token(n)).copied()),
            [Some(10), None, Some(2), Some(3)]
        );
    }

    #[test]
    fn memory_is_bounded_however_often_entries_are_replaced_and_removed() {
        let mut store = Store::new(8);
        for n in 0..10_000 {
            store.insert(token(n % 11), n);
            if n % 3 == 0 {
                store.remove(&token(n % 7));
            }
            assert!(store.entries.len() <= 8 && store.order.len() <= 17);
        }
        for n in 100..108 {
            store.insert(token(n), n);
        }
        assert!((100..108).all(|n| store.get(&token(n)) == Some(&n)));
    }
}

//! What is counted and remembered for one of the issuers that share a key set. Pure.

use std::{collections::HashSet, time::Duration};

use crate::{key::KeySet, refresh::Budget};

/// Fetches for key ids that were never seen: 2 at once, then 5 a minute.
const UNSEEN: Budget = Budget::new(2, Duration::from_secs(12));
/// Fetches for key ids that were published within a day: a flood of junk must not starve a
/// rotation.
const PUBLISHED: Budget = Budget::new(2, Duration::from_secs(10));

/// An issuer that shares a key set.
#[derive(Debug)]
pub(super) struct Sharer {
    /// The key ids that were revoked for this issuer.
    pub(super) revoked: HashSet<Box<str>>,
    unseen_budget: Budget,
    published_budget: Budget,
}

impl Sharer {
    pub(super) fn new() -> Self {
        Self { revoked: HashSet::new(), unseen_budget: UNSEEN, published_budget: PUBLISHED }
    }

    /// The budget that a fetch for a key id is taken from.
    pub(super) fn budget(&mut self, was_published: bool) -> &mut Budget {
        if was_published { &mut self.published_budget } else { &mut self.unseen_budget }
    }

    /// Returns the keys without the revoked ones; `None` if none of them was revoked.
    pub(super) fn without_revoked(&self, keys: &KeySet) -> Option<KeySet> {
        let mut revoked = self.revoked.iter().filter(|kid| keys.contains_kid(kid)).peekable();
        revoked.peek()?;
        Some(revoked.fold(keys.clone(), |keys, kid| keys.without_kid(kid)))
    }
}

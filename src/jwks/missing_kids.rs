//! Key ids that the issuer does not publish. Pure.

use std::sync::Arc;

use crate::{refresh::CERTAIN, time::UnixTime};

/// The maximum number of remembered key ids.
const MAX_MISSING: usize = 1_024;

/// Key ids that a fetch has shown not to exist, each with the start of that fetch. An entry is
/// valid for 12 seconds from then; after that the key id is looked up again.
///
/// It is part of the immutable snapshot: requests read it without a lock and without a write. It is
/// copied for each new entry, which is rare because each entry costs a fetch. It is sorted, not
/// hashed, because strangers choose the key ids and must not be able to make them collide.
#[derive(Clone, Debug, Default)]
pub(super) struct MissingKids(Arc<[(Arc<str>, UnixTime)]>);

impl MissingKids {
    pub(super) fn contains(&self, kid: &str, now: UnixTime) -> bool {
        let known = self.position(kid).ok().and_then(|position| self.0.get(position));
        known.is_some_and(|(_, began)| is_valid(*began, now))
    }

    /// Returns a copy with one more key id, which the fetch that began at `began` did not bring;
    /// `None` if it is full.
    pub(super) fn with(&self, kid: &str, began: UnixTime, now: UnixTime) -> Option<Self> {
        let kept =
            if self.0.len() < MAX_MISSING { self.clone() } else { self.without_expired(now) };
        let position = kept.position(kid);
        if kept.0.len() >= MAX_MISSING && position.is_err() {
            return None;
        }
        let mut kids = kept.0.to_vec();
        match position {
            Ok(position) => kids[position].1 = began,
            Err(position) => kids.insert(position, (kid.into(), began)),
        }
        Some(Self(kids.into()))
    }

    /// Returns a copy without expired entries.
    pub(super) fn without_expired(&self, now: UnixTime) -> Self {
        Self(self.0.iter().filter(|(_, began)| is_valid(*began, now)).cloned().collect())
    }

    /// Returns the position of a key id, or where to insert it.
    fn position(&self, kid: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(kid))
    }
}

fn is_valid(began: UnixTime, now: UnixTime) -> bool {
    began <= now && now < began + CERTAIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(1_700_000_000 + seconds)
    }

    #[test]
    fn a_key_id_is_missing_for_12_seconds_from_the_beginning_of_the_fetch() {
        let missing = MissingKids::default().with("junk", at(100), at(102)).unwrap();
        assert!(missing.contains("junk", at(100)) && missing.contains("junk", at(111)));
        assert!(!missing.contains("junk", at(112)));
        assert!(!missing.contains("junk", at(99)), "the clock was set back");
        assert!(!missing.contains("other", at(100)) && !missing.contains("jun", at(100)));
        let again = missing.with("junk", at(110), at(110)).unwrap();
        assert!(again.contains("junk", at(121)) && !missing.contains("junk", at(121)));
    }

    #[test]
    fn old_entries_make_room_and_no_others() {
        let mut missing = MissingKids::default();
        for n in 0..MAX_MISSING {
            missing = missing.with(&format!("junk-{n}"), at(n as u64 % 2 * 10), at(10)).unwrap();
        }
        assert!(missing.with("more", at(11), at(11)).is_none());
        let again = missing.with("junk-0", at(11), at(11)).unwrap();
        assert!(again.contains("junk-0", at(22)), "it has its place");
        assert_eq!(missing.without_expired(at(12)).0.len(), MAX_MISSING / 2);
        let more = missing.with("more", at(12), at(12)).unwrap();
        assert!(more.contains("more", at(12)) && more.contains("junk-1", at(12)));
    }
}

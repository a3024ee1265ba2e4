//! Key ids that the issuer does not publish. Pure.

use std::sync::Arc;

use crate::{refresh::CERTAIN, time::UnixTime};

/// How many key ids are remembered to be missing.
const MAX_MISSING: usize = 1_024;

/// Key ids that a refresh has shown not to exist, with the time of that refresh: each is remembered
/// while that is certain, and then asked for again.
///
/// It is a part of the snapshot, and as immutable: requests look in it without a lock and without a
/// write. Each key id in it has waited for a fetch, so that it seldom has to be made anew. It is
/// sorted, not hashed: strangers choose the key ids, and cannot make them collide.
#[derive(Clone, Debug, Default)]
pub(super) struct Missing(Arc<[(Arc<str>, UnixTime)]>);

impl Missing {
    pub(super) fn contains(&self, kid: &str, now: UnixTime) -> bool {
        let known = self.place(kid).ok().and_then(|place| self.0.get(place));
        known.is_some_and(|(_, since)| lasts(*since, now))
    }

    /// With one more that a refresh did not find; `None` when it is full.
    pub(super) fn with(&self, kid: &str, since: UnixTime) -> Option<Self> {
        let place = self.place(kid);
        if self.0.len() >= MAX_MISSING && place.is_err() {
            return None;
        }
        let mut kids = self.0.to_vec();
        match place {
            Ok(place) => kids[place].1 = since,
            Err(place) => kids.insert(place, (kid.into(), since)),
        }
        Some(Self(kids.into()))
    }

    /// Without those of which it is not known any more.
    pub(super) fn lasting(&self, now: UnixTime) -> Self {
        Self(self.0.iter().filter(|(_, since)| lasts(*since, now)).cloned().collect())
    }

    /// Where it is, or would be.
    fn place(&self, kid: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(kid))
    }
}

fn lasts(since: UnixTime, now: UnixTime) -> bool {
    since <= now && now < since + CERTAIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(1_700_000_000 + seconds)
    }

    #[test]
    fn a_key_id_is_missing_for_half_a_minute_from_when_that_was_seen() {
        let missing = Missing::default().with("junk", at(100)).unwrap();
        assert!(missing.contains("junk", at(100)) && missing.contains("junk", at(129)));
        assert!(!missing.contains("junk", at(130)));
        assert!(!missing.contains("junk", at(99)), "the clock was set back");
        assert!(!missing.contains("other", at(100)) && !missing.contains("jun", at(100)));
        let again = missing.with("junk", at(120)).unwrap();
        assert!(again.contains("junk", at(149)) && !missing.contains("junk", at(149)));
    }

    #[test]
    fn those_that_are_over_make_room_and_no_others() {
        let mut missing = Missing::default();
        for n in 0..MAX_MISSING {
            missing = missing.with(&format!("junk-{n}"), at(n as u64 % 2 * 10)).unwrap();
        }
        assert!(missing.with("more", at(20)).is_none());
        let again = missing.with("junk-0", at(20)).unwrap();
        assert!(again.contains("junk-0", at(49)), "it has its place");
        assert!(missing.lasting(at(29)).with("more", at(29)).is_none());
        let half = missing.lasting(at(30));
        assert_eq!(half.0.len(), MAX_MISSING / 2);
        assert!(half.contains("junk-1", at(30)) && half.with("more", at(30)).is_some());
    }
}

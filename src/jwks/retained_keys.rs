//! Keys that the issuer no longer publishes, and how long they stay accepted. Pure.

use std::{sync::Arc, time::Duration};

use crate::{
    key::{Key, KeySet},
    time::UnixTime,
};

/// The longest grace for a removed key.
pub(super) const MAX_GRACE: Duration = Duration::from_secs(3_600);

/// The treatment of a key that the issuer no longer publishes.
///
/// A removal is how an issuer withdraws a stolen key, so the default is the safe one. A key that is
/// refused by [`revoke_kid`](crate::ResourceServer::revoke_kid) has no grace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemovedKeys {
    /// It is refused as soon as a refresh no longer finds it.
    #[default]
    Immediate,
    /// It is accepted for this long after that refresh, at most an hour: for an issuer whose
    /// replicas publish different sets in turn. A stolen key that the issuer withdraws stays
    /// accepted for that time.
    Grace(Duration),
}

/// The keys that were removed and are still accepted.
#[derive(Debug)]
pub(super) struct RetainedKeys {
    grace: Duration,
    keys: Vec<(Arc<Key>, UnixTime)>,
}

impl RetainedKeys {
    pub(super) const fn new(removed: RemovedKeys) -> Self {
        let grace = match removed {
            RemovedKeys::Immediate => Duration::ZERO,
            RemovedKeys::Grace(grace) => grace,
        };
        Self { grace, keys: Vec::new() }
    }

    /// Records that a refresh replaced `before` by `published`. At most `limit` of the removed keys
    /// are retained: the most recently removed ones.
    pub(super) fn observe(
        &mut self,
        before: &KeySet,
        published: &KeySet,
        limit: usize,
        now: UnixTime,
    ) {
        self.keys.retain(|(key, _)| !published.contains(key));
        if !self.grace.is_zero() {
            let removed = before.shared().filter(|key| !published.contains(key));
            self.keys.extend(removed.map(|key| (key.clone(), now + self.grace)));
            let excess = self.keys.len().saturating_sub(limit);
            self.keys.drain(..excess);
        }
    }

    /// Removes the keys whose grace has ended. Returns true if there were any. After the clock was
    /// set back, no key is retained longer than its whole grace from now.
    pub(super) fn expire(&mut self, now: UnixTime) -> bool {
        let before = self.keys.len();
        for (_, until) in &mut self.keys {
            *until = (*until).min(now + self.grace);
        }
        self.keys.retain(|(_, until)| now < *until);
        self.keys.len() < before
    }

    /// Returns when the next grace ends.
    pub(super) fn ends_at(&self) -> UnixTime {
        self.keys.iter().map(|(_, until)| *until).min().unwrap_or(UnixTime::MAX)
    }

    /// Returns the published keys, followed by the retained ones.
    pub(super) fn join(&self, published: &KeySet) -> KeySet {
        published.with_keys(self.keys.iter().map(|(key, _)| key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(1_700_000_000 + seconds)
    }

    /// A set of one Ed25519 key for each kid; RFC 8037's, which serves under any name.
    fn set(kids: &[&str]) -> KeySet {
        let keys: Vec<_> = kids
            .iter()
            .map(|kid| {
                format!(
                    r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
                )
            })
            .collect();
        let set = KeySet::parse(format!("{{\"keys\":[{}]}}", keys.join(",")).as_bytes()).unwrap();
        assert_eq!(set.len(), kids.len());
        set
    }

    fn kids(retained: &RetainedKeys) -> Vec<String> {
        retained.join(&KeySet::default()).kids().map(str::to_owned).collect()
    }

    fn hour() -> RetainedKeys {
        RetainedKeys::new(RemovedKeys::Grace(MAX_GRACE))
    }

    #[test]
    fn without_grace_nothing_is_kept() {
        let mut retained = RetainedKeys::new(RemovedKeys::Immediate);
        retained.observe(&set(&["a", "b"]), &set(&["b"]), 10, at(0));
        assert_eq!(kids(&retained), [""; 0]);
        assert_eq!(retained.ends_at(), UnixTime::MAX);
    }

    #[test]
    fn a_removed_key_lives_for_its_grace_and_not_a_moment_longer() {
        let mut retained = hour();
        retained.observe(&set(&["a", "b"]), &set(&["b"]), 10, at(0));
        retained.observe(&set(&["b"]), &set(&["b"]), 10, at(1_800));
        assert_eq!(retained.ends_at(), at(3_600), "the next refresh does not begin it anew");
        assert!(!retained.expire(UnixTime::from_millis(at(3_600).as_millis() - 1)));
        assert_eq!(kids(&retained), ["a"]);
        assert!(retained.expire(at(3_600)));
        assert_eq!(kids(&retained), [""; 0]);
    }

    #[test]
    fn one_that_comes_back_is_published_again_and_leaves_anew() {
        let mut retained = hour();
        retained.observe(&set(&["a", "b"]), &set(&["b"]), 10, at(0));
        retained.observe(&set(&["b"]), &set(&["a", "b"]), 10, at(10));
        assert_eq!(kids(&retained), [""; 0]);
        retained.observe(&set(&["a", "b"]), &set(&["b"]), 10, at(20));
        assert_eq!(retained.ends_at(), at(3_620));
    }

    #[test]
    fn those_removed_last_are_kept_up_to_the_limit() {
        let mut retained = hour();
        retained.observe(&set(&["a", "b", "c"]), &set(&["c"]), 2, at(0));
        retained.observe(&set(&["c"]), &set(&["d"]), 2, at(1));
        assert_eq!(kids(&retained), ["b", "c"]);
    }

    #[test]
    fn a_clock_set_back_lengthens_no_grace_beyond_its_whole() {
        let mut retained = hour();
        retained.observe(&set(&["a", "b"]), &set(&["b"]), 10, at(100_000));
        assert!(!retained.expire(at(0)));
        assert_eq!(retained.ends_at(), at(3_600));
    }
}

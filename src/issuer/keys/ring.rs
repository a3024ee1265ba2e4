//! What becomes of the keys: pure.

use std::time::Duration;

use super::error::{Reason, RotationError};
use crate::{algorithm::Algorithm, key::SigningKey, time::UnixTime};

/// How long a key is published before it signs: twice the 5 minutes for which a reader may keep
/// the JWK Set, so that a reader whose first attempt to renew it fails has another one.
pub const PUBLISH_LEAD_TIME: Duration = Duration::from_secs(10 * 60);

/// How much longer than its last token a key is published: for a request that took it just before
/// another one began to sign, and for clocks that differ.
const KEPT_BEYOND: Duration = Duration::from_secs(60);

/// The keys of an issuer.
#[derive(Clone, Debug)]
pub(in crate::issuer) struct Ring {
    pub(super) active: Active,
    pub(super) announced: Option<Announced>,
    pub(super) retired: Vec<Retired>,
    /// The longest that a token may live which one of these keys has signed.
    pub(super) longest_lifetime: Duration,
}

/// The key that signs.
#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) key: SigningKey,
    pub(super) since: UnixTime,
}

/// The key that will sign: from a time on, or when its owner says so.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub(super) key: SigningKey,
    pub(super) signs_from: Option<UnixTime>,
}

/// A key that has signed.
#[derive(Clone, Debug)]
pub(super) struct Retired {
    pub(super) key: SigningKey,
    pub(super) until: UnixTime,
}

/// What the clock demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Announcement,
    /// The announced key waits for its owner, but there is a schedule by now.
    Date,
    Change,
}

impl Ring {
    pub(super) fn new(key: SigningKey, now: UnixTime, longest_lifetime: Duration) -> Self {
        let active = Active { key, since: now };
        Self { active, announced: None, retired: Vec::new(), longest_lifetime }
    }

    pub(super) fn published(&self, now: UnixTime) -> impl Iterator<Item = &SigningKey> {
        let announced = self.announced.iter().map(|announced| &announced.key);
        let retired = self.retired.iter().filter(move |retired| now < retired.until);
        [&self.active.key].into_iter().chain(announced).chain(retired.map(|retired| &retired.key))
    }

    /// What is due at `now` when another key is to sign after each period of `every`.
    pub(super) fn due(&self, now: UnixTime, every: Option<Duration>) -> Due {
        match (&self.announced, every) {
            (Some(Announced { signs_from: Some(from), .. }), _) if now >= *from => Due::Change,
            (Some(Announced { signs_from: None, .. }), Some(_)) => Due::Date,
            (None, Some(every)) if now + PUBLISH_LEAD_TIME >= self.active.since + every => {
                Due::Announcement
            }
            _ => Due::Nothing,
        }
    }

    /// When a key that is announced now signs on a schedule.
    pub(in crate::issuer) fn next_change(&self, now: UnixTime, every: Duration) -> UnixTime {
        (self.active.since + every).max(now + PUBLISH_LEAD_TIME)
    }

    /// Publishes a key that does not sign yet, in the place of one announced before.
    pub(in crate::issuer) fn announce(
        &mut self,
        key: SigningKey,
        signs_from: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<(), RotationError> {
        self.refuse_known(&key, now)?;
        self.announced = Some(Announced { key, signs_from });
        Ok(())
    }

    /// Lets the announced key sign from this time on.
    pub(super) fn date(&mut self, signs_from: UnixTime) {
        if let Some(announced) = &mut self.announced {
            announced.signs_from = Some(signs_from);
        }
    }

    /// Lets the announced key sign, or else a new one of this algorithm, or else of the last one.
    pub(in crate::issuer) fn rotate(
        &mut self,
        algorithm: Option<Algorithm>,
        now: UnixTime,
    ) -> Result<(), RotationError> {
        let next = match self.announced.take() {
            Some(announced) => announced.key,
            None => self.another(algorithm)?,
        };
        self.activate(next, now);
        Ok(())
    }

    /// Lets this key sign.
    pub(in crate::issuer) fn rotate_to(
        &mut self,
        key: SigningKey,
        now: UnixTime,
    ) -> Result<(), RotationError> {
        self.announced.take_if(|announced| announced.key.kid() == key.kid());
        self.refuse_known(&key, now)?;
        self.activate(key, now);
        Ok(())
    }

    /// Stops publishing a key; the one that signs is replaced first. False when no published key
    /// has this `kid`.
    pub(in crate::issuer) fn withdraw(
        &mut self,
        kid: &str,
        algorithm: Option<Algorithm>,
        now: UnixTime,
    ) -> Result<bool, RotationError> {
        let known = self.published(now).any(|key| key.kid() == kid);
        self.announced.take_if(|announced| announced.key.kid() == kid);
        if self.active.key.kid() == kid {
            self.rotate(algorithm, now)?;
        }
        self.retired.retain(|retired| retired.key.kid() != kid);
        Ok(known)
    }

    /// A new key of this algorithm, or else of the algorithm of the key that signs.
    pub(in crate::issuer) fn another(
        &self,
        algorithm: Option<Algorithm>,
    ) -> Result<SigningKey, RotationError> {
        let algorithm = algorithm.unwrap_or_else(|| self.active.key.algorithm());
        Ok(SigningKey::generate(algorithm)?)
    }

    /// Each published key and what it is there for.
    pub(super) fn states(&self, now: UnixTime) -> Vec<PublishedKey> {
        let state = |kid: &str| match &self.announced {
            _ if kid == self.active.key.kid() => PublishedKeyState::Signs,
            Some(Announced { key, signs_from }) if key.kid() == kid => {
                PublishedKeyState::Announced { signs_from: *signs_from }
            }
            _ => {
                let until = self.retired.iter().find(|retired| retired.key.kid() == kid);
                PublishedKeyState::Retired { until: until.map_or(now, |retired| retired.until) }
            }
        };
        let shown = |key: &SigningKey| PublishedKey {
            kid: key.kid().to_owned(),
            algorithm: key.algorithm(),
            state: state(key.kid()),
        };
        self.published(now).map(shown).collect()
    }

    fn refuse_known(&self, key: &SigningKey, now: UnixTime) -> Result<(), RotationError> {
        match self.published(now).any(|published| published.kid() == key.kid()) {
            true => Err(Reason::KnownKid.into()),
            false => Ok(()),
        }
    }

    fn activate(&mut self, next: SigningKey, now: UnixTime) {
        self.retired.retain(|retired| now < retired.until);
        let last = std::mem::replace(&mut self.active, Active { key: next, since: now });
        let until = now + self.longest_lifetime + KEPT_BEYOND;
        self.retired.push(Retired { key: last.key, until });
    }
}

/// A key in the issuer's JWK Set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishedKey {
    /// Its `kid`.
    pub kid: String,
    /// The one algorithm that it signs with.
    pub algorithm: Algorithm,
    /// What it is published for.
    pub state: PublishedKeyState,
}

/// What a key is published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishedKeyState {
    /// It signs.
    Signs,
    /// It will sign.
    Announced {
        /// From when on; without a time, when its owner rotates.
        signs_from: Option<UnixTime>,
    },
    /// It has signed tokens that may not have ended.
    Retired {
        /// When the last of them has.
        until: UnixTime,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn key() -> SigningKey {
        SigningKey::generate(Algorithm::EdDSA).unwrap()
    }

    #[test]
    fn t34_the_next_key_is_announced_ten_minutes_before_its_time_and_not_earlier() {
        let mut ring = Ring::new(key(), NOW, HOUR);
        let every = Some(24 * HOUR);
        let change = NOW + 24 * HOUR;
        let second = Duration::from_secs(1);
        assert_eq!(ring.due(change - PUBLISH_LEAD_TIME - second, every), Due::Nothing);
        assert_eq!(ring.due(change - PUBLISH_LEAD_TIME, every), Due::Announcement);
        assert_eq!(ring.due(change + HOUR, None), Due::Nothing, "without a schedule");

        let from = ring.next_change(change - PUBLISH_LEAD_TIME, 24 * HOUR);
        assert_eq!(from, change);
        ring.announce(key(), Some(from), NOW).unwrap();
        assert_eq!(ring.due(change - second, every), Due::Nothing);
        assert_eq!(ring.due(change, every), Due::Change);
        assert_eq!(ring.due(change, None), Due::Change, "by command as well");
    }

    #[test]
    fn t34_a_key_that_is_announced_late_waits_all_the_same() {
        let ring = Ring::new(key(), NOW, HOUR);
        let late = NOW + 100 * HOUR;
        assert_eq!(ring.due(late, Some(24 * HOUR)), Due::Announcement);
        assert_eq!(ring.next_change(late, 24 * HOUR), late + PUBLISH_LEAD_TIME);
    }

    #[test]
    fn t34_a_key_without_a_time_gets_one_from_a_schedule_that_comes_later() {
        let mut ring = Ring::new(key(), NOW, HOUR);
        ring.announce(key(), None, NOW).unwrap();
        assert_eq!(ring.due(NOW + 100 * HOUR, None), Due::Nothing, "without a schedule");
        let every = Some(24 * HOUR);
        assert_eq!(ring.due(NOW + HOUR, every), Due::Date);
        ring.date(ring.next_change(NOW + HOUR, 24 * HOUR));
        assert_eq!(ring.due(NOW + 23 * HOUR, every), Due::Nothing);
        assert_eq!(ring.due(NOW + 24 * HOUR, every), Due::Change);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_due() {
        let mut ring = Ring::new(key(), NOW, HOUR);
        ring.rotate(None, NOW + HOUR).unwrap();
        assert_eq!(ring.due(NOW, Some(HOUR)), Due::Nothing);
        assert_eq!(ring.published(NOW).count(), 2);
    }

    #[test]
    fn t34_a_key_is_kept_as_long_as_the_longest_token_lives() {
        let mut ring = Ring::new(key(), NOW, 2 * HOUR);
        let first = ring.active.key.kid().to_owned();
        ring.rotate(Some(Algorithm::ES256), NOW).unwrap();
        let there = |ring: &Ring, at| ring.published(at).any(|key| key.kid() == first);
        assert!(there(&ring, NOW + 2 * HOUR));
        assert!(!there(&ring, NOW + 2 * HOUR + KEPT_BEYOND));
        assert_eq!(ring.active.key.algorithm(), Algorithm::ES256);
    }
}

//! The keys of an issuer and how they change. Pure: it knows neither clock nor disk.

use std::{error::Error, fmt, time::Duration};

use crate::{
    algorithm::Algorithm,
    key::{SigningError, SigningKey},
    time::UnixTime,
};

/// The time for which a key is published before it signs: 10 minutes, twice the 5 minutes for which
/// a reader may keep the JWK Set, so that a reader whose first refresh fails has a second attempt.
pub const PUBLISH_LEAD_TIME: Duration = Duration::from_secs(10 * 60);

/// The time for which a key outlives its last token: 1 minute, for a request that loaded the
/// key just before another one began to sign, and for clocks that differ.
const RETIREMENT_MARGIN: Duration = Duration::from_secs(60);

/// Without a schedule a key signs within a year of its publication, or when its owner rotates.
const WITHOUT_SCHEDULE: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The keys of an issuer.
#[derive(Clone, Debug)]
pub(in crate::issuer) struct Ring {
    pub(super) active: Active,
    pub(super) next: Option<Next>,
    pub(super) retired: Vec<Retired>,
    /// The longest lifetime of a token that one of these keys has signed.
    pub(super) longest_lifetime: Duration,
}

/// The key that signs.
#[derive(Clone, Debug)]
pub(super) struct Active {
    pub(super) key: SigningKey,
    pub(super) since: UnixTime,
}

/// The published key that will sign: from a time on, or when its owner rotates.
#[derive(Clone, Debug)]
pub(super) struct Next {
    pub(super) key: SigningKey,
    pub(super) signs_from: Option<UnixTime>,
}

/// A key that has signed.
#[derive(Clone, Debug)]
pub(super) struct Retired {
    pub(super) key: SigningKey,
    pub(super) until: UnixTime,
}

/// The change that the schedule requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    /// The next key is to be published.
    Publication,
    /// The next key was published without a time, and now there is a schedule.
    Date,
    /// The next key is to sign.
    Change,
}

/// The keys cannot be changed in this way.
#[derive(Debug)]
pub(in crate::issuer) enum RingError {
    KnownKid,
    Generation(SigningError),
}

impl Ring {
    pub(super) fn new(key: SigningKey, now: UnixTime, longest_lifetime: Duration) -> Self {
        let active = Active { key, since: now };
        Self { active, next: None, retired: Vec::new(), longest_lifetime }
    }

    pub(super) fn published(&self, now: UnixTime) -> impl Iterator<Item = &SigningKey> {
        let next = self.next.iter().map(|next| &next.key);
        let retired = self.retired.iter().filter(move |retired| now < retired.until);
        [&self.active.key].into_iter().chain(next).chain(retired.map(|retired| &retired.key))
    }

    /// Returns what is due at `now` if another key is to sign after each period of `every`.
    pub(super) fn due(&self, now: UnixTime, every: Option<Duration>) -> Due {
        match (&self.next, every) {
            (Some(Next { signs_from: Some(from), .. }), _) if now >= *from => Due::Change,
            (Some(Next { signs_from: None, .. }), Some(_)) => Due::Date,
            (None, Some(every)) if now + PUBLISH_LEAD_TIME >= self.active.since + every => {
                Due::Publication
            }
            _ => Due::Nothing,
        }
    }

    /// Returns true if a time is later than it can be: a clock that was ahead has set it.
    pub(super) fn has_wrong_times(&self, now: UnixTime, every: Option<Duration>) -> bool {
        let latest = Self::latest_change(now, every);
        self.active.since > now
            || self.next.as_ref().and_then(|next| next.signs_from) > Some(latest)
    }

    /// Corrects times that were set while the clock was ahead.
    pub(super) fn correct_times(&mut self, now: UnixTime, every: Option<Duration>) {
        self.active.since = self.active.since.min(now);
        let latest = Self::latest_change(now, every);
        let retired_until = now + self.longest_lifetime + RETIREMENT_MARGIN;
        if let Some(Next { signs_from: Some(from), .. }) = &mut self.next {
            *from = (*from).min(latest).max(now + PUBLISH_LEAD_TIME);
        }
        for retired in &mut self.retired {
            retired.until = retired.until.min(retired_until);
        }
        tracing::warn!(
            "the keys would change later than the schedule allows, since the clock was ahead or \
             the period is shorter now: corrected"
        );
    }

    /// The latest time at which a key that is published now may sign.
    fn latest_change(now: UnixTime, every: Option<Duration>) -> UnixTime {
        now + every.unwrap_or(WITHOUT_SCHEDULE).max(PUBLISH_LEAD_TIME)
    }

    /// Returns when a key that is published now signs on a schedule.
    pub(in crate::issuer) fn next_change(&self, now: UnixTime, every: Duration) -> UnixTime {
        (self.active.since + every).max(now + PUBLISH_LEAD_TIME)
    }

    /// Publishes a key that does not sign yet, in place of one published before.
    pub(in crate::issuer) fn publish(
        &mut self,
        key: SigningKey,
        signs_from: Option<UnixTime>,
        now: UnixTime,
    ) -> Result<(), RingError> {
        self.refuse_known(&key, now)?;
        self.next = Some(Next { key, signs_from });
        Ok(())
    }

    /// Sets the time from which the next key signs.
    pub(super) fn set_date(&mut self, signs_from: UnixTime) {
        if let Some(next) = &mut self.next {
            next.signs_from = Some(signs_from);
        }
    }

    /// Makes the next key the signing key; if there is none, a new key of this algorithm or of the
    /// current one.
    pub(in crate::issuer) fn rotate(
        &mut self,
        algorithm: Option<Algorithm>,
        now: UnixTime,
    ) -> Result<(), RingError> {
        let next = match self.next.take() {
            Some(next) => next.key,
            None => self.generate_key(algorithm)?,
        };
        self.activate(next, now);
        Ok(())
    }

    /// Makes this key the signing key.
    pub(in crate::issuer) fn rotate_to(
        &mut self,
        key: SigningKey,
        now: UnixTime,
    ) -> Result<(), RingError> {
        self.next.take_if(|next| next.key.kid() == key.kid());
        self.refuse_known(&key, now)?;
        self.activate(key, now);
        Ok(())
    }

    /// Stops publishing a key; the one that signs is replaced first. Returns false if no published
    /// key has this `kid`.
    pub(in crate::issuer) fn withdraw(
        &mut self,
        kid: &str,
        algorithm: Option<Algorithm>,
        now: UnixTime,
    ) -> Result<bool, RingError> {
        let known = self.published(now).any(|key| key.kid() == kid);
        self.next.take_if(|next| next.key.kid() == kid);
        if self.active.key.kid() == kid {
            self.rotate(algorithm, now)?;
        }
        self.retired.retain(|retired| retired.key.kid() != kid);
        Ok(known)
    }

    /// Generates a key of this algorithm, or else of the algorithm of the key that signs.
    pub(in crate::issuer) fn generate_key(
        &self,
        algorithm: Option<Algorithm>,
    ) -> Result<SigningKey, RingError> {
        let algorithm = algorithm.unwrap_or_else(|| self.active.key.algorithm());
        SigningKey::generate(algorithm).map_err(RingError::Generation)
    }

    /// Returns each published key with its state.
    pub(super) fn states(&self, now: UnixTime) -> Vec<PublishedKey> {
        let state = |kid: &str| match &self.next {
            _ if kid == self.active.key.kid() => PublishedKeyState::Signs,
            Some(Next { key, signs_from }) if key.kid() == kid => {
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

    fn refuse_known(&self, key: &SigningKey, now: UnixTime) -> Result<(), RingError> {
        match self.published(now).any(|published| published.kid() == key.kid()) {
            true => Err(RingError::KnownKid),
            false => Ok(()),
        }
    }

    /// Removes retired keys that had expired when the last key began to sign, so that a clock that
    /// is ahead for a moment does not remove a key that is still needed.
    fn activate(&mut self, next: SigningKey, now: UnixTime) {
        let last_change = self.active.since.min(now);
        self.retired.retain(|retired| last_change < retired.until);
        let last = std::mem::replace(&mut self.active, Active { key: next, since: now });
        let until = now + self.longest_lifetime + RETIREMENT_MARGIN;
        self.retired.push(Retired { key: last.key, until });
    }
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KnownKid => "a published key has this kid: give each key a kid of its own",
            Self::Generation(_) => "no new key could be made",
        })
    }
}

impl Error for RingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::KnownKid => None,
            Self::Generation(error) => Some(error),
        }
    }
}

/// A key in the issuer's JWK Set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishedKey {
    /// The `kid`.
    pub kid: String,
    /// The only algorithm that it signs with.
    pub algorithm: Algorithm,
    /// The reason why it is published.
    pub state: PublishedKeyState,
}

/// The reason why a key is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishedKeyState {
    /// It signs.
    Signs,
    /// It will sign.
    Announced {
        /// From this time on; `None` means when its owner rotates.
        signs_from: Option<UnixTime>,
    },
    /// It has signed tokens that may not have expired.
    Retired {
        /// It is published until this time, when the last of them has expired.
        until: UnixTime,
    },
}

#[cfg(test)]
mod tests;

//! Decides when to renew a token, and how long to use it. Pure.

use std::{ops::Range, time::Duration};

use crate::time::UnixTime;

/// The shortest useful lifetime: a token with a shorter one expires before the API reads it.
pub(super) const MIN_LIFETIME: Duration = Duration::from_secs(1);
/// The time for which a token counts as fresh after it came. A token that an API refuses while it
/// is fresh was most likely never good, so that another one would be refused as well.
pub(super) const FRESH: Duration = Duration::from_secs(10);
/// The minimum backoff after an answer that the same request would get again, such as
/// `invalid_client`. Long enough to be no load, short enough to notice a corrected configuration.
pub(super) const COOL_OFF: Duration = Duration::from_secs(60);

/// The maximum time before its expiry at which a token is renewed. It outlasts an outage of ten
/// minutes together with the longest backoff, even with the largest jitter.
const MAX_RENEWAL_MARGIN: Duration = Duration::from_secs(20 * 60);
/// The part of the renewal margin that jitter may take away, so that the processes of a fleet which
/// started together do not renew together.
const RENEWAL_JITTER: f64 = 0.2;
/// The maximum time before its expiry at which a token is no longer used: it must still be valid
/// when the API reads it.
const MAX_SAFETY_MARGIN: Duration = Duration::from_secs(15);

/// The times of one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    usable: Range<UnixTime>,
    renew_at: UnixTime,
}

impl Schedule {
    /// The schedule of a token that arrived at `obtained_at`: it is renewed after 75 to 80 % of its
    /// lifetime, 20 minutes before its end at the earliest. `jitter` is a random number from zero
    /// to one.
    ///
    /// A clock that was set back by more than the safety margin ends the token's use: nobody knows
    /// how much of its lifetime is left.
    pub(super) fn new(obtained_at: UnixTime, lifetime: Duration, jitter: f64) -> Self {
        let safety = (lifetime / 40).min(MAX_SAFETY_MARGIN);
        let margin = (lifetime / 4).min(MAX_RENEWAL_MARGIN);
        let margin = margin.mul_f64(1.0 - RENEWAL_JITTER * jitter.clamp(0.0, 1.0));
        let expires_at = obtained_at + lifetime;
        Self { usable: obtained_at - safety..expires_at - safety, renew_at: expires_at - margin }
    }

    /// The schedule of a token that an API refused: handed out until `until`, and not renewed
    /// before.
    pub(super) fn refused_until(&self, until: UnixTime) -> Self {
        let end = self.usable.end.min(until);
        Self { usable: self.usable.start..end, renew_at: UnixTime::MAX }
    }

    /// Returns true if the token may be used.
    pub(super) fn is_usable(&self, now: UnixTime) -> bool {
        self.usable.contains(&now)
    }

    /// Returns true if the token should be renewed.
    pub(super) fn is_due(&self, now: UnixTime) -> bool {
        now >= self.renew_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn renewal_of(lifetime: u64, jitter: f64) -> Duration {
        let lifetime = Duration::from_secs(lifetime);
        let schedule = Schedule::new(NOW, lifetime, jitter);
        (NOW + lifetime).saturating_since(schedule.renew_at)
    }

    #[test]
    fn a_token_is_renewed_in_the_last_quarter_of_its_life_twenty_minutes_early_at_most() {
        for (lifetime, earliest, latest) in [
            (60, 15_000, 12_000),
            (300, 75_000, 60_000),
            (3_600, 900_000, 720_000),
            (86_400, 1_200_000, 960_000),
            (u64::MAX / 4_000, 1_200_000, 960_000),
        ] {
            assert_eq!(renewal_of(lifetime, 0.0).as_millis(), earliest, "{lifetime}");
            assert_eq!(renewal_of(lifetime, 1.0).as_millis(), latest, "{lifetime}");
        }
    }

    #[test]
    fn a_token_is_handed_out_until_shortly_before_its_end() {
        let second = Duration::from_secs(1);
        for (lifetime, end) in [(3_600, 3_585), (400, 390), (40, 39)] {
            let schedule = Schedule::new(NOW, Duration::from_secs(lifetime), 0.5);
            assert!(schedule.is_usable(NOW + Duration::from_secs(end) - second), "{lifetime}");
            assert!(!schedule.is_usable(NOW + Duration::from_secs(end)), "{lifetime}");
        }
    }

    #[test]
    fn a_clock_that_steps_back_a_little_is_tolerated_and_a_jump_is_not() {
        let schedule = Schedule::new(NOW, Duration::from_secs(3_600), 0.5);
        assert!(schedule.is_usable(NOW - Duration::from_secs(15)));
        assert!(!schedule.is_usable(NOW - Duration::from_secs(16)));
    }

    #[test]
    fn a_refused_token_is_never_handed_out_longer_than_before() {
        let schedule = Schedule::new(NOW, Duration::from_secs(40), 0.0);
        let later = schedule.refused_until(NOW + Duration::from_secs(3_600));
        assert!(!later.is_usable(NOW + Duration::from_secs(39)));
        let sooner = schedule.refused_until(NOW + Duration::from_secs(2));
        assert!(sooner.is_usable(NOW + Duration::from_secs(1)));
        assert!(!sooner.is_usable(NOW + Duration::from_secs(2)));
        assert!(!sooner.is_due(NOW + Duration::from_secs(39)));
    }
}

//! How long to leave a server alone after failures. Pure but for the chance in it.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use crate::time::UnixTime;

/// The longest that a server's `Retry-After` holds up the next attempt.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_millis(100);

/// Failures in a row, and until when no attempt may be made: a second doubling to a minute with
/// full jitter, or as long as the server asks, up to 5 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    failures: u32,
    until: Option<UnixTime>,
}

impl Backoff {
    /// No failure yet.
    pub(crate) const NONE: Self = Self { failures: 0, until: None };

    /// Takes a failure in: `asked` is what the server said, `jitter` a random number below one.
    pub(crate) fn fail_with(&mut self, now: UnixTime, asked: Option<Duration>, jitter: f64) {
        let longest = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        let backoff = longest.mul_f64(jitter.clamp(0.0, 1.0)).max(SHORTEST);
        self.failures = self.failures.saturating_add(1);
        self.until = Some(now + backoff.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER)));
    }

    /// How long no attempt may be made. What lies farther ahead than any back-off can is the mark
    /// of a clock that was set back, and over.
    pub(crate) fn left(&self, now: UnixTime) -> Option<Duration> {
        let left = self.until?.saturating_since(now);
        (!left.is_zero() && left <= MAX_RETRY_AFTER).then_some(left)
    }
}

/// A random number from zero to one. Nobody gains anything by guessing it, and it is drawn behind
/// the lock of an issuer's keys: a cryptographic source, which takes tens of milliseconds when it is
/// asked for the first time, would hold up whoever waits for the first keys.
pub(crate) fn jitter() -> f64 {
    let number = (RandomState::new().hash_one(()) >> u32::BITS) as u32;
    f64::from(number) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_longest_wait_up_to_a_minute() {
        let now = UnixTime::from_secs(1_700_000_000);
        let mut backoff = Backoff::NONE;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            backoff.fail_with(now, None, 1.0);
            assert_eq!(backoff.left(now), Some(Duration::from_secs(seconds)));
        }
        for _ in 0..100 {
            backoff.fail_with(now, None, 1.0);
        }
        assert_eq!(backoff.left(now), Some(LONGEST));
    }

    #[test]
    fn the_wait_is_any_part_of_the_longest_but_never_nothing() {
        let now = UnixTime::from_secs(1_700_000_000);
        for (jitter, millis) in [(0.0, 100), (0.05, 100), (0.5, 500), (7.0, 1_000)] {
            let mut backoff = Backoff::NONE;
            backoff.fail_with(now, None, jitter);
            assert_eq!(backoff.left(now), Some(Duration::from_millis(millis)), "{jitter}");
            assert_eq!(backoff.left(now + Duration::from_millis(millis)), None);
        }
    }

    #[test]
    fn what_the_server_asks_for_counts_when_it_is_longer_and_up_to_five_minutes() {
        let now = UnixTime::from_secs(1_700_000_000);
        for (asked, held) in [(0, 1), (1, 1), (90, 90), (300, 300), (301, 300), (86_400, 300)] {
            let mut backoff = Backoff::NONE;
            backoff.fail_with(now, Some(Duration::from_secs(asked)), 1.0);
            assert_eq!(backoff.left(now), Some(Duration::from_secs(held)), "{asked}");
        }
        let mut backoff = Backoff::NONE;
        backoff.fail_with(now, Some(MAX_RETRY_AFTER), 1.0);
        assert_eq!(backoff.left(now - Duration::from_millis(1)), None, "the clock was set back");
    }

    #[test]
    fn chance_is_between_nothing_and_one_and_no_two_are_alike() {
        let drawn: Vec<f64> = (0..100).map(|_| jitter()).collect();
        assert!(drawn.iter().all(|part| (0.0..=1.0).contains(part)), "{drawn:?}");
        assert!(drawn.windows(2).any(|pair| pair[0] < pair[1]), "{drawn:?}");
        assert!(drawn.iter().any(|part| (0.1..0.9).contains(part)), "{drawn:?}");
    }
}

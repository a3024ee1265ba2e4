//! Delays the next attempt after failures. Pure, except for [`jitter`].

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use crate::time::UnixTime;

/// Longest delay that a server's `Retry-After` can cause.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(300);
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
const SHORTEST: Duration = Duration::from_millis(100);

/// Exponential backoff with full jitter: a second, doubling to a minute, or what the server asks
/// for with `Retry-After`, up to 5 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    /// Failures in a row.
    failures: u32,
    /// The time of the last of them.
    failed_at: UnixTime,
    /// The wait after it.
    wait: Duration,
}

impl Backoff {
    /// No failure yet.
    pub(crate) const NONE: Self =
        Self { failures: 0, failed_at: UnixTime::EPOCH, wait: Duration::ZERO };

    /// Records a failure: `asked` is the server's `Retry-After`, `jitter` a random number from 0
    /// to 1.
    pub(crate) fn fail_with(&mut self, now: UnixTime, asked: Option<Duration>, jitter: f64) {
        let longest = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        let backoff = longest.mul_f64(jitter.clamp(0.0, 1.0)).max(SHORTEST);
        self.failures = self.failures.saturating_add(1);
        self.failed_at = now;
        self.wait = backoff.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER));
    }

    /// Returns true if the last attempt failed.
    pub(crate) const fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Returns how long no attempt may be made.
    #[cfg(any(test, feature = "client", feature = "introspection"))]
    pub(crate) fn left(&self, now: UnixTime) -> Option<Duration> {
        self.left_within(now, MAX_RETRY_AFTER)
    }

    /// As [`left`](Self::left), but the delay is at most `cap` from the failure on. A failure in
    /// the future comes from a clock that was ahead, and is ignored.
    pub(crate) fn left_within(&self, now: UnixTime, cap: Duration) -> Option<Duration> {
        if !self.has_failed() || now < self.failed_at {
            return None;
        }
        let left = (self.failed_at + self.wait.min(cap)).saturating_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Returns the time of the last failure, if the last attempt failed.
    pub(super) const fn failed_at(&self) -> Option<UnixTime> {
        if self.has_failed() { Some(self.failed_at) } else { None }
    }
}

/// A random number from 0 to 1. It need not be secret, and it is drawn while a lock is held: a
/// cryptographic source takes tens of milliseconds for its first number.
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
    fn the_wait_is_any_part_of_the_longest_but_at_least_a_tenth_of_a_second() {
        let now = UnixTime::from_secs(1_700_000_000);
        for (jitter, millis) in [(0.0, 100), (0.05, 100), (0.5, 500), (7.0, 1_000)] {
            let mut backoff = Backoff::NONE;
            backoff.fail_with(now, None, jitter);
            assert_eq!(backoff.left(now), Some(Duration::from_millis(millis)), "{jitter}");
            assert_eq!(backoff.left(now + Duration::from_millis(millis)), None);
        }
    }

    #[test]
    fn retry_after_counts_when_it_is_longer_and_up_to_five_minutes() {
        let now = UnixTime::from_secs(1_700_000_000);
        for (asked, held) in [(0, 1), (1, 1), (90, 90), (300, 300), (301, 300), (86_400, 300)] {
            let mut backoff = Backoff::NONE;
            backoff.fail_with(now, Some(Duration::from_secs(asked)), 1.0);
            assert_eq!(backoff.left(now), Some(Duration::from_secs(held)), "{asked}");
        }
        let mut backoff = Backoff::NONE;
        backoff.fail_with(now, Some(MAX_RETRY_AFTER), 1.0);
        assert_eq!(backoff.left(now - Duration::from_millis(1)), None, "the clock was set back");
        let cap = Duration::from_secs(30);
        assert_eq!(backoff.left_within(now, cap), Some(cap));
        assert_eq!(backoff.left_within(now + cap, cap), None);
    }

    #[test]
    fn jitter_is_between_0_and_1_and_varies() {
        let drawn: Vec<f64> = (0..100).map(|_| jitter()).collect();
        assert!(drawn.iter().all(|part| (0.0..=1.0).contains(part)), "{drawn:?}");
        assert!(drawn.windows(2).any(|pair| pair[0] < pair[1]), "{drawn:?}");
        assert!(drawn.iter().any(|part| (0.1..0.9).contains(part)), "{drawn:?}");
    }
}

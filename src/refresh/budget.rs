//! Limits how many fetches can be caused from outside. Pure.

use std::time::Duration;

use crate::time::UnixTime;

/// A token bucket of attempts: a burst, refilled at a steady rate. It counts attempts, not
/// successes: a limit on successes does not hold in an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    burst: u32,
    refill: Duration,
    left: u32,
    /// The beginning of the current refill period.
    since: UnixTime,
}

impl Budget {
    /// A full bucket of `burst` attempts that gets one back each `refill`.
    pub(crate) const fn new(burst: u32, refill: Duration) -> Self {
        Self { burst, refill, left: burst, since: UnixTime::EPOCH }
    }

    /// Takes one attempt.
    ///
    /// # Errors
    /// How long until there is one.
    pub(crate) fn take(&mut self, now: UnixTime) -> Result<(), Duration> {
        self.fill(now);
        match self.left.checked_sub(1) {
            Some(left) => {
                if self.left == self.burst {
                    self.since = now;
                }
                self.left = left;
                Ok(())
            }
            None => Err((self.since + self.refill).saturating_since(now)),
        }
    }

    /// Returns the time until there is an attempt to take: zero if there is one.
    pub(crate) fn refill_in(mut self, now: UnixTime) -> Duration {
        self.take(now).err().unwrap_or_default()
    }

    fn fill(&mut self, now: UnixTime) {
        if now < self.since {
            // The clock was set back: the period begins anew, with the attempts that are left.
            self.since = now;
        }
        while self.left < self.burst && self.since + self.refill <= now {
            self.left += 1;
            self.since = self.since + self.refill;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_in_a_burst_and_then_one_by_one() {
        let mut budget = Budget::new(2, Duration::from_secs(12));
        let at = |seconds: u64| UnixTime::from_secs(1_700_000_000 + seconds);
        assert_eq!(budget.take(at(0)), Ok(()));
        assert_eq!(budget.take(at(0)), Ok(()));
        assert_eq!(budget.take(at(0)), Err(Duration::from_secs(12)));
        assert_eq!(budget.take(at(11)), Err(Duration::from_secs(1)));
        assert_eq!(budget.take(at(12)), Ok(()));
        assert_eq!(budget.take(at(12)), Err(Duration::from_secs(12)));
        assert_eq!(budget.refill_in(at(12)), Duration::from_secs(12));
        assert_eq!(budget.take(at(1_000)), Ok(()));
        assert_eq!(budget.refill_in(at(1_000)), Duration::ZERO);
        assert_eq!(budget.take(at(1_000)), Ok(()));
        assert!(budget.take(at(1_000)).is_err(), "never more than the burst");
    }

    #[test]
    fn a_clock_that_is_set_back_neither_fills_nor_blocks_the_budget() {
        let mut budget = Budget::new(2, Duration::from_secs(10));
        let at = |seconds: u64| UnixTime::from_secs(1_700_000_000 + seconds);
        assert!(budget.take(at(5_000)).is_ok() && budget.take(at(5_000)).is_ok());
        assert_eq!(budget.take(at(0)), Err(Duration::from_secs(10)));
        assert_eq!(budget.take(at(10)), Ok(()));
    }
}

//! How many fetches unknown key ids may cause. Pure.

use std::time::Duration;

use crate::time::UnixTime;

/// A bucket of attempts that refills at a steady rate. Attempts count, not successes: a limit on
/// successes does not hold in an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    burst: u32,
    refill: Duration,
    left: u32,
    /// When `left` last grew or began to.
    since: UnixTime,
}

impl Budget {
    /// For key ids that were never seen: 2 at once, then one in 30 seconds.
    pub(crate) const fn for_unseen() -> Self {
        Self::new(2, Duration::from_secs(30))
    }

    /// For key ids that a good set published within a day: a flood of junk must not starve a
    /// rotation. 2 at once, then one in 10 seconds.
    pub(crate) const fn for_published() -> Self {
        Self::new(2, Duration::from_secs(10))
    }

    const fn new(burst: u32, refill: Duration) -> Self {
        Self { burst, refill, left: burst, since: UnixTime::EPOCH }
    }

    /// Takes one attempt, or says how long until there is one.
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

    fn fill(&mut self, now: UnixTime) {
        if now < self.since {
            // The clock was set back: begin to count anew, with what is left.
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
        let mut budget = Budget::for_unseen();
        let at = |seconds: u64| UnixTime::from_secs(1_700_000_000 + seconds);
        assert_eq!(budget.take(at(0)), Ok(()));
        assert_eq!(budget.take(at(0)), Ok(()));
        assert_eq!(budget.take(at(0)), Err(Duration::from_secs(30)));
        assert_eq!(budget.take(at(29)), Err(Duration::from_secs(1)));
        assert_eq!(budget.take(at(30)), Ok(()));
        assert_eq!(budget.take(at(30)), Err(Duration::from_secs(30)));
        assert_eq!(budget.take(at(1_000)), Ok(()));
        assert_eq!(budget.take(at(1_000)), Ok(()));
        assert!(budget.take(at(1_000)).is_err(), "never more than the burst");
    }

    #[test]
    fn a_clock_that_is_set_back_neither_fills_nor_blocks_the_budget() {
        let mut budget = Budget::for_published();
        let at = |seconds: u64| UnixTime::from_secs(1_700_000_000 + seconds);
        assert!(budget.take(at(5_000)).is_ok() && budget.take(at(5_000)).is_ok());
        assert_eq!(budget.take(at(0)), Err(Duration::from_secs(10)));
        assert_eq!(budget.take(at(10)), Ok(()));
    }
}

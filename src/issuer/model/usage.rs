//! Counts the requests and tokens of a client against its quota.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::quota::Quota;
use crate::time::{Clock, UnixTime};

/// The requests and tokens of a client in the current minute, hour and day.
///
/// The time is read while the counters are locked, so that parallel requests count in the order of
/// their times. A clock that is wrong for a moment, ahead or back, has no effect once it is right
/// again: see [`Window`].
#[derive(Debug)]
pub(in crate::issuer) struct Usage(Mutex<Windows>);

#[derive(Debug)]
struct Windows {
    minute: Window,
    hour: Window,
    day: Window,
}

/// The periods that a [`Window`] remembers: the current one, the last one, and six that a clock
/// showed while it was wrong for a moment.
const REMEMBERED: usize = 8;

/// The counts of UTC periods of one length, each identified by its number since 1970.
///
/// The periods met last are remembered, the latest first, so that a clock that returns to one
/// finds its count. A period that is not remembered begins at zero if it follows the current one.
/// If it precedes it, the clock was set back: it takes over the current count, so that nothing is
/// given back, and ends at its own end, so that nobody waits for the time that was wrong.
#[derive(Debug)]
struct Window {
    length: Duration,
    counts: [Count; REMEMBERED],
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    number: u64,
    used: u32,
}

impl Usage {
    pub(in crate::issuer) fn new() -> Self {
        let window = |seconds| Window {
            length: Duration::from_secs(seconds),
            counts: [Count::default(); REMEMBERED],
        };
        let (minute, hour, day) = (window(60), window(3_600), window(86_400));
        Self(Mutex::new(Windows { minute, hour, day }))
    }

    /// Counts a request.
    ///
    /// # Errors
    /// The quota is exhausted; the error is when to try again.
    pub(in crate::issuer) fn count_request(
        &self,
        quota: Quota,
        clock: &dyn Clock,
    ) -> Result<(), Duration> {
        self.count(clock, |windows| [(&mut windows.minute, quota.requests_per_minute)])
    }

    /// Counts a token in the hour and in the day, or in neither.
    ///
    /// # Errors
    /// The quota is exhausted; the error is when to try again.
    pub(in crate::issuer) fn count_token(
        &self,
        quota: Quota,
        clock: &dyn Clock,
    ) -> Result<(), Duration> {
        self.count(clock, |windows| {
            let Windows { hour, day, .. } = windows;
            [(hour, quota.tokens_per_hour), (day, quota.tokens_per_day)]
        })
    }

    fn count<const N: usize>(
        &self,
        clock: &dyn Clock,
        choose: impl FnOnce(&mut Windows) -> [(&mut Window, Option<u32>); N],
    ) -> Result<(), Duration> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock.now();
        let mut chosen = choose(&mut windows);
        let mut longest = Duration::ZERO;
        for (window, limit) in &mut chosen {
            window.enter(now);
            if let Some(limit) = *limit {
                longest = longest.max(window.wait(now, limit));
            }
        }
        if !longest.is_zero() {
            return Err(longest);
        }
        for (window, _) in &mut chosen {
            window.add_one();
        }
        Ok(())
    }
}

impl Window {
    fn number(&self, now: UnixTime) -> u64 {
        now.as_secs() / self.length.as_secs()
    }

    /// Makes the period that `now` is in the current one.
    fn enter(&mut self, now: UnixTime) {
        let number = self.number(now);
        let remembered = self.counts.iter().position(|count| count.number == number);
        let oldest = REMEMBERED - 1;
        if let (None, [current, .., last]) = (remembered, &mut self.counts) {
            let used = if number < current.number { current.used } else { 0 };
            *last = Count { number, used };
        }
        if let Some(met_since) = self.counts.get_mut(..=remembered.unwrap_or(oldest)) {
            met_since.rotate_right(1);
        }
    }

    /// Returns how long to wait until one more is within the limit; zero if it is within it now.
    /// Periods that follow the current one count, too: a clock that was set back reaches them
    /// again.
    fn wait(&self, now: UnixTime, limit: u32) -> Duration {
        let number = self.number(now);
        let is_exhausted = |number: u64| {
            self.counts.iter().any(|count| count.number == number && count.used >= limit)
        };
        let following = (number..).take(REMEMBERED).find(|number| !is_exhausted(*number));
        match following.unwrap_or(number + 1) {
            free if free == number => Duration::ZERO,
            free => {
                let begin = UnixTime::from_secs(free.saturating_mul(self.length.as_secs()));
                begin.saturating_since(now).max(Duration::from_secs(1))
            }
        }
    }

    fn add_one(&mut self) {
        let [current, ..] = &mut self.counts;
        current.used = current.used.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;

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
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use proptest::prelude::*;

    use super::*;

    /// The beginning of a day.
    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000 / 86_400 * 86_400);
    const SECOND: Duration = Duration::from_secs(1);
    const DAY: Duration = Duration::from_secs(86_400);

    /// A clock that stands still.
    #[derive(Debug)]
    struct At(UnixTime);

    impl Clock for At {
        fn now(&self) -> UnixTime {
            self.0
        }
    }

    fn request(usage: &Usage, quota: Quota, now: UnixTime) -> Result<(), Duration> {
        usage.count_request(quota, &At(now))
    }

    fn token(usage: &Usage, quota: Quota, now: UnixTime) -> Result<(), Duration> {
        usage.count_token(quota, &At(now))
    }

    #[test]
    fn t34_a_quota_is_used_up_and_comes_back_with_the_next_window() {
        let usage = Usage::new();
        let quota = Quota::unlimited().requests_per_minute(2);
        assert_eq!(request(&usage, quota, NOW), Ok(()));
        assert_eq!(request(&usage, quota, NOW + 10 * SECOND), Ok(()));
        assert_eq!(request(&usage, quota, NOW + 10 * SECOND), Err(50 * SECOND));
        assert_eq!(request(&usage, quota, NOW + 59 * SECOND), Err(SECOND));
        assert_eq!(request(&usage, quota, NOW + 60 * SECOND), Ok(()));
    }

    #[test]
    fn t34_the_longest_wait_counts_and_a_refused_token_uses_nothing_up() {
        let usage = Usage::new();
        let quota = Quota::unlimited().tokens_per_hour(1).tokens_per_day(2);
        assert_eq!(token(&usage, quota, NOW), Ok(()));
        assert_eq!(token(&usage, quota, NOW), Err(3_600 * SECOND));
        assert_eq!(token(&usage, quota, NOW + 3_600 * SECOND), Ok(()));
        assert_eq!(token(&usage, quota, NOW + 7_200 * SECOND), Err((86_400 - 7_200) * SECOND));
        assert_eq!(token(&usage, quota, NOW + DAY), Ok(()));
    }

    #[test]
    fn t34_a_clock_that_is_set_back_gives_no_quota_back() {
        let usage = Usage::new();
        let quota = Quota::unlimited().requests_per_minute(1);
        assert_eq!(request(&usage, quota, NOW + 60 * SECOND), Ok(()));
        assert_eq!(request(&usage, quota, NOW), Err(120 * SECOND), "both are used up");
        assert_eq!(request(&usage, quota, NOW + 60 * SECOND), Err(60 * SECOND), "still used");
        assert_eq!(request(&usage, quota, NOW + 120 * SECOND), Ok(()));
    }

    #[test]
    fn t34_a_clock_that_steps_over_midnight_and_back_gives_one_quota_a_day() {
        let usage = Usage::new();
        let quota = Quota::unlimited().tokens_per_day(5);
        let mut granted = 0;
        for _ in 0..4 {
            for now in [NOW - Duration::from_millis(1), NOW] {
                granted += (0..10).filter(|_| token(&usage, quota, now).is_ok()).count();
            }
        }
        assert_eq!(granted, 10, "five for each day");
    }

    #[test]
    fn t34_a_clock_that_was_ahead_for_a_while_lets_nobody_wait_for_its_time() {
        let usage = Usage::new();
        let quota = Quota::unlimited().requests_per_minute(1).tokens_per_day(1);
        let ahead = NOW + 365 * DAY;
        assert_eq!((request(&usage, quota, ahead), token(&usage, quota, ahead)), (Ok(()), Ok(())));
        assert_eq!(request(&usage, quota, NOW + SECOND), Err(59 * SECOND));
        assert_eq!(token(&usage, quota, NOW + SECOND), Err(86_399 * SECOND));
        let next = NOW + DAY;
        assert_eq!((request(&usage, quota, next), token(&usage, quota, next)), (Ok(()), Ok(())));
    }

    #[test]
    fn what_is_not_limited_is_unlimited() {
        let usage = Usage::new();
        for _ in 0..1_000 {
            assert_eq!(request(&usage, Quota::unlimited(), NOW), Ok(()));
            assert_eq!(token(&usage, Quota::unlimited(), NOW), Ok(()));
        }
    }

    /// Each reading is a millisecond later than the last one, whichever thread reads.
    #[derive(Debug)]
    struct Running(AtomicU64);

    impl Clock for Running {
        fn now(&self) -> UnixTime {
            NOW + Duration::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
        }
    }

    #[test]
    fn t34_eight_threads_get_no_more_than_the_quota_of_each_window() {
        const THREADS: u64 = 8;
        const EACH: u64 = 30_000;
        let usage = Arc::new(Usage::new());
        let clock = Arc::new(Running(AtomicU64::new(0)));
        let quota = Quota::unlimited().requests_per_minute(5);
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (usage, clock) = (usage.clone(), clock.clone());
                std::thread::spawn(move || {
                    (0..EACH).filter(|_| usage.count_request(quota, &*clock).is_ok()).count()
                })
            })
            .collect();
        let granted: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        // Of 240,000 readings at 1 ms there is one window for each 60,000.
        assert_eq!(granted as u64, THREADS * EACH / 60_000 * 5);
    }

    proptest! {
        /// A clock that runs, and for single moments is an hour, a day or ten years ahead or back,
        /// or steps back by a little: by its right readings each minute has its quota and no more.
        #[test]
        fn t34_no_minute_has_more_than_its_quota_whatever_the_clock_does(
            steps in prop::collection::vec((0u64..20_000, 0usize..12, 1usize..4), 1..200),
        ) {
            let wrong: [i64; 6] = [3_600, -3_600, 86_400, -86_400, 315_360_000, -315_360_000];
            let usage = Usage::new();
            let quota = Quota::unlimited().requests_per_minute(3);
            let mut now = NOW;
            let mut granted = std::collections::HashMap::<u64, u32>::new();
            for (millis, which, times) in steps {
                now = now + Duration::from_millis(millis);
                let (reading, is_right) = match wrong.get(which) {
                    Some(seconds) if *seconds > 0 => {
                        (now + Duration::from_secs(seconds.unsigned_abs()), false)
                    }
                    Some(seconds) => (now - Duration::from_secs(seconds.unsigned_abs()), false),
                    None if which == 6 => (now - Duration::from_millis(500), true),
                    None => (now, true),
                };
                for _ in 0..times {
                    let allowed = request(&usage, quota, reading).is_ok();
                    if allowed && is_right {
                        *granted.entry(reading.as_secs() / 60).or_default() += 1;
                    }
                }
                if !is_right {
                    // The clock is right again at once: nobody waits beyond the next minute.
                    if let Err(wait) = request(&usage, quota, now) {
                        prop_assert!(wait <= Duration::from_secs(120), "{wait:?}");
                    } else {
                        *granted.entry(now.as_secs() / 60).or_default() += 1;
                    }
                }
            }
            prop_assert!(granted.values().all(|count| *count <= 3), "{granted:?}");
        }
    }
}

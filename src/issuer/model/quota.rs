//! How much a client may ask for.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::time::UnixTime;

/// How many requests and tokens a client may have in a time. What it does not limit is unlimited.
///
/// The times are whole minutes, hours and days of UTC: with the next one a client begins anew. What
/// is too much is answered 429 `too_many_requests` with `Retry-After`. Only a client that has proven
/// who it is uses its quota up, so that nobody can use up another's; it is counted in memory, from
/// nothing after a restart.
///
/// ```
/// use tower_bearer::issuer::{Account, Quota};
///
/// let quota = Quota::unlimited().requests_per_minute(60).tokens_per_day(1_000);
/// let outsourcer = Account::new("outsourcer-a").quota(quota);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "a quota limits nobody until the issuer or an account has it"]
pub struct Quota {
    requests_per_minute: Option<u32>,
    tokens_per_hour: Option<u32>,
    tokens_per_day: Option<u32>,
}

impl Quota {
    /// Limits nothing.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// How many requests, good or bad, it may send in a minute; at least one.
    pub fn requests_per_minute(self, requests: u32) -> Self {
        Self { requests_per_minute: Some(requests), ..self }
    }

    /// How many tokens it gets in an hour; at least one.
    pub fn tokens_per_hour(self, tokens: u32) -> Self {
        Self { tokens_per_hour: Some(tokens), ..self }
    }

    /// How many tokens it gets in a day; at least one.
    pub fn tokens_per_day(self, tokens: u32) -> Self {
        Self { tokens_per_day: Some(tokens), ..self }
    }

    /// Whether it limits something to nothing.
    pub(in crate::issuer) fn is_zero(self) -> bool {
        [self.requests_per_minute, self.tokens_per_hour, self.tokens_per_day].contains(&Some(0))
    }
}

/// What a client has used of its quota.
#[derive(Debug)]
pub(in crate::issuer) struct Usage(Mutex<Windows>);

#[derive(Debug)]
struct Windows {
    requests: Window,
    hour: Window,
    day: Window,
}

/// The time that runs, by its number since 1970, and what was used in it.
#[derive(Debug)]
struct Window {
    length: Duration,
    number: u64,
    used: u32,
}

impl Usage {
    pub(in crate::issuer) fn new() -> Self {
        let window = |seconds| Window { length: Duration::from_secs(seconds), number: 0, used: 0 };
        let (requests, hour, day) = (window(60), window(3_600), window(86_400));
        Self(Mutex::new(Windows { requests, hour, day }))
    }

    /// Counts a request; the error is when to try again.
    pub(in crate::issuer) fn request(&self, quota: Quota, now: UnixTime) -> Result<(), Duration> {
        self.take(now, |windows| [(&mut windows.requests, quota.requests_per_minute)])
    }

    /// Counts a token in each of its times, or in none.
    pub(in crate::issuer) fn token(&self, quota: Quota, now: UnixTime) -> Result<(), Duration> {
        self.take(now, |windows| {
            let Windows { hour, day, .. } = windows;
            [(hour, quota.tokens_per_hour), (day, quota.tokens_per_day)]
        })
    }

    fn take<const N: usize>(
        &self,
        now: UnixTime,
        choose: impl FnOnce(&mut Windows) -> [(&mut Window, Option<u32>); N],
    ) -> Result<(), Duration> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chosen = choose(&mut windows);
        let mut longest = Duration::ZERO;
        for (window, limit) in &mut chosen {
            window.turn(now);
            if limit.is_some_and(|limit| window.used >= limit) {
                longest = longest.max(window.left(now));
            }
        }
        if !longest.is_zero() {
            return Err(longest);
        }
        for (window, _) in &mut chosen {
            window.used = window.used.saturating_add(1);
        }
        Ok(())
    }
}

impl Window {
    /// Begins the window that `now` is in. A clock that is set back gives nothing back, and lets
    /// nobody wait for the time from which it came.
    fn turn(&mut self, now: UnixTime) {
        let number = now.as_secs() / self.length.as_secs();
        if number > self.number {
            self.used = 0;
        }
        self.number = number;
    }

    fn left(&self, now: UnixTime) -> Duration {
        let end = UnixTime::from_secs((self.number + 1).saturating_mul(self.length.as_secs()));
        end.saturating_since(now).max(Duration::from_secs(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of a day.
    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000 / 86_400 * 86_400);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn t34_a_quota_is_used_up_and_comes_back_with_the_next_window() {
        let usage = Usage::new();
        let quota = Quota::unlimited().requests_per_minute(2);
        assert_eq!(usage.request(quota, NOW), Ok(()));
        assert_eq!(usage.request(quota, NOW + 10 * SECOND), Ok(()));
        assert_eq!(usage.request(quota, NOW + 10 * SECOND), Err(50 * SECOND));
        assert_eq!(usage.request(quota, NOW + 59 * SECOND), Err(SECOND));
        assert_eq!(usage.request(quota, NOW + 60 * SECOND), Ok(()));
    }

    #[test]
    fn t34_the_longest_wait_counts_and_a_refused_token_uses_nothing_up() {
        let usage = Usage::new();
        let quota = Quota::unlimited().tokens_per_hour(1).tokens_per_day(2);
        assert_eq!(usage.token(quota, NOW), Ok(()));
        assert_eq!(usage.token(quota, NOW), Err(3_600 * SECOND));
        assert_eq!(usage.token(quota, NOW + 3_600 * SECOND), Ok(()));
        assert_eq!(usage.token(quota, NOW + 7_200 * SECOND), Err((86_400 - 7_200) * SECOND));
        assert_eq!(usage.token(quota, NOW + 86_400 * SECOND), Ok(()));
    }

    #[test]
    fn t34_a_clock_that_is_set_back_gives_no_quota_back() {
        let usage = Usage::new();
        let quota = Quota::unlimited().requests_per_minute(1);
        assert_eq!(usage.request(quota, NOW + 60 * SECOND), Ok(()));
        assert_eq!(usage.request(quota, NOW), Err(60 * SECOND));
        assert_eq!(usage.request(quota, NOW + 60 * SECOND), Ok(()));
    }

    #[test]
    fn t34_a_clock_that_was_ahead_for_a_while_lets_nobody_wait_for_its_time() {
        let usage = Usage::new();
        let quota = Quota::unlimited().requests_per_minute(1).tokens_per_day(1);
        let ahead = NOW + 365 * 86_400 * SECOND;
        assert_eq!((usage.request(quota, ahead), usage.token(quota, ahead)), (Ok(()), Ok(())));
        assert_eq!(usage.request(quota, NOW + SECOND), Err(59 * SECOND));
        assert_eq!(usage.token(quota, NOW + SECOND), Err(86_399 * SECOND));
        let next = NOW + 86_400 * SECOND;
        assert_eq!((usage.request(quota, next), usage.token(quota, next)), (Ok(()), Ok(())));
    }

    #[test]
    fn what_is_not_limited_is_unlimited() {
        let usage = Usage::new();
        for _ in 0..1_000 {
            assert_eq!(usage.request(Quota::unlimited(), NOW), Ok(()));
            assert_eq!(usage.token(Quota::unlimited(), NOW), Ok(()));
        }
    }
}

//! Slows down the guessing of secrets, without locking anybody out.

use std::time::Duration;

use moka::sync::Cache;

use crate::issuer::model::resolve::MAX_KEY_BYTES;

/// The number of failures of one client that are answered without a delay, since people mistype.
const FREE_FAILURES: u32 = 5;
const FIRST_DELAY: Duration = Duration::from_millis(100);
const MAX_DELAY: Duration = Duration::from_secs(5);

/// The most clients whose failures are counted.
const MAX_CLIENTS: u64 = 10_000;
/// The failures of a client are forgotten this long after the last one.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Counts the failures of each claimed client id, whether there is such an account or not.
///
/// Only the answer to a failure is delayed, twice as long for each further failure. A correct
/// secret is answered at once, so that no stranger can lock an account.
#[derive(Debug)]
pub(super) struct Throttle(Cache<Box<str>, u32>);

impl Throttle {
    pub(super) fn new() -> Self {
        let failures = Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(FORGOTTEN_AFTER);
        Self(failures.build())
    }

    /// Counts a failure. Returns how long its answer is held back.
    pub(super) fn failed(&self, client_id: &str) -> Duration {
        // No account has a longer key.
        let client_id = if client_id.len() > MAX_KEY_BYTES { "" } else { client_id };
        let count = self
            .0
            .entry(client_id.into())
            .and_upsert_with(|known| known.map_or(0, |known| known.into_value()).saturating_add(1));
        delay(count.into_value())
    }
}

fn delay(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES + 1) {
        None => Duration::ZERO,
        Some(more) => FIRST_DELAY.saturating_mul(1 << more.min(16)).min(MAX_DELAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_held_back_longer_and_longer_up_to_five_seconds() {
        let throttle = Throttle::new();
        let millis = |_| throttle.failed("a").as_millis();
        let delays: Vec<u128> = (0..14).map(millis).collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        assert_eq!(throttle.failed("b"), Duration::ZERO, "another client's failures are its own");
        assert_eq!(delay(u32::MAX), MAX_DELAY);
    }

    #[test]
    fn ids_longer_than_any_accounts_are_counted_together() {
        let throttle = Throttle::new();
        let long = |n: usize| "x".repeat(MAX_KEY_BYTES + n);
        let delays: Vec<_> = (1..=6).map(|n| throttle.failed(&long(n)).as_millis()).collect();
        assert_eq!(delays, [0, 0, 0, 0, 0, 100]);
    }
}

//! Slows down who guesses secrets, without locking anybody out.

use std::time::Duration;

use moka::sync::Cache;

use crate::issuer::model::check::MAX_KEY_BYTES;

/// How many failures of one client are answered at once: a person mistypes.
const FREE: u32 = 5;
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// The most clients whose failures are counted, and how long after the last one they are forgotten.
const MAX_CLIENTS: u64 = 10_000;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Counts the failures of each client id that was claimed, whether there is such an account or not.
///
/// Only the answer to a failure is held back, the longer the more there were. A right secret is
/// answered at once, so that no stranger can keep an account from its owner.
#[derive(Debug)]
pub(in crate::issuer) struct Slowdown(Cache<Box<str>, u32>);

impl Slowdown {
    pub(in crate::issuer) fn new() -> Self {
        let failures = Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(FORGOTTEN_AFTER);
        Self(failures.build())
    }

    /// How long to hold back the answer to one more failure.
    pub(in crate::issuer) fn failed(&self, client_id: &str) -> Duration {
        // No account has a longer key.
        let client_id = if client_id.len() > MAX_KEY_BYTES { "" } else { client_id };
        let count = self
            .0
            .entry(client_id.into())
            .and_upsert_with(|known| known.map_or(0, |known| known.into_value()).saturating_add(1));
        held_back(count.into_value())
    }
}

fn held_back(failures: u32) -> Duration {
    match failures.checked_sub(FREE + 1) {
        None => Duration::ZERO,
        Some(more) => FIRST.saturating_mul(1 << more.min(16)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_held_back_longer_and_longer_up_to_five_seconds() {
        let slowdown = Slowdown::new();
        let millis = |_| slowdown.failed("a").as_millis();
        let held: Vec<u128> = (0..14).map(millis).collect();
        assert_eq!(held, [0, 0, 0, 0, 0, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
        assert_eq!(slowdown.failed("b"), Duration::ZERO, "another client's failures are its own");
        assert_eq!(held_back(u32::MAX), LONGEST);
    }

    #[test]
    fn ids_longer_than_any_accounts_are_counted_together() {
        let slowdown = Slowdown::new();
        let long = |n: usize| "x".repeat(MAX_KEY_BYTES + n);
        let held: Vec<_> = (1..=6).map(|n| slowdown.failed(&long(n)).as_millis()).collect();
        assert_eq!(held, [0, 0, 0, 0, 0, 100]);
    }
}

//! The times at which a document changes its state.

use std::time::Duration;

use crate::time::UnixTime;

/// Shortest lifetime of a document, whatever its server says.
pub(crate) const MIN_TTL: Duration = Duration::from_secs(300);
/// Longest lifetime that can be configured.
pub(crate) const MAX_TTL: Duration = Duration::from_secs(3_600);
/// The time for which a document stays usable after its soft expiry if its server is unreachable.
pub(crate) const DEFAULT_STALE: Duration = Duration::from_secs(3_600);
/// Longest such time that can be configured.
pub(crate) const MAX_STALE: Duration = Duration::from_secs(24 * 3_600);

/// The lifetimes of documents, and the longest fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    pub(crate) max_ttl: Duration,
    pub(crate) stale_if_error: Duration,
    /// Limit for a whole fetch.
    pub(crate) fetch_timeout: Duration,
}

/// The times at which a document changes its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) fetched_at: UnixTime,
    /// From here on it is refreshed in the background.
    pub(super) refresh_at: UnixTime,
    /// The soft expiry: from here on it is stale.
    pub(super) soft_until: UnixTime,
    /// The hard expiry: from here on it is not used.
    pub(super) hard_until: UnixTime,
}

impl Times {
    /// The times of a document that is fetched now. `max_age` is the lifetime that its server
    /// states, `jitter` a random number from 0 to 1.
    pub(super) fn new(
        lifetimes: &Lifetimes,
        now: UnixTime,
        max_age: Option<Duration>,
        jitter: f64,
    ) -> Self {
        let longest = lifetimes.max_ttl.clamp(MIN_TTL, MAX_TTL);
        let ttl = max_age.unwrap_or(MIN_TTL).clamp(MIN_TTL, longest);
        let soft_until = now + ttl;
        Self {
            fetched_at: now,
            // At 80 % of the lifetime, plus or minus a tenth of that: instances that start together
            // must not refresh together.
            refresh_at: now + ttl.mul_f64(0.72 + 0.16 * jitter.clamp(0.0, 1.0)),
            soft_until,
            hard_until: soft_until + lifetimes.stale_if_error.min(MAX_STALE),
        }
    }

    /// Returns times that are due now, with the whole lifetime from now on.
    pub(super) fn rewound_to(self, now: UnixTime) -> Self {
        let from_now = |then: UnixTime| now + then.saturating_since(self.fetched_at);
        Self {
            fetched_at: now,
            refresh_at: now,
            soft_until: from_now(self.soft_until),
            hard_until: from_now(self.hard_until),
        }
    }
}

//! The times at which a document changes its state.

use std::time::Duration;

use crate::time::UnixTime;

/// Shortest lifetime of a key set, whatever its server says.
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
    /// Shortest lifetime, whatever the server says.
    pub(crate) min_ttl: Duration,
    pub(crate) max_ttl: Duration,
    pub(crate) stale_if_error: Duration,
    pub(crate) stale_rule: StaleRule,
    /// Limit for a whole fetch.
    pub(crate) fetch_timeout: Duration,
}

/// When a stale document is served at once. Otherwise requests wait for a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StaleRule {
    /// After a fetch has failed since the document went stale.
    FailedSinceStale,
    /// After a fetch that began, or failed, when the document was due already: so no request waits
    /// while there is traffic. An attempt that failed more than a minute ago does not count: the
    /// server may have recovered while nobody asked.
    #[cfg_attr(not(feature = "status-list"), expect(dead_code, reason = "for status lists"))]
    AskedSinceDue,
}

/// How long a failed attempt counts by [`StaleRule::AskedSinceDue`]. Retries come at most every 30
/// seconds while there is traffic, and a fetch takes a few more.
pub(super) const RECENT: Duration = Duration::from_secs(60);

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
        let shortest = lifetimes.min_ttl.min(MAX_TTL);
        let longest = lifetimes.max_ttl.clamp(shortest, MAX_TTL);
        let ttl = max_age.unwrap_or(shortest).clamp(shortest, longest);
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

//! Quotas of clients.

/// Limits the requests and tokens of a client; unlimited by default.
///
/// The periods are whole minutes, hours and days of UTC, and each begins a new count. Requests beyond
/// the quota are answered 429 `too_many_requests` with `Retry-After`. Only authenticated requests
/// count, so that nobody can exhaust the quota of another client. The counts are in memory and are
/// lost at a restart.
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
    pub(super) requests_per_minute: Option<u32>,
    pub(super) tokens_per_hour: Option<u32>,
    pub(super) tokens_per_day: Option<u32>,
}

impl Quota {
    /// No limits.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Limits the requests in a minute, successful or not; at least one.
    pub fn requests_per_minute(self, requests: u32) -> Self {
        Self { requests_per_minute: Some(requests), ..self }
    }

    /// Limits the tokens in an hour; at least one.
    pub fn tokens_per_hour(self, tokens: u32) -> Self {
        Self { tokens_per_hour: Some(tokens), ..self }
    }

    /// Limits the tokens in a day; at least one.
    pub fn tokens_per_day(self, tokens: u32) -> Self {
        Self { tokens_per_day: Some(tokens), ..self }
    }

    /// Returns true if something is limited to zero.
    pub(in crate::issuer) fn is_zero(self) -> bool {
        [self.requests_per_minute, self.tokens_per_hour, self.tokens_per_day].contains(&Some(0))
    }
}

//! How much a client may ask for.

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
    pub(super) requests_per_minute: Option<u32>,
    pub(super) tokens_per_hour: Option<u32>,
    pub(super) tokens_per_day: Option<u32>,
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

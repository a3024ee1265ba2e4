//! What is taken back.

use super::recorded_grant::RecordedGrant;
use crate::time::UnixTime;

/// Names the tokens that [`TokenIssuer::revoke`](crate::issuer::TokenIssuer::revoke) takes back.
///
/// ```
/// use tower_bearer::{issuer::Revocation, time::UnixTime};
///
/// let leaked_today = UnixTime::from_secs(1_800_000_000);
/// let of_one = Revocation::account("outsourcer-a");
/// let since = Revocation::every_token().since(leaked_today);
/// # assert_ne!(of_one, since);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a revocation does nothing until an issuer revokes it"]
pub struct Revocation {
    account: Option<String>,
    pub(super) since: UnixTime,
}

impl Revocation {
    /// Names the tokens of one account, whether it still exists or not.
    pub fn account(key: impl Into<String>) -> Self {
        Self { account: Some(key.into()), since: UnixTime::EPOCH }
    }

    /// Names the tokens of all accounts.
    pub const fn every_token() -> Self {
        Self { account: None, since: UnixTime::EPOCH }
    }

    /// Leaves out the tokens that were issued before `time`. Those of the last 10 minutes before it
    /// may be taken back as well: the issuer records when it begins a block of tokens.
    pub fn since(self, time: UnixTime) -> Self {
        Self { since: time, ..self }
    }

    pub(super) fn names(&self, grant: &RecordedGrant) -> bool {
        self.account.as_ref().is_none_or(|account| *account == grant.account)
    }
}

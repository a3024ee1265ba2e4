//! What tokens were issued for, as far as it decides whether they are still granted.

use serde::{Deserialize, Serialize};

use crate::issuer::{configuration::Configuration, model::grant_policy::ExcessScope};

/// The grant of one or more tokens: whose they are and for what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::issuer) struct RecordedGrant {
    /// The account's key.
    pub(in crate::issuer) account: String,
    /// The ids of the applications.
    pub(in crate::issuer) applications: Vec<String>,
    pub(in crate::issuer) scope: String,
    /// The fingerprints of the credentials that the account had, separated by blanks.
    pub(in crate::issuer) credentials: String,
}

impl RecordedGrant {
    /// Returns true if an account would still get all of it: the account exists and has each
    /// credential that it had, no application is disabled for it, and its rules allow each scope.
    ///
    /// It does **not** ask the hooks.
    pub(super) fn is_granted(&self, config: &Configuration) -> bool {
        let Some(account) = config.registry.account(&self.account) else { return false };
        let has =
            |credential: &str| account.credentials.split(' ').any(|known| known == credential);
        self.credentials.split(' ').all(has)
            && self.applications.iter().all(|id| {
                let place = config.registry.applications.by_name(id);
                let grant = account.grants.iter().find(|grant| Some(grant.application) == place);
                grant.is_some_and(|grant| {
                    let judged = grant.rules.judge(Some(&self.scope), ExcessScope::Reject);
                    !grant.disabled && (self.scope.is_empty() || judged.rejected_scope.is_empty())
                })
            })
    }
}

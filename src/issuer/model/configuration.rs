//! What can be replaced while an issuer runs, checked as a whole.

use std::{collections::HashMap, sync::Arc, time::Duration};

use crate::issuer::{
    builder::DEFAULT_LIFETIME,
    grant::hooks::Hooks,
    model::account::Account,
    model::application::Application,
    model::check,
    model::grant_policy::GrantPolicy,
    model::profile::Profile,
    model::quota::{Quota, Usage},
    model::registry::Registry,
    model::rule::Rule,
};
use crate::{
    algorithm::Algorithm,
    error::{ConfigError, Problems},
};

/// The settings as they were given.
#[derive(Debug)]
pub(in crate::issuer) struct Model {
    /// The algorithm of the next new key.
    pub(in crate::issuer) algorithm: Option<Algorithm>,
    pub(in crate::issuer) rotate_every: Option<Duration>,
    pub(in crate::issuer) profile: Profile,
    pub(in crate::issuer) lifetime: Duration,
    pub(in crate::issuer) grant_policy: GrantPolicy,
    pub(in crate::issuer) default_application: Option<String>,
    pub(in crate::issuer) applications: Vec<Application>,
    pub(in crate::issuer) accounts: Vec<Account>,
    pub(in crate::issuer) rules: Vec<Rule>,
    pub(in crate::issuer) hooks: Hooks,
    pub(in crate::issuer) quota: Quota,
    pub(in crate::issuer) legacy_assertion_audience: bool,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            algorithm: None,
            rotate_every: None,
            profile: Profile::default(),
            lifetime: DEFAULT_LIFETIME,
            grant_policy: GrantPolicy::default(),
            default_application: None,
            applications: Vec::new(),
            accounts: Vec::new(),
            rules: Vec::new(),
            hooks: Hooks::default(),
            quota: Quota::default(),
            legacy_assertion_audience: false,
        }
    }
}

/// The settings that were checked. A request is answered by the one configuration that it found.
#[derive(Debug)]
pub(in crate::issuer) struct Configuration {
    pub(in crate::issuer) algorithm: Option<Algorithm>,
    pub(in crate::issuer) rotate_every: Option<Duration>,
    pub(in crate::issuer) profile: Profile,
    pub(in crate::issuer) lifetime: Duration,
    pub(in crate::issuer) grant_policy: GrantPolicy,
    pub(in crate::issuer) default_application: Option<usize>,
    pub(in crate::issuer) hooks: Hooks,
    /// Of each account that has none of its own.
    pub(in crate::issuer) quota: Quota,
    pub(in crate::issuer) legacy_assertion_audience: bool,
    pub(in crate::issuer) registry: Registry,
}

impl Model {
    /// Checks everything; each problem is added to `problems`. An account that `last` has, too, has
    /// used what it has used.
    pub(in crate::issuer) fn check(
        self,
        last: Option<&Configuration>,
        mut problems: Problems,
    ) -> Result<Configuration, ConfigError> {
        check::lifetime("lifetime", self.lifetime, &mut problems);
        let registry = Registry::new(self.applications, self.lifetime, &mut problems)
            .map_err(check::no_randomness)?;
        for account in with_rules(self.accounts, self.rules, &mut problems) {
            let known = last.and_then(|last| last.registry.account(&account.key));
            let usage = known.map_or_else(|| Arc::new(Usage::new()), |known| known.usage.clone());
            if let Err(error) = registry.add(account, usage) {
                problems.append(error);
            }
        }
        let default_application = self.default_application.and_then(|name| {
            let at = registry.by_name(&name);
            if at.is_none() {
                let fault =
                    format!("names no application: `{name}` is neither an id nor an audience");
                problems.add("default_application", fault);
            }
            at
        });
        if let Some(every) = self.rotate_every {
            check::rotation(every, registry.longest_lifetime(), &mut problems);
        }
        if self.quota.is_zero() {
            problems.add("quota", "limits something to nothing, so that nobody gets a token");
        }
        problems.or(Configuration {
            quota: self.quota,
            legacy_assertion_audience: self.legacy_assertion_audience,
            algorithm: self.algorithm,
            rotate_every: self.rotate_every,
            profile: self.profile,
            lifetime: self.lifetime,
            grant_policy: self.grant_policy,
            default_application,
            hooks: self.hooks,
            registry,
        })
    }
}

/// Gives each rule to the account that is its subject.
fn with_rules(
    mut accounts: Vec<Account>,
    rules: Vec<Rule>,
    problems: &mut Problems,
) -> Vec<Account> {
    let by_key: HashMap<String, usize> =
        accounts.iter().enumerate().map(|(at, account)| (account.key.clone(), at)).collect();
    for (place, rule) in rules.into_iter().enumerate() {
        let subject = rule.subject.as_ref();
        let account = subject.and_then(|key| accounts.get_mut(*by_key.get(key)?));
        match (account, subject) {
            (Some(account), _) => account.rules.push(rule),
            (None, None) => problems.add(
                format!("rule {}", place + 1),
                "has no subject: name the account that it is about with `subject`",
            ),
            (None, Some(key)) => problems.add(
                format!("rule {}", place + 1),
                format!("has the subject `{key}`, which is no account's key"),
            ),
        }
    }
    accounts
}

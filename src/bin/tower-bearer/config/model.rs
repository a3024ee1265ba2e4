//! The content of a configuration file that was read.

use std::collections::HashMap;

use super::{
    entries::{AccountEntry, ApplicationEntry, RuleEntry},
    settings::Settings,
    trusted::TrustedIssuerEntry,
};

/// The content of the file.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) applications: Vec<ApplicationEntry>,
    pub(crate) accounts: Vec<AccountEntry>,
    pub(crate) rules: Vec<RuleEntry>,
    pub(crate) trusted_issuers: Vec<TrustedIssuerEntry>,
    /// The line of each setting at the head of the file.
    pub(super) setting_lines: HashMap<String, usize>,
}

impl Config {
    pub(crate) fn account(&self, key: &str) -> Option<&AccountEntry> {
        self.accounts.iter().find(|account| account.key == key)
    }

    pub(super) fn rules_by_account(&self) -> HashMap<&str, Vec<&RuleEntry>> {
        let mut rules: HashMap<_, Vec<_>> = HashMap::new();
        for rule in &self.rules {
            rules.entry(rule.account.value.as_str()).or_default().push(rule);
        }
        rules
    }
}

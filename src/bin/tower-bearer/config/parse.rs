//! Reads and checks a configuration file.

use std::collections::{HashMap, HashSet};

use toml::de::DeTable;

use super::{
    diagnostics::{Collector, Lines, Problems},
    entries::{AccountEntry, ApplicationEntry, RuleEntry},
    model::Config,
    reader::{Reader, Spanned, Table},
    settings::Settings,
    trusted::TrustedIssuerEntry,
};

impl Config {
    /// Reads the file, and checks the issuer that it describes.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, Problems> {
        let lines = Lines::new(text);
        let problems = Collector::default();
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let line = error.span().map_or(1, |span| lines.number(span.start));
            problems.add(line, format!("not valid TOML: {}", error.message()));
        }
        if !errors.is_empty() {
            return Err(problems.into_problems());
        }
        let reader = Reader { lines: &lines, problems: &problems };
        let span = document.span();
        let document = document.get_ref();
        let mut table = Table::new(&reader, document, &span, "");
        let Some(settings) = Settings::read(&mut table) else {
            return Err(problems.into_problems());
        };
        let wrong_settings = problems.len();
        let applications = table.tables("application").into_iter();
        let accounts = table.tables("account").into_iter();
        let rules = table.tables("rule").into_iter();
        let trusted = table.tables("trusted_issuer").into_iter();
        let config = Self {
            settings,
            applications: applications.filter_map(ApplicationEntry::read).collect(),
            accounts: accounts.filter_map(AccountEntry::read).collect(),
            rules: rules.filter_map(RuleEntry::read).collect(),
            trusted_issuers: trusted.filter_map(TrustedIssuerEntry::read).collect(),
            setting_lines: document
                .iter()
                .map(|(name, _)| (name.get_ref().to_string(), lines.number(name.span().start)))
                .collect(),
        };
        config.check_references(&problems);
        let wrong_entries = problems.len() - wrong_settings;
        table.finish();
        // The library checks the entries even if a setting is wrong. It does not check wrong
        // entries: it would report the same problems again.
        if wrong_entries == 0 {
            config.check_issuer(&problems);
        }
        if problems.is_empty() { Ok(config) } else { Err(problems.into_problems()) }
    }

    /// Checks that keys are unique, and that rules name accounts and applications that exist.
    fn check_references(&self, problems: &Collector) {
        let mut keys = HashMap::new();
        for account in &self.accounts {
            if let Some(first) = keys.insert(account.key.as_str(), account.line) {
                let help = format!("line {first} has it, too; give each account its own key");
                let text = format!("account `{}` is defined twice: {help}", account.key);
                problems.add(account.line, text);
            }
        }
        let names: HashSet<_> = self
            .applications
            .iter()
            .flat_map(|known| [Some(known.id.as_str()), known.audience.as_deref()])
            .flatten()
            .collect();
        let check_application = |application: &Spanned<String>| {
            let Spanned { line, value } = application;
            if !names.contains(value.as_str()) {
                let help = "name the `id` or `audience` of an [[application]]";
                problems.add(*line, format!("there is no application `{value}`: {help}"));
            }
        };
        for rule in &self.rules {
            let Spanned { line, value } = &rule.account;
            if !keys.contains_key(value.as_str()) {
                let help = "name the `key` of an [[account]], or remove the rule";
                problems.add(*line, format!("there is no account `{value}`: {help}"));
            }
            check_application(&rule.application);
        }
        self.accounts.iter().flat_map(|account| &account.disabled).for_each(check_application);
    }
}

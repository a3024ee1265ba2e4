//! The file as a whole, and the issuer that it describes.

use std::collections::{HashMap, HashSet};

use toml::de::{DeTable, DeValue};
use tower_bearer::{
    algorithm::Algorithm,
    issuer::{TokenIssuer, TokenIssuerBuilder},
    key::SigningKey,
};

use super::{
    entries::{AccountEntry, ApplicationEntry, RuleEntry},
    lines::Lines,
    locate::in_words,
    problem::{Collector, Problems},
    section::{At, Page, Section},
    settings::Settings,
};
use crate::ui::told;

/// What the file says.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) applications: Vec<ApplicationEntry>,
    pub(crate) accounts: Vec<AccountEntry>,
    pub(crate) rules: Vec<RuleEntry>,
    /// The line of each setting at the head of the file.
    pub(super) heads: HashMap<String, usize>,
}

impl Config {
    /// Reads the file, and checks the issuer that it describes.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, Problems> {
        let lines = Lines::of(text);
        let problems = Collector::default();
        let (document, faults) = DeTable::parse_recoverable(text);
        for fault in &faults {
            let line = fault.span().map_or(1, |span| lines.number(span.start));
            problems.add(line, format!("this is no TOML: {}", fault.message()));
        }
        if !faults.is_empty() {
            return Err(problems.all());
        }
        let page = Page { lines: &lines, problems: &problems };
        let span = document.span();
        let table = document.get_ref();
        let mut section = Section::new(&page, table, &span, "");
        let Some(settings) = Settings::read(&mut section) else { return Err(problems.all()) };
        let wrong_settings = problems.len();
        let applications = section.sections("application").into_iter();
        let accounts = section.sections("account").into_iter();
        let rules = section.sections("rule").into_iter();
        let heads = table.iter().filter(|(_, value)| !matches!(value.get_ref(), DeValue::Array(_)));
        let config = Self {
            settings,
            applications: applications.filter_map(ApplicationEntry::read).collect(),
            accounts: accounts.filter_map(AccountEntry::read).collect(),
            rules: rules.filter_map(RuleEntry::read).collect(),
            heads: heads
                .map(|(name, _)| (name.get_ref().to_string(), lines.number(name.span().start)))
                .collect(),
        };
        config.check_references(&problems);
        let wrong_entries = problems.len() - wrong_settings;
        section.finish();
        // The issuer judges the entries even where the settings are wrong, but no wrong entries:
        // that would only say the same again.
        if wrong_entries == 0 {
            config.check(&problems);
        }
        if problems.is_empty() { Ok(config) } else { Err(problems.all()) }
    }

    /// A rule speaks of an account and of an application, and one entry has one key.
    fn check_references(&self, problems: &Collector) {
        let mut keys = HashMap::new();
        for account in &self.accounts {
            if let Some(first) = keys.insert(account.key.as_str(), account.line) {
                let cure = format!("line {first} has it; give each account a key of its own");
                problems
                    .add(account.line, format!("account `{}` is there twice: {cure}", account.key));
            }
        }
        let names: HashSet<_> = self
            .applications
            .iter()
            .flat_map(|known| [Some(known.id.as_str()), known.audience.as_deref()])
            .flatten()
            .collect();
        let no_application = |at: &At<String>| {
            let cure = "name an `id` or `audience` that an [[application]] has";
            problems.add(at.line, format!("there is no application `{}`: {cure}", at.value));
        };
        for rule in &self.rules {
            if !keys.contains_key(rule.account.value.as_str()) {
                let cure = "name the `key` of an [[account]], or remove the rule";
                let text = format!("there is no account `{}`: {cure}", rule.account.value);
                problems.add(rule.account.line, text);
            }
            if !names.contains(rule.application.value.as_str()) {
                no_application(&rule.application);
            }
        }
        for disabled in self.accounts.iter().flat_map(|account| &account.disabled) {
            if !names.contains(disabled.value.as_str()) {
                no_application(disabled);
            }
        }
    }

    /// The issuer itself knows best what it takes; the key that it needs for that is not kept.
    fn check(&self, problems: &Collector) {
        let key = match SigningKey::generate(Algorithm::ES256) {
            Ok(key) => key,
            Err(error) => return problems.add(1, told(&error)),
        };
        let Some(builder) = self.set_up(problems) else { return };
        if let Err(error) = builder.signing_key(key).build() {
            let rules = self.rules_of_accounts();
            for problem in error.problems() {
                let (setting, cure) = (problem.setting(), problem.cure());
                problems.add(
                    self.line_of(setting, cure, &rules),
                    in_words(&format!("{setting} {cure}")),
                );
            }
        }
    }

    /// Sets up the issuer, which still has no key.
    ///
    /// # Errors
    /// When a hash or a public key in the file is none, which a checked file does not have.
    pub(crate) fn builder(&self) -> Result<TokenIssuerBuilder, Problems> {
        let problems = Collector::default();
        self.set_up(&problems).ok_or_else(|| problems.all())
    }

    fn set_up(&self, problems: &Collector) -> Option<TokenIssuerBuilder> {
        let before = problems.len();
        let settings = &self.settings;
        let mut builder = TokenIssuer::builder(settings.issuer.clone())
            .algorithm(settings.algorithm)
            .lifetime(settings.lifetime)
            .profile(settings.profile)
            .grant_policy(settings.answers);
        if let Some(every) = settings.rotation {
            builder = builder.rotate_every(every);
        }
        if let Some(quota) = settings.quota {
            builder = builder.quota(quota);
        }
        if settings.legacy_assertion_audience {
            builder = builder.legacy_assertion_audience();
        }
        if settings.allow_loopback_http {
            builder = builder.allow_loopback_http();
        }
        if let Some(name) = &settings.default_application {
            builder = builder.default_application(name);
        }
        for entry in &self.applications {
            builder = builder.application(entry.application());
        }
        let rules = self.rules_of_accounts();
        for entry in &self.accounts {
            let rules = rules.get(entry.key.as_str()).map_or(&[][..], Vec::as_slice);
            builder = builder.account(entry.account(rules, problems));
        }
        (problems.len() == before).then_some(builder)
    }

    fn rules_of_accounts(&self) -> HashMap<&str, Vec<&RuleEntry>> {
        let mut rules: HashMap<_, Vec<_>> = HashMap::new();
        for rule in &self.rules {
            rules.entry(rule.account.value.as_str()).or_default().push(rule);
        }
        rules
    }
}

//! Builds the issuer that a configuration describes, and maps the library's problems to lines.

use tower_bearer::{
    algorithm::Algorithm,
    error::{Problem, Setting},
    issuer::{Account, Application, Rule, TokenIssuer, TokenIssuerBuilder},
    key::SigningKey,
};

use super::{
    diagnostics::{Collector, Problems},
    entries::{AccountEntry, ApplicationEntry, Resource, RuleEntry},
    model::Config,
    public_keys::key_set,
    reader::Spanned,
    vocabulary::Effect,
};
use crate::ui::error_chain;

impl Config {
    /// The issuer, which still needs a key.
    ///
    /// # Errors
    /// A malformed hash or public key; a checked file has none.
    pub(crate) fn builder(&self) -> Result<TokenIssuerBuilder, Problems> {
        let problems = Collector::default();
        self.try_builder(&problems).ok_or_else(|| problems.into_problems())
    }

    /// Lets the library check the issuer; the key that it needs for that is dropped.
    pub(super) fn check_issuer(&self, problems: &Collector) {
        let key = match SigningKey::generate(Algorithm::ES256) {
            Ok(key) => key,
            Err(error) => return problems.add(1, error_chain(&error)),
        };
        let Some(builder) = self.try_builder(problems) else { return };
        if let Err(error) = builder.signing_key(key).build() {
            for problem in error.problems() {
                problems.add(self.line_of(problem.setting()), in_words_of_the_file(problem));
            }
        }
    }

    fn try_builder(&self, problems: &Collector) -> Option<TokenIssuerBuilder> {
        let before = problems.len();
        let settings = &self.settings;
        let mut builder = TokenIssuer::builder(settings.issuer.clone())
            .algorithm(settings.algorithm)
            .lifetime(settings.lifetime)
            .profile(settings.profile)
            .grant_policy(settings.answers)
            .status_list_ttl(settings.status_list_ttl);
        if let Some(on) = settings.status_lists {
            builder = builder.status_lists(on);
        }
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
        builder = builder.allow_http_to(&settings.allow_http_to);
        for origin in &settings.allowed_origins {
            builder = builder.allowed_origin(origin);
        }
        if let Some(name) = &settings.default_application {
            builder = builder.default_application(name);
        }
        for entry in &self.applications {
            builder = builder.application(entry.application());
        }
        let rules = self.rules_by_account();
        for entry in &self.accounts {
            let rules = rules.get(entry.key.as_str()).map_or(&[][..], Vec::as_slice);
            builder = builder.account(entry.account(rules, problems));
        }
        for entry in &self.trusted_issuers {
            if let Some(trusted) = entry.workload_issuer(problems) {
                builder = builder.trusted_issuer(trusted);
            }
        }
        (problems.len() == before).then_some(builder)
    }

    /// The line of the library's setting.
    fn line_of(&self, setting: &Setting) -> usize {
        let of_account = |key| self.account(key).map(|account| account.line);
        let line = match setting {
            Setting::Application { index, .. } => {
                self.applications.get(*index).map(|application| application.line)
            }
            Setting::Account { key, member: Some("lifetime"), .. } => {
                self.account(key).and_then(|account| Some(account.lifetime.as_ref()?.line))
            }
            Setting::Account { key, member: Some("introspects"), .. } => {
                self.account(key).and_then(|account| Some(account.introspects.first()?.line))
            }
            Setting::Account { key, .. } => of_account(key),
            Setting::Rule { account, application, rule, .. } => {
                let is_it = |entry: &&RuleEntry| {
                    *entry.account.value == **account
                        && *entry.application.value == **application
                        && rule.as_deref().is_none_or(|rule| entry.mentions(rule))
                };
                self.rules.iter().find(is_it).map(|rule| rule.line).or(of_account(account))
            }
            Setting::TrustedIssuer { index, rule, .. } => {
                self.trusted_issuers.get(*index).map(|trusted| {
                    let rule = rule.and_then(|rule| trusted.rules.get(rule));
                    rule.map_or(trusted.line, |rule| rule.line)
                })
            }
            name => self.setting_lines.get(name_in_the_file(name).as_str()).copied(),
        };
        line.unwrap_or(1)
    }
}

/// The file's name of a setting that the builder calls differently.
fn name_in_the_file(setting: &Setting) -> String {
    match setting {
        name if *name == *"rotate_every" => "rotation".to_owned(),
        name if *name == *"allowed_origin" => "allowed_origins".to_owned(),
        name => name.to_string(),
    }
}

fn in_words_of_the_file(problem: &Problem) -> String {
    match problem.setting() {
        Setting::Account { key, member: Some("credentials"), .. } => format!(
            "account `{key}` has neither `secret_hashes` nor `public_keys`, and no rule of a trusted \
             issuer names it: remove it, and run `tower-bearer issuer account add {key}`"
        ),
        setting => format!("{} {}", name_in_the_file(setting), problem.help()),
    }
}

impl ApplicationEntry {
    fn application(&self) -> Application {
        let mut application = Application::new(&self.id).scopes(self.scopes.join(" "));
        if let Some(audience) = &self.audience {
            application = application.audience(audience);
        }
        if let Some(name) = &self.name {
            application = application.name(name);
        }
        for (resource, operations) in &self.resources {
            application = application.resource(resource, operations);
        }
        application
    }
}

impl AccountEntry {
    fn account(&self, rules: &[&RuleEntry], problems: &Collector) -> Account {
        let mut account = Account::new(&self.key);
        for Spanned { line, value } in &self.secret_hashes {
            match value.parse() {
                Ok(hash) => account = account.secret_hash(hash),
                Err(error) => problems.add(*line, format!("`secret_hashes`: {error}")),
            }
        }
        if let Some(lifetime) = &self.lifetime {
            account = account.lifetime(lifetime.value);
        }
        if !self.public_keys.is_empty()
            && let Some(keys) = key_set(&self.public_keys, self.line, problems)
        {
            account = account.public_keys(keys);
        }
        if let Some(quota) = self.quota {
            account = account.quota(quota);
        }
        if let Some(remark) = &self.remark {
            account = account.remark(remark);
        }
        for (name, value) in &self.metadata {
            account = account.metadata(name, value.clone());
        }
        for rule in rules {
            let (application, scopes) = (&rule.application.value, rule.scopes.join(" "));
            if !rule.scopes.is_empty() {
                account = match rule.effect {
                    Effect::Allow => account.allow(application, scopes),
                    Effect::Deny => account.deny(application, scopes),
                };
            }
            if let Some(resource) = &rule.resource {
                account = account.rule(resource.rule(rule.effect, application));
            }
        }
        for application in &self.disabled {
            account = account.disable(&application.value);
        }
        for application in &self.introspects {
            account = account.introspects(&application.value);
        }
        account
    }
}

impl Resource {
    fn rule(&self, effect: Effect, application: &str) -> Rule {
        let mut rule = match effect {
            Effect::Allow => Rule::allow(application, &self.name),
            Effect::Deny => Rule::deny(application, &self.name),
        };
        if let Some(identifier) = &self.identifier {
            rule = rule.identifier(identifier);
        }
        if !self.operations.is_empty() {
            rule = rule.operations(&self.operations);
        }
        rule
    }
}

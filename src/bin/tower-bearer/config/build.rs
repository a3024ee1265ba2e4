//! What the entries of the file are to the issuer.

use serde_json::Value;
use tower_bearer::{
    issuer::{Account, Application, Rule},
    key::KeySet,
};

use super::{
    entries::{AccountEntry, ApplicationEntry, Effect, Resource, RuleEntry},
    problem::Collector,
    section::At,
};

impl ApplicationEntry {
    /// The application that the entry describes.
    pub(super) fn application(&self) -> Application {
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
    /// The account that the entry and the rules about it describe.
    pub(super) fn account(&self, rules: &[&RuleEntry], problems: &Collector) -> Account {
        let mut account = Account::new(&self.key);
        for At { line, value } in &self.secret_hashes {
            match value.parse() {
                Ok(hash) => account = account.secret_hash(hash),
                Err(error) => problems.add(*line, format!("`secret_hashes`: {error}")),
            }
        }
        if let Some(lifetime) = self.lifetime {
            account = account.lifetime(lifetime);
        }
        if let Some(keys) = self.keys(problems) {
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
            if let Some(about) = &rule.resource {
                account = account.rule(about.rule(rule.effect, application));
            }
        }
        for application in &self.disabled {
            account = account.disable(&application.value);
        }
        account
    }
}

impl AccountEntry {
    /// The public keys as one set, when there are any.
    fn keys(&self, problems: &Collector) -> Option<KeySet> {
        let mut entries = Vec::new();
        for At { line, value } in &self.public_keys {
            match serde_json::from_str::<Value>(value) {
                Ok(entry) => entries.push(entry),
                Err(_) => problems.add(*line, "`public_keys` has a text that is no JWK"),
            }
        }
        let set = serde_json::json!({"keys": entries}).to_string();
        match KeySet::parse(set.as_bytes()) {
            Ok(keys) => (!self.public_keys.is_empty()).then_some(keys),
            Err(error) => {
                problems.add(self.line, format!("`public_keys`: {error}"));
                None
            }
        }
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

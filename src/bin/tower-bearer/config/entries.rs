//! The applications, accounts and rules of the file.

use std::time::Duration;

use serde_json::{Map, Value};
use tower_bearer::issuer::Quota;

use super::{
    section::{At, Section},
    settings::{EFFECTS, quota},
};

/// An `[[application]]`.
#[derive(Clone, Debug)]
pub(crate) struct ApplicationEntry {
    pub(crate) line: usize,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) scopes: Vec<String>,
    /// Each resource with its operations.
    pub(crate) resources: Vec<(String, Vec<String>)>,
}

/// An `[[account]]`.
#[derive(Clone, Debug)]
pub(crate) struct AccountEntry {
    pub(crate) line: usize,
    pub(crate) key: String,
    pub(crate) secret_hashes: Vec<At<String>>,
    pub(crate) public_keys: Vec<At<String>>,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) quota: Option<Quota>,
    pub(crate) remark: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    /// Applications, by id or audience, for which it gets no token whatever its rules say.
    pub(crate) disabled: Vec<At<String>>,
}

/// A `[[rule]]`.
#[derive(Clone, Debug)]
pub(crate) struct RuleEntry {
    pub(crate) line: usize,
    pub(crate) account: At<String>,
    pub(crate) application: At<String>,
    pub(crate) effect: Effect,
    pub(crate) scopes: Vec<String>,
    pub(crate) resource: Option<Resource>,
}

/// A rule in words: operations on a resource, or on one instance of it.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) identifier: Option<String>,
    /// Every one when none is named.
    pub(crate) operations: Vec<String>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

impl Effect {
    /// The word of the file.
    pub(crate) fn word(self) -> &'static str {
        EFFECTS.iter().find(|(_, effect)| *effect == self).map_or("", |(word, _)| word)
    }
}

impl ApplicationEntry {
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        let id = section.required_text("id", "give it a name, as \"display\"");
        let entry = id.map(|id| Self {
            line: section.line_of("id"),
            id: id.value,
            name: section.text("name").map(|at| at.value),
            audience: section.text("audience").map(|at| at.value),
            scopes: values(section.texts("scopes")),
            resources: section
                .lists("resources")
                .into_iter()
                .map(|(at, o)| (at.value, o))
                .collect(),
        });
        finish(section, entry)
    }
}

impl AccountEntry {
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        let key = section.required_text("key", "give it the client id of its owner");
        let entry = key.map(|key| Self {
            line: section.line_of("key"),
            key: key.value,
            secret_hashes: section.texts("secret_hashes"),
            public_keys: section.texts("public_keys"),
            lifetime: section.duration("lifetime").map(|at| at.value),
            quota: section.section("quota").map(quota),
            remark: section.text("remark").map(|at| at.value),
            metadata: section.json("metadata"),
            disabled: section.texts("disabled"),
        });
        finish(section, entry)
    }
}

impl RuleEntry {
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        let account = section.required_text("account", "name the account that it is about");
        let application = section.required_text("application", "name one by id or audience");
        let effect = section.choice("effect", &EFFECTS).unwrap_or(Effect::Allow);
        let scopes = values(section.texts("scopes"));
        let resource = section.text("resource");
        let identifier = section.text("identifier").map(|at| at.value);
        let cure = "leave it out for every operation, or name some";
        let operations = values(section.some_texts("operations", cure));
        if resource.is_none() && (identifier.is_some() || !operations.is_empty()) {
            let cure = "name the one that its identifier and operations are of";
            section.problem(section.line(), format!("rule has no `resource`: {cure}"));
        } else if resource.is_none() && scopes.is_empty() {
            let cure = "give `scopes`, or `resource` with `identifier` and `operations`";
            section.problem(section.line(), format!("rule is about nothing: {cure}"));
        }
        let resource = resource.map(|at| Resource { name: at.value, identifier, operations });
        let line = section.line();
        let entry = account.zip(application).map(|(account, application)| Self {
            line,
            account,
            application,
            effect,
            scopes,
            resource,
        });
        finish(section, entry)
    }
}

impl RuleEntry {
    /// What the rule is about, as scopes.
    pub(crate) fn patterns(&self) -> Vec<String> {
        let mut patterns = self.scopes.clone();
        if let Some(Resource { name, identifier, operations }) = &self.resource {
            let identifier = identifier.as_deref().unwrap_or("*");
            let every = ["*".to_owned()];
            let operations = if operations.is_empty() { &every[..] } else { operations };
            patterns.extend(operations.iter().map(|o| format!("{name}:{identifier}:{o}")));
        }
        patterns
    }

    /// What a complaint about the rule may quote.
    pub(super) fn words(&self) -> Vec<String> {
        let mut words = self.patterns();
        if let Some(Resource { name, identifier, operations }) = &self.resource {
            words.push(name.clone());
            words.extend(identifier.iter().chain(operations).cloned());
        }
        words
    }
}

fn values<T>(found: Vec<At<T>>) -> Vec<T> {
    found.into_iter().map(|at| at.value).collect()
}

/// Complains of the rest of the table once the entry was read.
fn finish<T>(section: Section<'_>, entry: Option<T>) -> Option<T> {
    if entry.is_some() {
        section.finish();
    }
    entry
}

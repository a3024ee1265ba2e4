//! The applications, accounts and rules of the file.

use std::time::Duration;

use serde_json::{Map, Value};
use tower_bearer::issuer::Quota;

use super::{
    reader::{Spanned, Table},
    settings::quota,
    vocabulary::{EFFECTS, Effect},
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
    pub(crate) secret_hashes: Vec<Spanned<String>>,
    pub(crate) public_keys: Vec<Spanned<String>>,
    pub(crate) lifetime: Option<Spanned<Duration>>,
    pub(crate) quota: Option<Quota>,
    pub(crate) remark: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    /// Applications, by id or audience, for which it gets no token regardless of its rules.
    pub(crate) disabled: Vec<Spanned<String>>,
    /// Applications, by id or audience, whose tokens it may introspect.
    pub(crate) introspects: Vec<Spanned<String>>,
}

/// A `[[rule]]`.
#[derive(Clone, Debug)]
pub(crate) struct RuleEntry {
    pub(crate) line: usize,
    pub(crate) account: Spanned<String>,
    pub(crate) application: Spanned<String>,
    pub(crate) effect: Effect,
    pub(crate) scopes: Vec<String>,
    pub(crate) resource: Option<Resource>,
}

/// The part of a rule that names a resource instead of scopes.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) name: String,
    pub(crate) identifier: Option<String>,
    /// All operations if empty.
    pub(crate) operations: Vec<String>,
}

impl ApplicationEntry {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let id = table.required_string("id", "give it a name, as \"display\"");
        let entry = id.map(|id| Self {
            line: table.line_of("id"),
            id: id.value,
            name: table.string("name").map(|name| name.value),
            audience: table.string("audience").map(|name| name.value),
            scopes: values(table.strings("scopes")),
            resources: table.lists("resources"),
        });
        finish(table, entry)
    }
}

impl AccountEntry {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let key = table.required_string("key", "give the client id");
        let entry = key.map(|key| Self {
            line: table.line_of("key"),
            key: key.value,
            secret_hashes: table.strings("secret_hashes"),
            public_keys: table.strings("public_keys"),
            lifetime: table.duration("lifetime"),
            quota: table.table("quota").map(quota),
            remark: table.string("remark").map(|name| name.value),
            metadata: table.json("metadata"),
            disabled: table.strings("disabled"),
            introspects: table.strings("introspects"),
        });
        finish(table, entry)
    }
}

impl RuleEntry {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let account = table.required_string("account", "name an account by its key");
        let application = table.required_string("application", "name one by its id or audience");
        let effect = table.choice("effect", &EFFECTS).unwrap_or(Effect::Allow);
        let scopes = values(table.strings("scopes"));
        let resource = table.string("resource");
        let identifier = table.string("identifier").map(|name| name.value);
        let help = "leave it out for every operation, or name some";
        let operations = values(table.non_empty_strings("operations", help));
        if resource.is_none() && (identifier.is_some() || !operations.is_empty()) {
            let help = "name the resource of its `identifier` and `operations`";
            table.problem(table.line(), format!("rule has no `resource`: {help}"));
        } else if resource.is_none() && scopes.is_empty() {
            let help = "give `scopes`, or `resource` with `identifier` and `operations`";
            table.problem(table.line(), format!("rule has neither scopes nor a resource: {help}"));
        }
        let resource = resource.map(|name| Resource { name: name.value, identifier, operations });
        let line = table.line();
        let entry = account.zip(application).map(|(account, application)| Self {
            line,
            account,
            application,
            effect,
            scopes,
            resource,
        });
        finish(table, entry)
    }
}

impl RuleEntry {
    /// The rule as scopes.
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

    /// Returns true if a scope or the resource of the rule is `text`.
    pub(super) fn mentions(&self, text: &str) -> bool {
        self.resource.as_ref().is_some_and(|resource| resource.name == text)
            || self.patterns().iter().any(|pattern| pattern == text)
    }
}

fn values<T>(found: Vec<Spanned<T>>) -> Vec<T> {
    found.into_iter().map(|name| name.value).collect()
}

/// Reports unknown settings, unless the entry lacks a required one.
fn finish<T>(table: Table<'_>, entry: Option<T>) -> Option<T> {
    if entry.is_some() {
        table.finish();
    }
    entry
}

//! `tower-bearer issuer rule`

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use toml_edit::{Table, value};

use super::{account::entry, app::no_application};
use crate::{
    config::{
        Config, ConfigFile, Effect, RuleEntry,
        edit::{append, remove_at, texts},
    },
    ui::{self, Failure, Format, Outcome, print_table},
};

/// The rules that grant scopes to accounts. Deny beats allow.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Adds a rule
    ///
    /// Examples:
    ///
    ///   tower-bearer issuer rule add outsourcer-a display 'announce:*:read'
    ///
    ///   tower-bearer issuer rule add outsourcer-a display --deny \
    ///       --resource announce --identifier 17 --operations read,update
    #[command(verbatim_doc_comment)]
    Add(Rule),
    List(List),
    /// Removes the rule that `rule add` made from the same arguments.
    Remove(Rule),
}

/// A rule with all its parts.
#[derive(Debug, Args)]
pub(super) struct Rule {
    /// The key (client id) of the account.
    account: String,
    /// The application's id or audience.
    application: String,
    /// The scopes that it allows: `announce:*:read`, or `announce` for the whole resource.
    #[arg(required_unless_present = "resource", conflicts_with = "resource")]
    scopes: Vec<String>,
    /// Denies instead.
    #[arg(long)]
    deny: bool,
    /// The resource that it allows, instead of scopes.
    #[arg(long)]
    resource: Option<String>,
    /// One instance of the resource [default: all].
    #[arg(long, requires = "resource")]
    identifier: Option<String>,
    /// Operations on the resource [default: all].
    #[arg(long, requires = "resource", value_delimiter = ',')]
    operations: Vec<String>,
    #[command(flatten)]
    format: Format,
}

/// Lists the rules.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only those of this account, by its key.
    account: Option<String>,
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        match self {
            Self::Add(rule) => rule.add(file),
            Self::List(command) => command.run(file),
            Self::Remove(rule) => rule.remove(file),
        }
    }
}

impl Rule {
    fn effect(&self) -> Effect {
        if self.deny { Effect::Deny } else { Effect::Allow }
    }

    fn to_json(&self) -> Value {
        json!({
            "account": self.account,
            "application": self.application,
            "effect": self.effect().word(),
        })
    }

    /// Returns true if an entry of the file is the same rule.
    fn is(&self, entry: &RuleEntry) -> bool {
        let resource = entry.resource.as_ref();
        self.account == entry.account.value
            && self.application == entry.application.value
            && self.effect() == entry.effect
            && self.scopes == entry.scopes
            && self.resource.as_ref() == resource.map(|about| &about.name)
            && self.identifier.as_ref() == resource.and_then(|about| about.identifier.as_ref())
            && resource.is_none_or(|about| self.operations == about.operations)
    }

    /// Reports unknown names as the other commands do, before the file is checked.
    fn check(&self, config: &Config) -> Result<(), Failure> {
        entry(config, &self.account)?;
        let names = |name: &Option<String>| name.as_ref() == Some(&self.application);
        let mut applications = config.applications.iter();
        match applications.any(|known| known.id == self.application || names(&known.audience)) {
            true => Ok(()),
            false => Err(no_application(&self.application)),
        }
    }

    fn add(self, file: &ConfigFile) -> Outcome {
        file.edit(|config, document| {
            self.check(config)?;
            if config.rules.iter().any(|entry| self.is(entry)) {
                return Err(Failure::refused("this rule exists already")
                    .help(format!("see `tower-bearer issuer rule list {}`", self.account)));
            }
            let mut table = Table::new();
            table.insert("account", value(&self.account));
            table.insert("application", value(&self.application));
            table.insert("effect", value(self.effect().word()));
            if !self.scopes.is_empty() {
                table.insert("scopes", texts(&self.scopes));
            }
            if let Some(resource) = &self.resource {
                table.insert("resource", value(resource));
            }
            if let Some(identifier) = &self.identifier {
                table.insert("identifier", value(identifier));
            }
            if !self.operations.is_empty() {
                table.insert("operations", texts(&self.operations));
            }
            append(document, "rule", table)
        })?;
        self.format.done(&format!("added a rule about {}", self.account), &self.to_json())
    }

    fn remove(self, file: &ConfigFile) -> Outcome {
        file.edit(|config, document| {
            self.check(config)?;
            let place = config.rules.iter().position(|entry| self.is(entry));
            let place = place.ok_or_else(|| {
                Failure::refused("there is no such rule")
                    .help(format!("see `tower-bearer issuer rule list {}`", self.account))
            })?;
            remove_at(document, "rule", place)
        })?;
        self.format.done(&format!("removed a rule about {}", self.account), &self.to_json())
    }
}

impl List {
    fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        if let Some(key) = &self.account {
            entry(&config, key)?;
        }
        let wanted = |rule: &&RuleEntry| {
            self.account.as_ref().is_none_or(|wanted| *wanted == rule.account.value)
        };
        let rules = config.rules.iter().filter(wanted);
        if self.format.json {
            let rules = rules.map(|rule| {
                json!({
                    "account": rule.account.value,
                    "application": rule.application.value,
                    "effect": rule.effect.word(),
                    "scopes": rule.patterns(),
                })
            });
            return ui::json(&rules.collect());
        }
        let rows = rules.map(|rule| {
            [
                rule.account.value.clone(),
                rule.application.value.clone(),
                rule.effect.word().to_owned(),
                rule.patterns().join(" "),
            ]
        });
        print_table(["ACCOUNT", "APPLICATION", "EFFECT", "SCOPES"], &rows.collect::<Vec<_>>())
    }
}

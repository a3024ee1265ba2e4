//! `tower-bearer issuer app`

use clap::{Args, Subcommand};
use serde_json::json;
use toml_edit::{Table, value};

use crate::{
    config::{
        ConfigFile,
        edit::{append, has, remove, tables, texts},
    },
    ui::{self, Failure, Format, Outcome, plural, print_table},
};

/// The applications (APIs) that tokens are for.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Defines an application
///
/// Example:
///
///   tower-bearer issuer app add display --audience https://display.example \
///       --name "Big screen display" --scopes 'dashboard:*:view'
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Add {
    /// The name of the application in the configuration.
    id: String,
    /// The `aud` of its tokens, and the `audience` or `resource` of a request [default: the id].
    #[arg(long, value_name = "AUDIENCE")]
    audience: Option<String>,
    /// The name for people.
    #[arg(long)]
    name: Option<String>,
    /// Scopes that it defines beside its resources, separated by spaces.
    #[arg(long, value_name = "SCOPES", value_delimiter = ' ')]
    scopes: Vec<String>,
    #[command(flatten)]
    format: Format,
}

/// Lists the applications.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    format: Format,
}

/// Removes an application, with its resources and every rule about it.
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Its id.
    id: String,
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        match self {
            Self::Add(command) => command.run(file),
            Self::List(command) => command.run(file),
            Self::Remove(command) => command.run(file),
        }
    }
}

impl Add {
    fn run(self, file: &ConfigFile) -> Outcome {
        file.edit(|config, document| {
            if config.applications.iter().any(|known| known.id == self.id) {
                return Err(Failure::refused(format!("application `{}` exists", self.id))
                    .help("see `tower-bearer issuer app list`"));
            }
            let mut table = Table::new();
            table.insert("id", value(&self.id));
            if let Some(name) = &self.name {
                table.insert("name", value(name));
            }
            if let Some(audience) = &self.audience {
                table.insert("audience", value(audience));
            }
            if !self.scopes.is_empty() {
                table.insert("scopes", texts(&self.scopes));
            }
            append(document, "application", table)
        })?;
        self.format
            .done(&format!("added application {}", self.id), &json!({"application": self.id}))
    }
}

impl List {
    fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        if self.format.json {
            let applications = config.applications.iter().map(|known| {
                json!({
                    "id": known.id,
                    "name": known.name,
                    "audience": known.audience.as_ref().unwrap_or(&known.id),
                    "scopes": known.scopes,
                    "resources": known.resources.iter().cloned().collect::<serde_json::Value>(),
                })
            });
            return ui::json(&applications.collect());
        }
        let rows = config.applications.into_iter().map(|known| {
            let resources: Vec<_> = known.resources.into_iter().map(|(name, _)| name).collect();
            let audience = known.audience.unwrap_or_else(|| known.id.clone());
            [known.id, audience, resources.join(" "), known.name.unwrap_or_default()]
        });
        print_table(["ID", "AUDIENCE", "RESOURCES", "NAME"], &rows.collect::<Vec<_>>())
    }
}

impl Remove {
    fn run(self, file: &ConfigFile) -> Outcome {
        let rules = file.edit(|config, document| {
            let known = config.applications.iter().find(|known| known.id == self.id);
            let known = known.ok_or_else(|| no_application(&self.id))?;
            let names = [Some(known.id.as_str()), known.audience.as_deref()];
            let about = |text: &str| names.contains(&Some(text));
            remove(document, "application", |table| has(table, "id", &self.id))?;
            if document.contains_key("account") {
                for account in tables(document, "account")?.iter_mut() {
                    let disabled = account.get_mut("disabled").and_then(|item| item.as_array_mut());
                    if let Some(disabled) = disabled {
                        disabled.retain(|item| !item.as_str().is_some_and(about));
                    }
                }
            }
            remove(document, "rule", |table| {
                table.get("application").and_then(|item| item.as_str()).is_some_and(about)
            })
        })?;
        self.format.done(
            &format!("removed application {} and {} about it", self.id, plural(rules, "rule")),
            &json!({"application": self.id, "removed_rules": rules}),
        )
    }
}

/// The error for an unknown application.
pub(super) fn no_application(id: &str) -> Failure {
    Failure::refused(format!("there is no application `{id}`"))
        .help("see `tower-bearer issuer app list`")
}

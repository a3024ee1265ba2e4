//! `tower-bearer issuer resource`

use clap::{Args, Subcommand};
use serde_json::json;
use toml_edit::{Array, Item, Table, TableLike};

use super::app::no_application;
use crate::{
    config::{
        ConfigFile,
        edit::{find, tables, take, texts},
    },
    ui::{self, Failure, Format, Outcome, print_table},
};

/// The resources of an application, and the operations on them.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Defines a resource, or more operations on one
///
/// Its scopes are `RESOURCE:IDENTIFIER:OPERATION`. Without operations, rules may name any operation.
///
/// Example:
///
///   tower-bearer issuer resource add display announce create read update delete
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Add {
    /// The application's id.
    application: String,
    /// The resource's name.
    resource: String,
    /// The operations that the resource has.
    operations: Vec<String>,
    #[command(flatten)]
    format: Format,
}

/// Lists the resources.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only those of this application, by its id.
    application: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// Removes a resource, or some of its operations. Remove the rules about it first.
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The application's id.
    application: String,
    /// The resource's name.
    resource: String,
    /// The operations to remove [default: the resource itself].
    operations: Vec<String>,
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
        let Self { application, resource, operations, format } = &self;
        file.edit(|_, document| {
            let table = find(tables(document, "application")?, "id", application);
            let resources = resources(table.ok_or_else(|| no_application(application))?)?;
            let Some(known) = resources.get_mut(resource).and_then(Item::as_array_mut) else {
                resources.insert(resource, texts(operations));
                return Ok(());
            };
            let is_new = |name: &&String| !known.iter().any(|item| item.as_str() == Some(name));
            let news: Vec<_> = operations.iter().filter(is_new).collect();
            if news.is_empty() {
                let what = format!("`{resource}` is already defined like that");
                return Err(Failure::refused(what).help("see `tower-bearer issuer resource list`"));
            }
            known.extend(news);
            Ok(())
        })?;
        format.done(
            &format!("added resource {resource} of {application}"),
            &json!({"application": application, "resource": resource}),
        )
    }
}

impl List {
    fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        if let Some(id) = &self.application
            && !config.applications.iter().any(|known| known.id == *id)
        {
            return Err(no_application(id));
        }
        let wanted = |id: &str| self.application.as_ref().is_none_or(|wanted| wanted == id);
        let known = config.applications.iter().filter(|known| wanted(&known.id));
        let found = known.flat_map(|known| known.resources.iter().map(move |it| (&known.id, it)));
        if self.format.json {
            let resources = found.map(|(application, (resource, operations))| {
                json!({"application": application, "resource": resource, "operations": operations})
            });
            return ui::json(&resources.collect());
        }
        let rows = found.map(|(application, (resource, operations))| {
            [application.clone(), resource.clone(), operations.join(" ")]
        });
        print_table(["APPLICATION", "RESOURCE", "OPERATIONS"], &rows.collect::<Vec<_>>())
    }
}

impl Remove {
    fn run(self, file: &ConfigFile) -> Outcome {
        let Self { application, resource, operations, format } = &self;
        file.edit(|_, document| {
            let table = find(tables(document, "application")?, "id", application);
            let table = table.ok_or_else(|| no_application(application))?;
            let resources = resources(table)?;
            let none = || {
                Failure::refused(format!(
                    "application `{application}` has no resource `{resource}`"
                ))
                .help(format!("see `tower-bearer issuer resource list {application}`"))
            };
            let known = resources.get_mut(resource).ok_or_else(none)?;
            for operation in operations {
                if !known.as_array_mut().is_some_and(|known| take(known, operation)) {
                    let what = format!("resource `{resource}` has no operation `{operation}`");
                    let list = format!("see `tower-bearer issuer resource list {application}`");
                    return Err(Failure::refused(what).help(list));
                }
            }
            // An empty list would define every operation.
            if operations.is_empty() || known.as_array().is_some_and(Array::is_empty) {
                resources.remove(resource);
            }
            if resources.is_empty() {
                table.remove("resources");
            }
            Ok(())
        })?;
        let names = operations.iter().map(|name| format!(" {name}")).collect::<String>();
        format.done(
            &format!("removed resource {resource}{names} of {application}"),
            &json!({"application": application, "resource": resource, "operations": operations}),
        )
    }
}

/// The table of an application's resources, which is created if it is missing.
fn resources(application: &mut Table) -> Result<&mut dyn TableLike, Failure> {
    let resources = application.entry("resources").or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        Item::Table(table)
    });
    resources.as_table_like_mut().ok_or_else(|| Failure::refused("`resources` is not a table"))
}

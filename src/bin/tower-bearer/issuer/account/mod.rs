//! `tower-bearer issuer account`

mod add;
mod lookup;
mod secret;

use clap::{Args, Subcommand};
use serde_json::json;

use self::add::Add;
pub(super) use self::lookup::entry;
use self::lookup::no_account;
use crate::{
    config::{
        AccountEntry, ConfigFile,
        edit::{find, has, list, remove, tables, take},
    },
    ui::{self, Failure, Format, Outcome, format_duration, plural, print_table},
};

/// The accounts (clients) that may request tokens.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
    #[command(subcommand)]
    Secret(secret::Command),
    /// Stops issuing tokens to an account for an application, and keeps its rules.
    Disable(Grant),
    /// Applies the rules of an account for an application again.
    Enable(Grant),
}

/// Lists the accounts, without their secrets.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    format: Format,
}

/// Removes an account, with every rule about it.
///
/// It gets no more tokens, and those that it has are taken back when an issuer runs with the new
/// configuration: see `tower-bearer issuer revoke`.
#[derive(Debug, Args)]
pub(super) struct Remove {
    /// Its key (client id).
    key: String,
    #[command(flatten)]
    format: Format,
}

/// An account and an application.
#[derive(Debug, Args)]
pub(super) struct Grant {
    /// The account's key (client id).
    key: String,
    /// The application's id or audience.
    application: String,
    #[command(flatten)]
    format: Format,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        match self {
            Self::Add(command) => command.run(file),
            Self::List(command) => command.run(file),
            Self::Remove(command) => command.run(file),
            Self::Secret(command) => command.run(file),
            Self::Disable(grant) => grant.disable(file),
            Self::Enable(grant) => grant.enable(file),
        }
    }
}

impl List {
    fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        if self.format.json {
            let accounts = config.accounts.iter().map(|account| {
                json!({
                    "key": account.key,
                    "secrets": account.secret_hashes.len(),
                    "public_keys": account.public_keys.len(),
                    "lifetime": account.lifetime.as_ref().map(|lifetime| lifetime.value.as_secs()),
                    "remark": account.remark,
                    "metadata": account.metadata,
                    "disabled": disabled(account),
                })
            });
            return ui::json(&accounts.collect());
        }
        let rows = config.accounts.iter().map(|account| {
            let lifetime = account
                .lifetime
                .as_ref()
                .map_or(config.settings.lifetime, |lifetime| lifetime.value);
            [
                account.key.clone(),
                account.secret_hashes.len().to_string(),
                account.public_keys.len().to_string(),
                format_duration(lifetime),
                disabled(account).join(" "),
                account.remark.clone().unwrap_or_default(),
            ]
        });
        let heads = ["KEY", "SECRETS", "PUBLIC KEYS", "LIFETIME", "DISABLED FOR", "REMARK"];
        print_table(heads, &rows.collect::<Vec<_>>())
    }
}

impl Remove {
    fn run(self, file: &ConfigFile) -> Outcome {
        let key = &self.key;
        let rules = file.edit(|config, document| {
            entry(config, key)?;
            remove(document, "account", |table| has(table, "key", key))?;
            remove(document, "rule", |table| has(table, "account", key))
        })?;
        self.format.done(
            &format!("removed account {key} and {} about it", plural(rules, "rule")),
            &json!({"account": key, "removed_rules": rules}),
        )
    }
}

impl Grant {
    fn disable(self, file: &ConfigFile) -> Outcome {
        let Self { key, application, format } = &self;
        file.edit(|_, document| {
            let account = find(tables(document, "account")?, "key", key);
            let disabled = list(account.ok_or_else(|| no_account(key))?, "disabled")?;
            if disabled.iter().any(|item| item.as_str() == Some(application)) {
                let what = format!("account `{key}` is already disabled for `{application}`");
                return Err(Failure::refused(what).help("see `tower-bearer issuer account list`"));
            }
            disabled.push(application);
            Ok(())
        })?;
        format.done(
            &format!("disabled account {key} for {application}"),
            &json!({"account": key, "application": application, "disabled": true}),
        )
    }

    fn enable(self, file: &ConfigFile) -> Outcome {
        let Self { key, application, format } = &self;
        file.edit(|_, document| {
            let account = find(tables(document, "account")?, "key", key);
            let account = account.ok_or_else(|| no_account(key))?;
            let disabled = list(account, "disabled")?;
            if !take(disabled, application) {
                let what = format!("account `{key}` is not disabled for `{application}`");
                return Err(Failure::refused(what).help("see `tower-bearer issuer account list`"));
            }
            if disabled.is_empty() {
                account.remove("disabled");
            }
            Ok(())
        })?;
        format.done(
            &format!("enabled account {key} for {application}"),
            &json!({"account": key, "application": application, "disabled": false}),
        )
    }
}

fn disabled(account: &AccountEntry) -> Vec<&str> {
    account.disabled.iter().map(|name| name.value.as_str()).collect()
}

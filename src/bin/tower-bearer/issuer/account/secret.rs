//! `tower-bearer issuer account secret`

use clap::{Args, Subcommand};
use serde_json::json;
use tower_bearer::{
    issuer::{MAX_SECRETS, SecretHash},
    secret::Secret,
};

use super::lookup::{entry, no_account};
use crate::{
    config::{
        ConfigFile,
        edit::{find, list, tables},
    },
    ui::{self, Failure, Outcome},
};

/// The secrets of an account: two at most, so that it can move from the old one to the new one.
///
/// Add one, give it to the account's owner, and remove the old one when it is no more in use.
#[derive(Debug, Subcommand)]
pub(in crate::issuer) enum Command {
    Add(Add),
    Remove(Remove),
}

/// Makes another secret for an account, and shows it, this once.
#[derive(Debug, Args)]
pub(in crate::issuer) struct Add {
    /// The account's key (client id).
    key: String,
    /// For machines.
    #[arg(long)]
    json: bool,
}

/// Removes the older secret of an account, or the newer one.
#[derive(Debug, Args)]
pub(in crate::issuer) struct Remove {
    /// The account's key (client id).
    key: String,
    /// Removes the newer one: it was made in vain, or became known.
    #[arg(long)]
    newest: bool,
}

/// A secret that was just made.
pub(super) struct Fresh {
    secret: Secret,
    hash: String,
}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        match self {
            Self::Add(command) => command.run(file),
            Self::Remove(command) => command.run(file),
        }
    }
}

impl Add {
    fn run(self, file: &ConfigFile) -> Outcome {
        let fresh = Fresh::make()?;
        file.edit(|config, document| {
            if entry(config, &self.key)?.secret_hashes.len() >= MAX_SECRETS {
                let what = format!("account `{}` has {MAX_SECRETS} secrets already", self.key);
                let cure = format!("run `tower-bearer issuer account secret remove {}`", self.key);
                return Err(Failure::refused(what).help(cure));
            }
            let account = find(tables(document, "account")?, "key", &self.key);
            let account = account.ok_or_else(|| no_account(&self.key))?;
            list(account, "secret_hashes")?.push(fresh.hash());
            Ok(())
        })?;
        fresh.show(&self.key, self.json)
    }
}

impl Remove {
    fn run(self, file: &ConfigFile) -> Outcome {
        let key = &self.key;
        let left = file.edit(|_, document| {
            let account = find(tables(document, "account")?, "key", key);
            let account = account.ok_or_else(|| no_account(key))?;
            let has_public_key = account.contains_key("public_keys");
            let hashes = list(account, "secret_hashes")?;
            if hashes.len() == 1 && !has_public_key {
                return Err(Failure::refused(format!("account `{key}` has no other secret"))
                    .help("run `tower-bearer issuer account secret add` first, or remove it"));
            }
            let Some(last) = hashes.len().checked_sub(1) else {
                return Err(Failure::refused(format!("account `{key}` has no secret")));
            };
            hashes.remove(if self.newest { last } else { 0 });
            if last == 0 {
                account.remove("secret_hashes");
            }
            Ok(last)
        })?;
        ui::line(&format!("removed a secret of account {key}; it has {left} left"))
    }
}

impl Fresh {
    pub(super) fn make() -> Result<Self, Failure> {
        let no_randomness = |error| Failure::unavailable(format!("no secret can be made: {error}"));
        let secret = Secret::generate().map_err(no_randomness)?;
        let hash = SecretHash::of(&secret).map_err(no_randomness)?.to_string();
        Ok(Self { secret, hash })
    }

    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// The only time that anybody sees it.
    pub(super) fn show(&self, key: &str, json: bool) -> Outcome {
        let secret = self.secret.expose();
        if json {
            return ui::json(&json!({"client_id": key, "client_secret": secret}));
        }
        ui::line(&format!("client_id      {key}\nclient_secret  {secret}"))?;
        eprintln!("note: the secret is shown this once; the file holds only its hash");
        Ok(())
    }
}

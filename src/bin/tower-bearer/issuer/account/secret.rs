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
    ui::{self, Failure, Format, Outcome},
};

/// The secrets of an account: at most two, so that clients can move from the old one to the new one.
///
/// Add a secret, give it to the client, and remove the old one when it is no longer in use.
#[derive(Debug, Subcommand)]
pub(in crate::issuer) enum Command {
    Add(Add),
    Remove(Remove),
}

/// Creates another secret for an account, and prints it (shown only once).
#[derive(Debug, Args)]
pub(in crate::issuer) struct Add {
    /// The account's key (client id).
    key: String,
    #[command(flatten)]
    format: Format,
}

/// Removes the older secret of an account, or the newer one.
#[derive(Debug, Args)]
pub(in crate::issuer) struct Remove {
    /// The account's key (client id).
    key: String,
    /// Removes the newer one instead.
    #[arg(long)]
    newest: bool,
    #[command(flatten)]
    format: Format,
}

/// A secret that was just generated.
pub(super) struct NewSecret {
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
        let secret = NewSecret::generate()?;
        file.edit(|config, document| {
            if entry(config, &self.key)?.secret_hashes.len() >= MAX_SECRETS {
                let what = format!("account `{}` already has {MAX_SECRETS} secrets", self.key);
                let cure = format!("run `tower-bearer issuer account secret remove {}`", self.key);
                return Err(Failure::refused(what).help(cure));
            }
            let account = find(tables(document, "account")?, "key", &self.key);
            let account = account.ok_or_else(|| no_account(&self.key))?;
            list(account, "secret_hashes")?.push(secret.hash());
            Ok(())
        })?;
        secret.show(&self.key, self.format)
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
        self.format.done(
            &format!("removed a secret of account {key}; it has {left} left"),
            &json!({"account": key, "secrets": left}),
        )
    }
}

impl NewSecret {
    pub(super) fn generate() -> Result<Self, Failure> {
        let no_randomness =
            |error| Failure::unavailable(format!("no secret can be generated: {error}"));
        let secret = Secret::generate().map_err(no_randomness)?;
        let hash = SecretHash::from_secret(&secret).map_err(no_randomness)?.to_string();
        Ok(Self { secret, hash })
    }

    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// Prints the secret; it is not stored.
    pub(super) fn show(&self, key: &str, format: Format) -> Outcome {
        let secret = self.secret.expose();
        if format.json {
            return ui::json(&json!({"client_id": key, "client_secret": secret}));
        }
        ui::line(&format!("client_id      {key}\nclient_secret  {secret}"))?;
        ui::note("the secret is shown only once; the file holds its hash");
        Ok(())
    }
}

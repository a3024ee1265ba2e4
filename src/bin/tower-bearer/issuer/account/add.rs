//! `tower-bearer issuer account add`

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;
use serde_json::{Value, json};
use toml_edit::{InlineTable, Item, Table, value};
use tower_bearer::key::KeySet;

use super::secret::NewSecret;
use crate::{
    config::{
        ConfigFile,
        edit::{append, texts},
    },
    ui::{self, Failure, Format, Outcome, format_duration, parse_duration},
};

/// Creates an account, and prints its secret (shown only once)
///
/// The file holds only the hash of the secret. If the secret is lost, create another one with
/// `account secret add`.
///
/// Examples:
///
///   tower-bearer issuer account add outsourcer-a --lifetime 10m --remark "until the end of 2026"
///
///   tower-bearer issuer account add auditor --metadata 'roles=["editor"]' --metadata team=blue
///
///   tower-bearer issuer account add signer --public-key signer.jwk --no-secret
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::issuer) struct Add {
    /// Its key: the `client_id` of its requests.
    key: String,
    /// The lifetime of its tokens, as 10m [default: that of the issuer].
    #[arg(long, value_parser = parse_duration)]
    lifetime: Option<Duration>,
    /// A remark for people.
    #[arg(long)]
    remark: Option<String>,
    /// Metadata for hooks: VALUE is JSON, or else a string. May be given several times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    metadata: Vec<(String, Value)>,
    /// A file with a public JWK, or a JWK Set, for private_key_jwt. May be given several times.
    #[arg(long = "public-key", value_name = "FILE")]
    public_keys: Vec<PathBuf>,
    /// Creates no secret: the account signs with the private key of its public key.
    #[arg(long, requires = "public_keys")]
    no_secret: bool,
    #[command(flatten)]
    format: Format,
}

impl Add {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let secret = if self.no_secret { None } else { Some(NewSecret::generate()?) };
        let public_keys = self.public_keys()?;
        file.edit(|config, document| {
            if config.accounts.iter().any(|account| account.key == self.key) {
                return Err(Failure::refused(format!("account `{}` exists", self.key)).help(
                    "run `tower-bearer issuer account secret add` for another secret of it",
                ));
            }
            let mut table = Table::new();
            table.insert("key", value(&self.key));
            if let Some(secret) = &secret {
                table.insert("secret_hashes", texts([secret.hash()]));
            }
            if !public_keys.is_empty() {
                table.insert("public_keys", texts(&public_keys));
            }
            if let Some(lifetime) = self.lifetime {
                table.insert("lifetime", value(format_duration(lifetime)));
            }
            if let Some(remark) = &self.remark {
                table.insert("remark", value(remark));
            }
            if !self.metadata.is_empty() {
                table.insert("metadata", metadata(&self.metadata)?);
            }
            append(document, "account", table)
        })?;
        match secret {
            Some(secret) => secret.show(&self.key, self.format),
            None if self.format.json => ui::json(&json!({"client_id": self.key})),
            None => ui::line(&format!("client_id      {}", self.key)),
        }
    }

    /// Each key as the text of a JWK.
    fn public_keys(&self) -> Result<Vec<String>, Failure> {
        let mut keys = Vec::new();
        for path in &self.public_keys {
            let shown = path.display();
            let no_keys = |why: &str| {
                Failure::refused(format!("{shown} {why}"))
                    .help("give a file with a public JWK, or a JWK Set of them (RFC 7517)")
            };
            let text =
                fs::read(path).map_err(|error| no_keys(&format!("cannot be read: {error}")))?;
            let document: Value =
                serde_json::from_slice(&text).map_err(|_| no_keys("is not JSON"))?;
            let entries = match document.get("keys") {
                Some(Value::Array(entries)) => entries.clone(),
                _ => vec![document],
            };
            let set = json!({"keys": entries}).to_string();
            let set = KeySet::parse(set.as_bytes()).map_err(|error| no_keys(&error.to_string()))?;
            if let Some(skipped) = set.skipped().first() {
                return Err(no_keys(&format!(
                    "has a key that cannot be used: {}",
                    skipped.fault()
                )));
            }
            keys.extend(entries.iter().map(Value::to_string));
        }
        Ok(keys)
    }
}

fn pair(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, as team=blue")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

fn metadata(pairs: &[(String, Value)]) -> Result<Item, Failure> {
    let mut table = InlineTable::new();
    for (name, value) in pairs {
        table.insert(name, toml(name, value)?);
    }
    Ok(Item::Value(table.into()))
}

/// Converts to TOML.
fn toml(name: &str, value: &Value) -> Result<toml_edit::Value, Failure> {
    Ok(match value {
        Value::Null => {
            return Err(Failure::usage(format!("--metadata {name}: the file cannot hold null"))
                .help("leave it out, or give another value"));
        }
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => {
            let items = items.iter().map(|item| toml(name, item));
            toml_edit::Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let mut table = InlineTable::new();
            for (member, value) in members {
                table.insert(member, toml(name, value)?);
            }
            table.into()
        }
    })
}

//! `tower-bearer issuer keys` and `tower-bearer issuer rotate`, and the keys beside a configuration.

use clap::{ArgGroup, Args};
use serde_json::json;
use tower_bearer::{
    issuer::{KeyStore, PublishedKeyState, RotationError, TokenIssuer},
    key::SigningKey,
    time::UnixTime,
};

use crate::{
    config::{Config, ConfigFile},
    ui::{self, Failure, Format, Outcome, error_chain, format_date, print_table},
};

/// Rotates the signing key, whether the issuer runs or not
///
/// By default a new key is published now and signs in ten minutes, when every API has fetched it;
/// the old key stays published until its last token has expired. No token is refused meanwhile.
///
/// `--announce` and, later, `--now` do the same in two steps. `--now` alone signs with a key that
/// no API has fetched yet.
///
/// `--withdraw KID` is for a key that has been compromised: it is no longer published, and APIs
/// refuse every token that it signed once they have fetched the keys again.
///
/// Example:
///
///   tower-bearer issuer keys
///
///   tower-bearer issuer rotate --withdraw 8f14e45f
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[command(group(ArgGroup::new("how").args(["announce", "now", "withdraw"])))]
pub(super) struct Rotate {
    /// Publishes a new key, which signs after the next `--now`, or at the next scheduled rotation
    /// if that comes first.
    #[arg(long)]
    announce: bool,
    /// Signs with the announced key now, or with a new one if none is announced.
    #[arg(long)]
    now: bool,
    /// Stops publishing a key. If it is the signing key, a new one signs at once.
    #[arg(long, value_name = "KID", allow_hyphen_values = true)]
    withdraw: Option<String>,
    #[command(flatten)]
    format: Format,
}

/// Lists the published keys and the state of each.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(flatten)]
    format: Format,
}

impl Rotate {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        let issuer = open(file, &config)?;
        if self.announce {
            let key = SigningKey::generate(config.settings.algorithm).map_err(|error| {
                Failure::unavailable(format!(
                    "no new key can be generated: {}",
                    error_chain(&error)
                ))
            })?;
            issuer.publish_key(key).map_err(|error| failed(&error))?;
        } else if self.now {
            issuer.rotate().map_err(|error| failed(&error))?;
        } else if let Some(kid) = &self.withdraw {
            if !issuer.withdraw_key(kid).map_err(|error| failed(&error))? {
                return Err(Failure::refused(format!("no published key has the kid `{kid}`"))
                    .help("see `tower-bearer issuer keys`"));
            }
        } else {
            issuer.schedule_rotation().map_err(|error| failed(&error))?;
        }
        show(&issuer, self.format)
    }
}

impl Keys {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        let path = store(file).path();
        if !path.exists() {
            return Err(Failure::refused(format!("there are no keys in {}", path.display()))
                .help("run `tower-bearer issuer serve`, which creates the first one"));
        }
        let issuer = open(file, &config)?;
        show(&issuer, self.format)
    }
}

fn show(issuer: &TokenIssuer, format: Format) -> Outcome {
    if format.json {
        let keys = issuer.published_keys().into_iter().map(|key| {
            let (state, at) = state(key.state);
            json!({
                "kid": key.kid,
                "alg": key.algorithm.name(),
                "state": state,
                "at": at.map(UnixTime::as_secs),
            })
        });
        return ui::json(&keys.collect());
    }
    let rows = issuer.published_keys().into_iter().map(|key| {
        let (state, at) = state(key.state);
        let at = at.map(|time| format_date(time).unwrap_or_else(|| time.to_string()));
        [key.kid, key.algorithm.to_string(), state.to_owned(), at.unwrap_or_default()]
    });
    print_table(["KID", "ALG", "STATE", "AT"], &rows.collect::<Vec<_>>())
}

/// The state of a key, and the time at which it changes.
fn state(state: PublishedKeyState) -> (&'static str, Option<UnixTime>) {
    match state {
        PublishedKeyState::Signs => ("signs", None),
        PublishedKeyState::Announced { signs_from: Some(from) } => ("signs from", Some(from)),
        PublishedKeyState::Announced { signs_from: None } => ("announced", None),
        PublishedKeyState::Retired { until } => ("published until", Some(until)),
        _ => ("published", None),
    }
}

pub(super) fn failed(error: &RotationError) -> Failure {
    Failure::unavailable(format!("the keys are unchanged: {}", error_chain(error)))
}

/// The store of an issuer's keys, beside its configuration.
pub(super) fn store(file: &ConfigFile) -> KeyStore {
    KeyStore::new(file.state())
}

/// Opens the issuer of a configuration with its keys. A first key is generated if there is none.
pub(super) fn open(file: &ConfigFile, config: &Config) -> Result<TokenIssuer, Failure> {
    let builder = config.builder().map_err(|problems| file.invalid(&problems))?;
    let built = builder.key_store(store(file)).build();
    built.map_err(|error| Failure::unavailable(error.to_string()))
}

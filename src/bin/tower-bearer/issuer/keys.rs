//! `tower-bearer issuer keys` and `tower-bearer issuer rotate`, and the keys beside a configuration.

use clap::Args;
use serde_json::json;
use tower_bearer::{
    issuer::{KeyStore, PublishedKeyState, RotationError, TokenIssuer},
    key::SigningKey,
    time::UnixTime,
};

use crate::{
    config::{Config, ConfigFile},
    ui::{self, Failure, Outcome, error_chain, format_date, print_table},
};

/// Changes the key that signs, whether the issuer runs or not
///
/// By default a new key is published now and signs ten minutes from now, when every API has read
/// it; the old one stays published until its last token has expired. No token is refused meanwhile.
///
/// `--announce` and, later, `--now` are the same in two steps. `--now` alone is for a key that
/// nobody has read yet: APIs must fetch it before they admit its tokens.
///
/// `--withdraw KID` is for a key that is no secret any more: it is not published from now on, and
/// every token that it signed becomes worthless as the APIs fetch the keys again.
///
/// Example:
///
///   tower-bearer issuer keys
///
///   tower-bearer issuer rotate --withdraw 8f14e45f
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
#[group(multiple = false)]
pub(super) struct Rotate {
    /// Publishes a new key, which signs from the next `--now` on; with a `rotation` in the file at
    /// its next time, if that comes first.
    #[arg(long)]
    announce: bool,
    /// Signs with the announced key at once, or with a new one when none is announced.
    #[arg(long)]
    now: bool,
    /// Stops publishing a key; when it signs, a new one does so at once.
    #[arg(long, value_name = "KID", allow_hyphen_values = true)]
    withdraw: Option<String>,
}

/// Lists the keys that are published, and what each is for.
#[derive(Debug, Args)]
pub(super) struct Keys {
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Rotate {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        let issuer = open(file, &config)?;
        if self.announce {
            let key = SigningKey::generate(config.settings.algorithm).map_err(|error| {
                Failure::unavailable(format!("no new key can be made: {}", error_chain(&error)))
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
        show(&issuer)
    }
}

impl Keys {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        let path = store(file).path();
        if !path.exists() {
            return Err(Failure::refused(format!("there are no keys in {}", path.display()))
                .help("run `tower-bearer issuer serve`, which makes the first one"));
        }
        let issuer = open(file, &config)?;
        if !self.json {
            return show(&issuer);
        }
        let keys = issuer.published_keys().into_iter().map(|key| {
            let (state, at) = state(key.state);
            json!({
                "kid": key.kid,
                "alg": key.algorithm.name(),
                "state": state,
                "at": at.map(UnixTime::as_secs),
            })
        });
        ui::json(&keys.collect())
    }
}

fn show(issuer: &TokenIssuer) -> Outcome {
    let rows = issuer.published_keys().into_iter().map(|key| {
        let (state, at) = state(key.state);
        let at = at.map(|time| format_date(time).unwrap_or_else(|| time.to_string()));
        [key.kid, key.algorithm.to_string(), state.to_owned(), at.unwrap_or_default()]
    });
    print_table(["KID", "ALG", "STATE", "AT"], &rows.collect::<Vec<_>>())
}

/// What a key is published for, and until or from when.
fn state(state: PublishedKeyState) -> (&'static str, Option<UnixTime>) {
    match state {
        PublishedKeyState::Signs => ("signs", None),
        PublishedKeyState::Announced { signs_from: Some(from) } => ("signs from", Some(from)),
        PublishedKeyState::Announced { signs_from: None } => ("announced", None),
        PublishedKeyState::Retired { until } => ("published until", Some(until)),
        _ => ("published", None),
    }
}

fn failed(error: &RotationError) -> Failure {
    Failure::unavailable(format!("the keys are what they were: {}", error_chain(error)))
}

/// Where an issuer's keys are.
pub(super) fn store(file: &ConfigFile) -> KeyStore {
    KeyStore::new(file.state())
}

/// The issuer of a configuration, with the keys beside it; a first key is made when there is none.
pub(super) fn open(file: &ConfigFile, config: &Config) -> Result<TokenIssuer, Failure> {
    let builder = config.builder().map_err(|problems| file.wrong(&problems))?;
    let built = builder.key_store(store(file)).build();
    built.map_err(|error| {
        Failure::unavailable(error.to_string())
            .help(format!("check that {} can be written by this user", file.state().display()))
    })
}

//! The keys beside the configuration.

use tower_bearer::issuer::{KeyStore, TokenIssuer};

use super::file::ConfigFile;
use crate::{config::Config, failure::Failure};

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
            .cure(format!("check that {} can be written by this user", file.state().display()))
    })
}

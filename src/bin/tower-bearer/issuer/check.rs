//! `tower-bearer issuer check`

use clap::Args;

use crate::{
    config::ConfigFile,
    ui::{self, Outcome},
};

/// Checks the configuration and lists everything that is wrong with it, each with its line.
#[derive(Debug, Args)]
pub(super) struct Command {}

impl Command {
    pub(super) fn run(self, file: &ConfigFile) -> Outcome {
        let config = file.load()?;
        ui::line(&format!(
            "{} is right: {} applications, {} accounts, {} rules",
            file.path().display(),
            config.applications.len(),
            config.accounts.len(),
            config.rules.len()
        ))
    }
}

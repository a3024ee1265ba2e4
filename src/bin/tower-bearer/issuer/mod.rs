//! `tower-bearer issuer`: one file describes an issuer; these commands run it and change it.

mod account;
mod app;
mod check;
mod init;
mod keys;
mod resource;
mod rule;
mod serve;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{config::ConfigFile, ui::Outcome};

/// Runs a token issuer, and changes its configuration.
///
/// Everything about an issuer stands in one TOML file: its settings, the applications that tokens
/// are for, the accounts that may ask for tokens, and the rules that say for which scopes. Beside
/// `issuer.toml` the folder `issuer.state` holds what the issuer keeps: its keys.
///
/// The commands that change the file keep its comments and its order, check the whole of it before
/// they write, and write it whole or not at all. A running issuer takes the new file within a
/// second.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The issuer's configuration.
    #[arg(long, global = true, value_name = "FILE", default_value = "issuer.toml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Issuer,
}

#[derive(Debug, Subcommand)]
enum Issuer {
    Init(init::Command),
    Check(check::Command),
    Serve(serve::Command),
    #[command(subcommand)]
    App(app::Command),
    #[command(subcommand)]
    Resource(resource::Command),
    #[command(subcommand)]
    Account(account::Command),
    #[command(subcommand)]
    Rule(rule::Command),
    Keys(keys::Keys),
    Rotate(keys::Rotate),
}

impl Command {
    pub(crate) fn run(self) -> Outcome {
        let file = ConfigFile::new(self.config);
        match self.command {
            Issuer::Init(command) => command.run(&file),
            Issuer::Check(command) => command.run(&file),
            Issuer::Serve(command) => command.run(file),
            Issuer::App(command) => command.run(&file),
            Issuer::Resource(command) => command.run(&file),
            Issuer::Account(command) => command.run(&file),
            Issuer::Rule(command) => command.run(&file),
            Issuer::Keys(command) => command.run(&file),
            Issuer::Rotate(command) => command.run(&file),
        }
    }
}

//! `tower-bearer issuer`: commands that run an issuer and edit its configuration.

mod account;
mod app;
mod check;
mod init;
mod keys;
mod resource;
mod revoke;
mod rule;
mod serve;
mod trusted;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{config::ConfigFile, ui::Outcome};

/// Runs a token issuer, and edits its configuration.
///
/// One TOML file describes the issuer: its settings, the applications (APIs) that tokens are for,
/// the accounts (clients) that may request tokens, and the rules that grant scopes. Beside
/// `issuer.toml` the directory `issuer.state` holds the issuer's keys and the statuses of its tokens.
///
/// The commands that edit the file preserve comments and order, validate the result before they
/// write it, and replace the file atomically. A running issuer loads the new file within about a
/// second.
#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The issuer's configuration [default: issuer.toml].
    #[arg(long, short, global = true, value_name = "FILE", env = "TOWER_BEARER_CONFIG")]
    #[arg(hide_env_values = true)]
    config: Option<PathBuf>,
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
    Trusted(trusted::Command),
    Keys(keys::Keys),
    Rotate(keys::Rotate),
    Revoke(revoke::Command),
}

impl Command {
    /// `config` is the file that is named before `issuer`.
    pub(crate) fn run(self, config: Option<PathBuf>) -> Outcome {
        let config = config.or(self.config).unwrap_or_else(|| "issuer.toml".into());
        let file = ConfigFile::new(config);
        match self.command {
            Issuer::Init(command) => command.run(&file),
            Issuer::Check(command) => command.run(&file),
            Issuer::Serve(command) => command.run(file),
            Issuer::App(command) => command.run(&file),
            Issuer::Resource(command) => command.run(&file),
            Issuer::Account(command) => command.run(&file),
            Issuer::Rule(command) => command.run(&file),
            Issuer::Trusted(command) => command.run(&file),
            Issuer::Keys(command) => command.run(&file),
            Issuer::Rotate(command) => command.run(&file),
            Issuer::Revoke(command) => command.run(&file),
        }
    }
}

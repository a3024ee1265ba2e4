//! `tower-bearer`: runs a token issuer, requests tokens and inspects them.

mod completions;
mod config;
mod issuer;
mod token;
mod ui;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::ui::Outcome;

/// Issues bearer tokens, requests them, and explains them.
///
/// `issuer` runs a token issuer for client credentials (RFC 6749 §4.4), configured by a single file,
/// and edits that file. `token` requests a token from any issuer, and shows check by check why a
/// token is accepted or refused.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true, after_long_help = EXAMPLES)]
struct Program {
    /// The issuer's configuration; `issuer` takes the same option.
    #[arg(long = "config", short = 'c', id = "program_config", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Prints results and errors, but no notes and no confirmations.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  An issuer with one API and one client:
    tower-bearer issuer init
    tower-bearer issuer app add display --audience https://display.example
    tower-bearer issuer resource add display announce create read update delete
    tower-bearer issuer account add outsourcer-a
    tower-bearer issuer rule add outsourcer-a display 'announce:*:read'
    tower-bearer issuer serve

  A token from it, and what the token contains:
    export TOWER_BEARER_CLIENT_SECRET=...
    tower-bearer token get --issuer http://127.0.0.1:8080 --client-id outsourcer-a \\
        --audience https://display.example --scope announce:read |
      tower-bearer token inspect -

Exit status:
  0  success; of `token inspect`: the token is accepted
  1  refused; of `token inspect`: the token is refused
  2  the command line is wrong
  3  something is unavailable: the issuer, the network, the disk
  4  of `token inspect`: the input is not a JWT";

#[derive(Debug, Subcommand)]
enum Command {
    Issuer(issuer::Command),
    #[command(subcommand)]
    Token(token::Command),
    Completions(completions::Command),
}

fn main() -> ExitCode {
    let program = Program::parse();
    if program.quiet {
        ui::set_quiet();
    }
    match program.command.run(program.config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

impl Command {
    fn run(self, config: Option<PathBuf>) -> Outcome {
        match self {
            Self::Issuer(command) => command.run(config),
            Self::Token(command) => command.run(),
            Self::Completions(command) => command.run::<Program>(),
        }
    }
}

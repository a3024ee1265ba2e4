//! `tower-bearer`: a token issuer to run, and tokens to ask for and to look into.

mod completions;
mod config;
mod issuer;
mod token;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::ui::Outcome;

/// Issues bearer tokens, asks for them, and explains them.
///
/// `issuer` runs a token issuer for client credentials (RFC 6749 §4.4) from one file, and changes
/// that file. `token` asks any issuer for a token, and tells check by check why a token is admitted
/// or not.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, arg_required_else_help = true, after_long_help = EXAMPLES)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  An issuer with one API and one client, from nothing:
    tower-bearer issuer init
    tower-bearer issuer app add display --audience https://display.example
    tower-bearer issuer resource add display announce create read update delete
    tower-bearer issuer account add outsourcer-a
    tower-bearer issuer rule add outsourcer-a display announce:*:read
    tower-bearer issuer serve

  A token for it, and what is in it:
    export TOWER_BEARER_CLIENT_SECRET=...
    tower-bearer token get --issuer http://127.0.0.1:8080 --client-id outsourcer-a \\
        --audience https://display.example --scope announce:read |
      tower-bearer token inspect -

Exit status:
  0  done; of `token inspect`: the token is admitted
  1  refused; of `token inspect`: the token is refused
  2  the command line is wrong
  3  something is not there: the issuer, the network, the disk";

#[derive(Debug, Subcommand)]
enum Command {
    Issuer(issuer::Command),
    #[command(subcommand)]
    Token(token::Command),
    Completions(completions::Command),
}

fn main() -> ExitCode {
    match Program::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

impl Command {
    fn run(self) -> Outcome {
        match self {
            Self::Issuer(command) => command.run(),
            Self::Token(command) => command.run(),
            Self::Completions(command) => command.run::<Program>(),
        }
    }
}

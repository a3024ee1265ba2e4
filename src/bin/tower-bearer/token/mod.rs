//! `tower-bearer token`: tokens of any issuer.

mod credentials;
mod discovery;
mod fetch;
mod get;
mod inspect;

use clap::Subcommand;

use crate::ui::Outcome;

/// Requests a token from any issuer, or inspects one.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Get(Box<get::Command>),
    Inspect(Box<inspect::Command>),
}

impl Command {
    pub(crate) fn run(self) -> Outcome {
        match self {
            Self::Get(command) => command.run(),
            Self::Inspect(command) => command.run(),
        }
    }
}

//! The log of a running issuer, on standard error.

use std::io::{self, IsTerminal as _};

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::ui::Failure;

/// How much is logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Log {
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Format {
    /// one line for people
    #[default]
    Text,
    /// one JSON object in a line
    Json,
}

/// Starts to log. Without a level the variable `RUST_LOG` decides, and without that it is info.
pub(super) fn start(log: Option<Log>, format: Format) -> Result<(), Failure> {
    let targets = match log {
        Some(log) => Targets::new().with_default(log),
        None => from_environment()?,
    };
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
    Ok(())
}

fn from_environment() -> Result<Targets, Failure> {
    let directives = std::env::var("RUST_LOG").unwrap_or_default();
    if directives.is_empty() {
        return Ok(Targets::new().with_default(Log::Info));
    }
    directives.parse().map_err(|error| {
        Failure::usage(format!("RUST_LOG: {error}"))
            .help("write directives such as `info` or `tower_bearer=debug,warn`")
    })
}

impl From<Log> for LevelFilter {
    fn from(log: Log) -> Self {
        match log {
            Log::Off => Self::OFF,
            Log::Error => Self::ERROR,
            Log::Warn => Self::WARN,
            Log::Info => Self::INFO,
            Log::Debug => Self::DEBUG,
        }
    }
}

//! `tower-bearer issuer serve`
//!
//! `signals` end and reload the server, `watch` sees that a file has changed, `reload` loads it into
//! the running issuer, with a `pause` after failures, and `health` answers probes.

mod health;
mod logging;
mod pause;
mod reload;
mod signals;
mod watch;

use std::net::TcpListener;

use clap::Args;
use tower_bearer::issuer::{Server, ServerLimits, TokenIssuer};

use self::{
    health::WithHealth,
    logging::{Format, Log},
    reload::ConfigReloader,
    signals::{Signal, Signals},
    watch::Watch,
};
use super::{keys, revoke};
use crate::{
    config::{Config, ConfigFile},
    ui::{self, Failure, Outcome},
};

/// Runs the issuer until SIGTERM or SIGINT.
///
/// The first line on standard output is the address that it listens on; logs go to standard error.
/// Neither contains a secret or a token. The issuer speaks plain HTTP: put a proxy that speaks TLS
/// in front of it, except on this machine. `/healthz` answers 200 while it serves.
///
/// A changed configuration is loaded within about a second, or at once on SIGHUP, without dropping
/// a request. If the file is invalid, every error is logged with its line, and the previous
/// configuration stays in use; a file that cannot be read is tried again. Changes of `listen` and
/// `issuer` need a restart. Keys that `issuer rotate` changes are loaded in the same way, and tokens
/// that `issuer revoke` takes back are in the status lists within a second.
///
/// Tokens that a new configuration does not grant are taken back, also at the start.
///
/// On shutdown, requests that have begun are answered, for up to ten seconds.
#[derive(Debug, Args)]
pub(super) struct Command {
    /// How much is logged [default: the variable RUST_LOG, or else info].
    #[arg(long, value_enum)]
    log: Option<Log>,
    /// The format of log lines.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log_format: Format,
}

impl Command {
    pub(super) fn run(self, file: ConfigFile) -> Outcome {
        logging::start(self.log, self.log_format)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::unavailable(format!("no runtime: {error}")))?;
        let outcome = runtime.block_on(serve(file));
        // A thread that hangs on a dead disk does not keep the program alive.
        runtime.shutdown_background();
        outcome
    }
}

async fn serve(file: ConfigFile) -> Outcome {
    let mut signals = Signals::new()
        .map_err(|error| Failure::unavailable(format!("cannot handle signals: {error}")))?;
    let Some(opened) = open(file.clone(), &mut signals).await else { return Ok(()) };
    let Opened { config, issuer, config_watch, keys_watch } = opened?;
    let listen = config.settings.listen;
    let server = TcpListener::bind(listen)
        .and_then(|listener| {
            Server::start(listener, WithHealth(issuer.clone()), ServerLimits::default())
        })
        .map_err(|error| {
            Failure::unavailable(format!("cannot listen on {listen}: {error}"))
                .help("change the `listen` address, or end the process that uses it")
        })?;
    let address = server.address();
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "plain HTTP beyond this machine: put a TLS proxy in front");
    }
    ui::line(&format!("listening on http://{address}"))?;
    tracing::info!(issuer = %issuer.issuer(), %address, "serving");
    let (reload, reloaded) = tokio::sync::watch::channel(());
    let reloader = ConfigReloader { file, issuer: issuer.clone(), listen };
    reload::spawn((config_watch, reloader), (keys_watch, issuer), &reloaded);
    while let Signal::Reload = signals.next().await {
        reload.send_replace(());
    }
    tracing::info!("shutting down: draining requests");
    server.shutdown().await;
    Ok(())
}

/// An issuer with its files, each watched from before it was read.
struct Opened {
    config: Config,
    issuer: TokenIssuer,
    config_watch: Watch,
    keys_watch: Watch,
}

/// Reads the files on a blocking thread: the keys may be locked, or on a slow disk. `None` if a
/// signal asks to shut down meanwhile.
async fn open(file: ConfigFile, signals: &mut Signals) -> Option<Result<Opened, Failure>> {
    let mut opening = tokio::task::spawn_blocking(move || {
        let config_watch = Watch::new(file.path().to_owned());
        let config = file.load()?;
        let issuer = keys::open(&file, &config)?;
        let keys_watch = Watch::new(keys::store(&file).path());
        // Another process may have changed them since.
        issuer.reload_keys().map_err(|error| keys::failed(&error))?;
        if config.settings.has_status_lists() {
            revoke::withdrawn(&issuer)?;
        }
        Ok(Opened { config, issuer, config_watch, keys_watch })
    });
    loop {
        tokio::select! {
            biased;
            signal = signals.next() => if let Signal::Shutdown = signal {
                return None;
            },
            opened = &mut opening => return Some(opened.unwrap_or_else(|error| {
                Err(Failure::unavailable(format!("the files cannot be read: {error}")))
            })),
        }
    }
}

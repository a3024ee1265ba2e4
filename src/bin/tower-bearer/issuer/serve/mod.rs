//! `tower-bearer issuer serve`

mod http;
mod signals;
mod watch;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use clap::{Args, ValueEnum};
use tokio::{net::TcpListener, sync::Notify};
use tower_bearer::issuer::TokenIssuer;
use tracing::level_filters::LevelFilter;

use self::{
    signals::{Signal, Signals},
    watch::Watch,
};
use super::keys;
use crate::{
    config::ConfigFile,
    ui::{self, Failure, Outcome, error_chain},
};

/// How often the files are looked at.
const WATCH_PERIOD: Duration = Duration::from_secs(1);

/// Runs the issuer until SIGTERM or SIGINT.
///
/// The first line on standard output tells where it listens, and logs go to standard error; no
/// secret and no token is in either. It speaks plain http: beyond this machine a proxy in front of
/// it must speak TLS.
///
/// A changed configuration is taken within a second, or at once on SIGHUP, without dropping a
/// request. One that is wrong is reported, and the old one serves on; one that cannot be read is
/// tried again every second. `listen` and `issuer` are taken at the next start. Keys that
/// `issuer rotate` changes are taken likewise.
///
/// At the end requests that have begun get their answers.
#[derive(Debug, Args)]
pub(super) struct Command {
    /// How much is logged.
    #[arg(long, value_enum, default_value_t)]
    log: Log,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Log {
    Off,
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

impl Command {
    pub(super) fn run(self, file: ConfigFile) -> Outcome {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .with_max_level(LevelFilter::from(self.log))
            .init();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::unavailable(format!("no runtime: {error}")))?;
        let outcome = runtime.block_on(serve(file));
        // A look at the files that hangs, as on a disk that is gone, does not keep the program alive.
        runtime.shutdown_background();
        outcome
    }
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

async fn serve(file: ConfigFile) -> Outcome {
    let mut signals = Signals::new()
        .map_err(|error| Failure::unavailable(format!("no signals can be taken: {error}")))?;
    // Before the file is read, so that a change of it meanwhile is seen.
    let watch = Watch::new(&file);
    let config = file.load()?;
    let issuer = keys::open(&file, &config)?;
    let listen = config.settings.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::unavailable(format!("{listen} cannot be listened on: {error}"))
            .help("choose another `listen` address, or end what holds this one")
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::unavailable(format!("{listen}: {error}")))?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "plain http beyond this machine: let a proxy speak TLS");
    }
    ui::line(&format!("listening on http://{address}"))?;
    tracing::info!(issuer = %issuer.issuer(), %address, "serving");
    let server = http::Server::start(listener, issuer.clone());
    let hurry = Arc::new(Notify::new());
    let keeper = Keeper { file, issuer, listen };
    tokio::spawn(keeper.keep(watch, hurry.clone()));
    while let Signal::Hurry = signals.next().await {
        hurry.notify_one();
    }
    tracing::info!("ending: requests that have begun get their answers");
    server.end().await;
    Ok(())
}

/// Takes over what changes in the files, beside the requests.
#[derive(Clone, Debug)]
struct Keeper {
    file: ConfigFile,
    issuer: TokenIssuer,
    listen: SocketAddr,
}

impl Keeper {
    /// Looks at the files again and again, and at once when it is hurried.
    async fn keep(self, mut watch: Watch, hurry: Arc<Notify>) {
        let mut tick = tokio::time::interval(WATCH_PERIOD);
        loop {
            let hurried = tokio::select! {
                () = hurry.notified() => true,
                _ = tick.tick() => false,
            };
            let keeper = self.clone();
            let work = tokio::task::spawn_blocking(move || {
                keeper.renew(&mut watch, hurried);
                watch
            });
            watch = match work.await {
                Ok(watch) => watch,
                Err(error) => {
                    tracing::error!(%error, "the files could not be looked at");
                    Watch::new(&self.file)
                }
            };
        }
    }

    /// Takes over what has changed. What could not be read is tried again at the next look, for a
    /// withdrawn key must not sign on because the file was somebody else's for a while.
    fn renew(&self, watch: &mut Watch, hurried: bool) {
        let changed = watch.look(&self.file);
        if (changed.config || hurried)
            && let Err(failure) = self.reconfigure()
        {
            tracing::error!("the old configuration serves on: {}", failure.message());
            if failure.is_temporary() {
                watch.forget_config();
            }
        }
        if changed.keys || hurried {
            match self.issuer.reload_keys() {
                Ok(()) => tracing::info!(signs = self.issuer.kid(), "took the keys on the disk"),
                Err(error) => {
                    tracing::error!(error = error_chain(&error), "the keys are what they were");
                    watch.forget_keys();
                }
            }
        }
        if let Err(error) = self.issuer.rotate_if_due() {
            tracing::error!(error = error_chain(&error), "the keys could not be changed");
        }
    }

    fn reconfigure(&self) -> Outcome {
        let config = self.file.load()?;
        let builder = config.builder().map_err(|problems| self.file.wrong(&problems))?;
        let taken = self.issuer.reconfigure(builder);
        taken.map_err(|error| Failure::refused(error.to_string()))?;
        if config.settings.listen != self.listen {
            tracing::warn!("`listen` has changed: it is taken at the next start");
        }
        tracing::info!(
            applications = config.applications.len(),
            accounts = config.accounts.len(),
            rules = config.rules.len(),
            "took the new configuration"
        );
        Ok(())
    }
}

//! `tower-bearer issuer serve`

use std::{net::SocketAddr, time::Duration};

use clap::{Args, ValueEnum};
use tokio::net::TcpListener;
use tower_bearer::issuer::TokenIssuer;
use tracing::level_filters::LevelFilter;

use super::{
    file::ConfigFile,
    http, keys,
    signals::{Signal, Signals},
    watch::Watch,
};
use crate::{
    failure::{Failure, Outcome, told},
    print,
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
/// request. One that is wrong is reported, and the old one serves on. `listen` and `issuer` are
/// taken at the next start. Keys that `issuer rotate` changes are taken likewise.
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
        runtime.block_on(serve(file))
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
    let mut watch = Watch::new(&file);
    let config = file.load()?;
    let issuer = keys::open(&file, &config)?;
    let listen = config.settings.listen;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::unavailable(format!("{listen} cannot be listened on: {error}"))
            .cure("choose another `listen` address, or end what holds this one")
    })?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::unavailable(format!("{listen}: {error}")))?;
    if !address.ip().is_loopback() {
        tracing::warn!(%address, "plain http beyond this machine: let a proxy speak TLS");
    }
    print::line(&format!("listening on http://{address}"))?;
    tracing::info!(issuer = %issuer.issuer(), %address, "serving");
    let server = http::Server::start(listener, issuer.clone());
    let mut tick = tokio::time::interval(WATCH_PERIOD);
    loop {
        let hurried = tokio::select! {
            signal = signals.next() => match signal {
                Signal::End => break,
                Signal::Hurry => true,
            },
            _ = tick.tick() => false,
        };
        watch = renew(watch, issuer.clone(), file.clone(), listen, hurried).await?;
    }
    tracing::info!("ending: requests that have begun get their answers");
    server.end().await;
    Ok(())
}

/// Takes over what has changed, beside the requests.
async fn renew(
    mut watch: Watch,
    issuer: TokenIssuer,
    file: ConfigFile,
    listen: SocketAddr,
    hurried: bool,
) -> Result<Watch, Failure> {
    let work = tokio::task::spawn_blocking(move || {
        let changed = watch.look(&file);
        if changed.config || hurried {
            reconfigure(&issuer, &file, listen);
        }
        if (changed.keys || hurried)
            && let Err(error) = issuer.reload_keys()
        {
            tracing::error!(error = told(&error), "the keys are what they were");
        }
        if let Err(error) = issuer.tend_keys() {
            tracing::error!(error = told(&error), "the keys could not be changed");
        }
        watch
    });
    work.await.map_err(|error| Failure::unavailable(error.to_string()))
}

fn reconfigure(issuer: &TokenIssuer, file: &ConfigFile, listen: SocketAddr) {
    let taken = file.load().and_then(|config| {
        let builder = config.builder().map_err(|problems| file.wrong(&problems))?;
        let refused = |error: tower_bearer::error::ConfigError| Failure::refused(error.to_string());
        issuer.reconfigure(builder).map_err(refused)?;
        Ok(config)
    });
    match taken {
        Ok(config) => {
            if config.settings.listen != listen {
                tracing::warn!("`listen` has changed: it is taken at the next start");
            }
            tracing::info!(
                applications = config.applications.len(),
                accounts = config.accounts.len(),
                rules = config.rules.len(),
                "took the new configuration"
            );
        }
        Err(failure) => tracing::error!("the old configuration serves on: {}", failure.message()),
    }
}

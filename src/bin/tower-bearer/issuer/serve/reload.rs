//! Reloads the files of a running issuer when they change, beside the requests.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use tokio::{sync::watch, time::MissedTickBehavior};
use tower_bearer::{
    error::{ConfigError, Problem},
    issuer::TokenIssuer,
};

use super::{
    pause::Pause,
    watch::{Change, Watch},
};
use crate::{
    config::ConfigFile,
    ui::{Failure, Outcome, error_chain},
};

/// The time between two polls of the files. A change is loaded at the second poll that sees it.
const POLL_PERIOD: Duration = Duration::from_millis(500);

/// The longest pause after failures to load a file, in polls: 10 s. A withdrawn key signs for this
/// long after its file can be read again.
const LONGEST_LOAD_PAUSE: u32 = 20;

/// The longest pause after failures to rotate the keys, in polls: 5 minutes. Each attempt may
/// generate a key, which costs some tenths of a second for RSA.
const LONGEST_ROTATION_PAUSE: u32 = 600;

/// Starts to watch the configuration and the keys, each in a task of its own: keys that are locked
/// or on a slow disk do not hold up a change of the configuration.
///
/// Both files are loaded at once when `reload` changes.
pub(super) fn spawn(
    config: (Watch, ConfigReloader),
    keys: (Watch, TokenIssuer),
    reload: &watch::Receiver<()>,
) {
    let (config_watch, reloader) = config;
    let mut loading = Loading::new(config_watch);
    tokio::spawn(run(reload.clone(), move |forced| {
        loading.poll(forced, || match reloader.reload() {
            Err(failure) => {
                tracing::error!("keeping the previous configuration: {}", failure.message());
                // A wrong file stays wrong until it changes.
                if failure.is_temporary() { Err(()) } else { Ok(()) }
            }
            Ok(()) => Ok(()),
        });
    }));
    let (keys_watch, issuer) = keys;
    let mut loading = Loading::new(keys_watch);
    let (mut rotation, mut statuses) = (Pause::default(), Pause::default());
    tokio::spawn(run(reload.clone(), move |forced| {
        loading.poll(forced, || match issuer.reload_keys() {
            Ok(()) => {
                tracing::info!(active_kid = issuer.kid(), "signing keys loaded");
                Ok(())
            }
            Err(error) => {
                tracing::error!(error = error_chain(&error), "keeping the previous signing keys");
                Err(())
            }
        });
        if statuses.poll() {
            match issuer.reload_revocations() {
                Ok(()) => statuses.succeeded(),
                Err(error) => {
                    statuses.failed(LONGEST_LOAD_PAUSE);
                    tracing::error!(%error, "what others take back is not seen");
                }
            }
        }
        if !rotation.poll() {
            return;
        }
        match issuer.rotate_if_due() {
            Ok(()) => rotation.succeeded(),
            Err(error) => {
                rotation.failed(LONGEST_ROTATION_PAUSE);
                tracing::error!(error = error_chain(&error), "the signing key was not rotated");
            }
        }
    }));
}

/// Calls `work` on a blocking thread at each poll, and with `true` when `reload` changes.
async fn run(mut reload: watch::Receiver<()>, mut work: impl FnMut(bool) + Send + 'static) {
    let mut ticks = tokio::time::interval(POLL_PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let forced = tokio::select! {
            changed = reload.changed() => match changed {
                Ok(()) => true,
                Err(_) => return,
            },
            _ = ticks.tick() => false,
        };
        let task = tokio::task::spawn_blocking(move || {
            if catch_unwind(AssertUnwindSafe(|| work(forced))).is_err() {
                tracing::error!("a reload panicked; the files are still watched");
            }
            work
        });
        let Ok(returned) = task.await else { return };
        work = returned;
    }
}

/// A file that is loaded when it changes.
#[derive(Debug)]
struct Loading {
    watch: Watch,
    /// Set after an error, until the file is loaded.
    retries: Option<Pause>,
}

impl Loading {
    const fn new(watch: Watch) -> Self {
        Self { watch, retries: None }
    }

    /// Calls `load` if the file has changed, and after an error again, with pauses that grow.
    fn poll(&mut self, forced: bool, load: impl FnOnce() -> Result<(), ()>) {
        if forced {
            self.watch.mark_loaded();
        }
        let is_due = match self.watch.poll() {
            Change::Complete => true,
            Change::Unfinished => false,
            Change::None => self.retries.as_mut().is_some_and(Pause::poll),
        };
        if !is_due && !forced {
            return;
        }
        match load() {
            Ok(()) => self.retries = None,
            Err(()) => self.retries.get_or_insert_default().failed(LONGEST_LOAD_PAUSE),
        }
    }
}

/// Returns the failure of a configuration that the issuer does not take. A disk that fails may work
/// later.
fn refused(error: &ConfigError) -> Failure {
    let is_disk = |problem: &Problem| {
        ["key_store", "status_lists"].iter().any(|name| *problem.setting() == **name)
    };
    let new =
        if error.problems().iter().all(is_disk) { Failure::unavailable } else { Failure::refused };
    new(error.to_string())
}

/// Loads the configuration into a running issuer.
#[derive(Debug)]
pub(super) struct ConfigReloader {
    pub(super) file: ConfigFile,
    pub(super) issuer: TokenIssuer,
    pub(super) listen: SocketAddr,
}

impl ConfigReloader {
    fn reload(&self) -> Outcome {
        let config = self.file.load()?;
        let builder = config.builder().map_err(|problems| self.file.invalid(&problems))?;
        self.issuer.reconfigure(builder).map_err(|error| refused(&error))?;
        if config.settings.listen != self.listen {
            tracing::warn!("`listen` has changed: restart the issuer to use the new address");
        }
        tracing::info!(
            applications = config.applications.len(),
            accounts = config.accounts.len(),
            rules = config.rules.len(),
            "configuration reloaded"
        );
        Ok(())
    }
}

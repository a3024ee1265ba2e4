//! The state that the clones of an issuer share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;

use super::{
    client_auth::ClientAuthenticator,
    configuration::Configuration,
    identity::Identity,
    keys::{KeyRing, RotationError},
    model::{
        account::Account,
        record::AccountRecord,
        resolve::{no_randomness, resolve},
        usage::Usage,
    },
    revocation::{Revocation, RevocationError, Revocations},
};
use crate::{
    claims::Issuer,
    error::ConfigError,
    metrics::IssuerMetrics,
    time::{Clock, UnixTime},
};

/// The pause after a rotation that failed.
const RETRY_PAUSE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) identity: Identity,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: KeyRing,
    pub(super) clients: ClientAuthenticator,
    pub(super) revocations: Revocations,
    pub(super) metrics: IssuerMetrics,
    configuration: ArcSwap<Configuration>,
    /// A rotation is in progress.
    rotating: AtomicBool,
    /// In milliseconds: no rotation is tried before this time.
    retry_at: AtomicU64,
}

impl Shared {
    pub(super) fn new(
        issuer: Issuer,
        clock: Arc<dyn Clock>,
        keys: KeyRing,
        revocations: Revocations,
        configuration: Configuration,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            metrics: IssuerMetrics::new(issuer.as_str()),
            identity: Identity::new(issuer),
            clock,
            keys,
            revocations,
            clients: ClientAuthenticator::new().map_err(no_randomness)?,
            configuration: ArcSwap::from_pointee(configuration),
            rotating: AtomicBool::new(false),
            retry_at: AtomicU64::new(0),
        })
    }

    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(super) fn configuration(&self) -> Arc<Configuration> {
        self.configuration.load_full()
    }

    /// Returns true if this is the configuration in use, and the account is in it.
    pub(super) fn is_current(
        &self,
        config: &Arc<Configuration>,
        account: &Arc<AccountRecord>,
    ) -> bool {
        let in_use = self.configuration.load();
        Arc::ptr_eq(&in_use, config)
            && in_use
                .registry
                .account(&account.key)
                .is_some_and(|known| Arc::ptr_eq(&known, account))
    }

    /// Replaces the configuration, and takes back what the new one does not grant. Requests that
    /// have begun keep the last one.
    pub(super) fn replace(&self, configuration: Configuration) -> Result<(), ConfigError> {
        self.allow_lifetime(configuration.registry.longest_lifetime())?;
        let revoke = |config: &Configuration| self.revocations.revoke_withdrawn(config, self.now());
        revoke(&configuration).map_err(|error| {
            ConfigError::single("status_lists", format!("cannot take tokens back: {error}"))
        })?;
        let configuration = Arc::new(configuration);
        self.configuration.store(Arc::clone(&configuration));
        // Again, for tokens that were issued meanwhile.
        if let Err(error) = revoke(&configuration) {
            tracing::error!(%error, "tokens of the last moment may not be taken back");
        }
        Ok(())
    }

    /// Removes an account, and takes its tokens back.
    pub(super) fn delete_account(&self, key: &str) -> Result<bool, RevocationError> {
        let revocation = Revocation::account(key);
        let configuration = self.configuration();
        if configuration.registry.account(key).is_none() {
            return Ok(false);
        }
        self.revocations.revoke(&revocation, self.now())?;
        let is_removed = configuration.registry.remove(key);
        // Again, for tokens that were issued meanwhile.
        self.revocations.revoke(&revocation, self.now())?;
        Ok(is_removed)
    }

    /// Adds an account to the configuration.
    pub(super) fn add(&self, account: Account) -> Result<(), ConfigError> {
        let configuration = self.configuration();
        let registry = &configuration.registry;
        let (applications, workloads) = (&registry.applications, &configuration.workloads);
        let record = resolve(account, applications, workloads, Arc::new(Usage::new()))?;
        self.allow_lifetime(record.lifetime.unwrap_or_default())?;
        registry.add(record)
    }

    fn allow_lifetime(&self, lifetime: Duration) -> Result<(), ConfigError> {
        let allowed = self.keys.allow_lifetime(lifetime);
        allowed
            .map_err(|error| ConfigError::single("key_store", format!("cannot be used: {error}")))
    }

    /// Makes the change of keys that is due, if any.
    pub(super) fn rotate_if_due(&self) -> Result<(), RotationError> {
        let configuration = self.configuration();
        let settings = &configuration.settings;
        let (now, every) = (self.now(), settings.rotate_every);
        if !self.keys.is_due(now, every) {
            return Ok(());
        }
        let before = self.keys.active();
        self.keys.rotate_if_due(now, every, settings.algorithm)?;
        let (last, active) = (before.kid(), self.keys.active());
        if last == active.kid() {
            tracing::info!("the next signing key is published");
        } else {
            tracing::info!(kid = active.kid(), last, "signing key rotated");
        }
        Ok(())
    }

    /// Starts a due rotation in the background.
    pub(super) fn spawn_rotation_if_due(self: &Arc<Self>) {
        let now = self.now();
        if !self.keys.is_due(now, self.configuration.load().settings.rotate_every)
            || self.is_pausing(now)
            || self.rotating.swap(true, Ordering::Acquire)
        {
            return;
        }
        let shared = Arc::clone(self);
        let rotate = move || {
            if let Err(error) = shared.rotate_if_due() {
                tracing::error!(%error, "the signing key could not be changed");
                let again = shared.now() + RETRY_PAUSE;
                shared.retry_at.store(again.as_millis(), Ordering::Relaxed);
            }
            shared.rotating.store(false, Ordering::Release);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(rotate)),
            Err(_) => rotate(),
        }
    }

    /// Returns true during the pause after a failure. A pause that ends later than it can was begun
    /// by a clock that was ahead: it is over.
    fn is_pausing(&self, now: UnixTime) -> bool {
        let retry_at = self.retry_at.load(Ordering::Relaxed);
        now.as_millis() < retry_at && retry_at <= (now + RETRY_PAUSE).as_millis()
    }
}

//! What the clones of an issuer have in common.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use http::Uri;

use super::{
    client_auth::replay::Replays,
    client_auth::throttle::Slowdown,
    endpoint::metadata,
    keys::{KeyRing, RotationError},
    model::account::Account,
    model::configuration::Configuration,
    model::quota::Usage,
};
use crate::{
    claims::Issuer,
    error::ConfigError,
    time::{Clock, UnixTime},
};

/// How long to wait after a change of keys that failed.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) issuer: Issuer,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: KeyRing,
    pub(super) slowdown: Slowdown,
    pub(super) replays: Replays,
    configuration: ArcSwap<Configuration>,
    /// The path of the issuer's URL, without a trailing slash.
    path: String,
    /// Somebody makes the change of keys that is due.
    tending: AtomicBool,
    /// No change of keys is tried before this time, in milliseconds.
    tend_from: AtomicU64,
}

impl Shared {
    pub(super) fn new(
        issuer: Issuer,
        clock: Arc<dyn Clock>,
        keys: KeyRing,
        configuration: Configuration,
    ) -> Self {
        let url = issuer.as_str().parse::<Uri>().unwrap_or_default();
        Self {
            path: url.path().trim_end_matches('/').to_owned(),
            issuer,
            clock,
            keys,
            slowdown: Slowdown::new(),
            replays: Replays::default(),
            configuration: ArcSwap::from_pointee(configuration),
            tending: AtomicBool::new(false),
            tend_from: AtomicU64::new(0),
        }
    }

    pub(super) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(super) fn configuration(&self) -> Arc<Configuration> {
        self.configuration.load_full()
    }

    /// GrantPolicy by this configuration from now on.
    pub(super) fn replace(&self, configuration: Configuration) -> Result<(), ConfigError> {
        self.allow_lifetime(configuration.registry.longest_lifetime())?;
        self.configuration.store(Arc::new(configuration));
        Ok(())
    }

    /// Adds an account to the configuration.
    pub(super) fn add(&self, account: Account) -> Result<(), ConfigError> {
        let configuration = self.configuration();
        let lifetime = account.lifetime.unwrap_or_default();
        configuration.registry.check(&account)?;
        self.allow_lifetime(lifetime)?;
        configuration.registry.add(account, Arc::new(Usage::new()))
    }

    fn allow_lifetime(&self, lifetime: Duration) -> Result<(), ConfigError> {
        let allowed = self.keys.allow_lifetime(lifetime);
        allowed.map_err(|error| ConfigError::one("key_store", format!("is out of use: {error}")))
    }

    /// Makes the change of keys that is due, if any.
    pub(super) fn rotate_if_due(&self) -> Result<(), RotationError> {
        let configuration = self.configuration();
        let (now, every) = (self.now(), configuration.rotate_every);
        if !self.keys.is_due(now, every) {
            return Ok(());
        }
        let before = self.keys.active();
        self.keys.tend(now, every, configuration.algorithm)?;
        let (last, kid) = (before.kid(), self.keys.active());
        if last == kid.kid() {
            tracing::info!("the next signing key is published");
        } else {
            tracing::info!(kid = kid.kid(), last, "another key signs");
        }
        Ok(())
    }

    /// Sees to it that what is due with the keys is done, and lets no request wait for that.
    pub(super) fn spawn_rotation_if_due(self: &Arc<Self>) {
        let now = self.now();
        let waits = now.as_millis() < self.tend_from.load(Ordering::Relaxed);
        if !self.keys.is_due(now, self.configuration.load().rotate_every)
            || waits
            || self.tending.swap(true, Ordering::Acquire)
        {
            return;
        }
        let shared = Arc::clone(self);
        let tend = move || {
            if let Err(error) = shared.rotate_if_due() {
                tracing::error!(%error, "the signing key could not be changed");
                let again = shared.now() + TRY_AGAIN_AFTER;
                shared.tend_from.store(again.as_millis(), Ordering::Relaxed);
            }
            shared.tending.store(false, Ordering::Release);
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(tend)),
            Err(_) => tend(),
        }
    }

    /// The path of the issuer's URL, without a trailing slash.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.as_str().trim_end_matches('/'))
    }

    pub(super) fn jwk_set(&self) -> String {
        self.keys.document(self.now())
    }

    pub(super) fn metadata(&self) -> String {
        metadata::document(self)
    }
}

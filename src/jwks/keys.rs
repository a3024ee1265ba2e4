use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::{
    context::KeysContext,
    key_file::KeyFile,
    lookup::{KeyLookup, Lookup},
    readiness::{KeysState, Readiness},
    remote::{KeysError, RemoteKeys},
    settings::RemoteJwks,
    snapshot::{IssuerIndex, IssuerKeys, KnownKeys, Snapshot},
};
#[cfg(feature = "status-list")]
use crate::transport::{Transport, UrlRule};
use crate::{
    claims::Issuer, error::Problems, key::KeySet, metrics::KeysMetrics, time::UnixTime,
    transport::HttpSettings,
};

/// The keys that tokens are checked with: a [`RemoteJwks`], or a [`KeySet`] that never changes.
#[derive(Clone, Debug)]
pub struct Keys(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Static(KeySet),
    Remote(Box<RemoteJwks>),
}

impl From<KeySet> for Keys {
    fn from(keys: KeySet) -> Self {
        Self(Kind::Static(keys))
    }
}

impl From<RemoteJwks> for Keys {
    fn from(keys: RemoteJwks) -> Self {
        Self(Kind::Remote(Box::new(keys)))
    }
}

impl From<KeyFile> for Keys {
    fn from(keys: KeyFile) -> Self {
        keys.0.into()
    }
}

impl Keys {
    /// Returns true if both are fetched in the same way.
    #[cfg(feature = "issuer")]
    pub(crate) fn is_same_remote(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Remote(one), Kind::Remote(other)) => one.is_same(other),
            _ => false,
        }
    }

    /// Sets how the keys are fetched. Returns false if they are not fetched.
    pub(crate) fn set_http(&mut self, http: HttpSettings) -> bool {
        match &mut self.0 {
            Kind::Static(_) => false,
            Kind::Remote(keys) => {
                keys.http = http;
                true
            }
        }
    }

    /// Makes the keys of `issuer` ready for use; nothing is fetched yet.
    pub(crate) fn open(
        self,
        issuer: &Issuer,
        context: &KeysContext<'_>,
        problems: &mut Problems,
    ) -> KeySource {
        match self.0 {
            Kind::Static(keys) => {
                if keys.is_empty() {
                    problems.add("keys", "hold none that can be used, so no token could pass");
                }
                let metrics = context.metrics.keys(issuer.as_str(), KeysState::Static.name());
                KeySource::Static(StaticKeys::new(issuer.clone(), keys, metrics))
            }
            Kind::Remote(settings) => {
                let keys = RemoteKeys::new(&settings, issuer.clone(), context, problems);
                KeySource::Remote(keys)
            }
        }
    }
}

/// Keys in use.
#[derive(Debug)]
pub(crate) enum KeySource {
    Static(StaticKeys),
    Remote(RemoteKeys),
}

impl KeySource {
    /// Returns another handle to the same remote keys, with what was fetched so far; `None` for keys
    /// that are configured.
    pub(crate) fn share(&self) -> Option<Self> {
        match self {
            Self::Static(_) => None,
            Self::Remote(keys) => Some(Self::Remote(keys.clone())),
        }
    }

    /// The rule for addresses and the transport by which the keys are fetched, for other documents of
    /// their issuer; `None` for keys that are configured.
    #[cfg(feature = "status-list")]
    pub(crate) fn fetching(&self) -> Option<(UrlRule, Arc<dyn Transport>)> {
        match self {
            Self::Static(_) => None,
            Self::Remote(keys) => Some(keys.fetching()),
        }
    }

    /// Looks up the set with the key of a token.
    pub(crate) fn lookup(&self, kid: Option<&str>, now: UnixTime) -> Lookup {
        match self {
            Self::Static(keys) => Lookup::Found(KeyLookup::Keys(keys.keys())),
            Self::Remote(keys) => keys.lookup(kid, now),
        }
    }

    /// Returns the current set, however old. It does not begin a fetch.
    pub(crate) fn snapshot(&self) -> IssuerKeys {
        match self {
            Self::Static(keys) => keys.keys(),
            Self::Remote(keys) => keys.snapshot(),
        }
    }

    /// Returns true if the keys are still those of this generation, and nothing is due: a result
    /// that was verified with them is still valid.
    pub(crate) fn is_current(&self, generation: u64, now: UnixTime) -> bool {
        match self {
            Self::Static(keys) => keys.snapshot.load().is_current(generation, now),
            Self::Remote(keys) => keys.is_current(generation, now),
        }
    }

    /// Returns true if the two share one key set, so that one fetch serves both.
    pub(crate) fn shares_with(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Remote(own), Self::Remote(other)) if own.shares_with(other))
    }

    pub(crate) async fn warm_up(&self) -> Result<(), KeysError> {
        match self {
            Self::Static(..) => Ok(()),
            Self::Remote(keys) => keys.warm_up().await,
        }
    }

    pub(crate) async fn refresh_now(&self) -> Result<(), KeysError> {
        match self {
            Self::Static(..) => Ok(()),
            Self::Remote(keys) => keys.refresh_now().await,
        }
    }

    pub(crate) fn revoke_kid(&self, kid: &str) {
        match self {
            Self::Static(keys) => keys.revoke_kid(kid),
            Self::Remote(keys) => keys.revoke_kid(kid),
        }
    }

    pub(crate) fn readiness(&self) -> Readiness {
        match self {
            Self::Static(keys) => {
                let current = keys.keys();
                Readiness {
                    issuer: keys.issuer.as_str().to_owned(),
                    state: KeysState::Static,
                    age: None,
                    generation: current.generation(),
                    keys: current.keys().len(),
                    last_error: None,
                }
            }
            Self::Remote(keys) => keys.readiness(),
        }
    }
}

/// Keys that are configured once, and can only be revoked.
#[derive(Debug)]
pub(crate) struct StaticKeys {
    issuer: Issuer,
    snapshot: ArcSwap<Snapshot>,
    changing: Mutex<()>,
    metrics: KeysMetrics,
}

impl StaticKeys {
    fn new(issuer: Issuer, keys: KeySet, metrics: KeysMetrics) -> Self {
        metrics.count(keys.len());
        let snapshot = ArcSwap::from_pointee(Snapshot::fixed(KnownKeys::of_one(keys), 1));
        Self { issuer, snapshot, changing: Mutex::new(()), metrics }
    }

    fn keys(&self) -> IssuerKeys {
        IssuerKeys::new(self.snapshot.load(), IssuerIndex(0))
    }

    fn revoke_kid(&self, kid: &str) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot.load();
        let keys = KnownKeys::of_one(current.value.keys.without_kid(kid));
        self.metrics.count(keys.keys.len());
        self.snapshot.store(Arc::new(Snapshot::fixed(keys, current.generation + 1)));
    }
}

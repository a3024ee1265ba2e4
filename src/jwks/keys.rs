use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use arc_swap::{ArcSwap, Guard};

use super::{
    missing_kids::Missing,
    operate::KeysError,
    readiness::{KeysState, Readiness},
    remote::Remote,
    settings::RemoteJwks,
    snapshot::Snapshot,
    standing::{Quiet, Standing},
};
use crate::{
    claims::Issuer,
    error::Problems,
    key::KeySet,
    time::{Clock, UnixTime},
    transport::UrlRule,
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

impl Keys {
    /// Makes the keys of `issuer` ready for use; nothing is fetched yet.
    pub(crate) fn open(
        self,
        issuer: &Issuer,
        clock: &Arc<dyn Clock>,
        rule: UrlRule,
        problems: &mut Problems,
    ) -> KeySource {
        match self.0 {
            Kind::Static(keys) => {
                if keys.is_empty() {
                    problems.add("keys", "hold none that can be used, so no token could pass");
                }
                let snapshot = Snapshot {
                    keys,
                    generation: 1,
                    fetched_at: UnixTime::EPOCH,
                    usable_until: UnixTime::MAX,
                    missing: Missing::default(),
                };
                KeySource::Static(Fixed {
                    issuer: issuer.clone(),
                    standing: Standing::of(&snapshot, Quiet::ALWAYS),
                    snapshot: ArcSwap::from_pointee(snapshot),
                    changing: Mutex::new(()),
                })
            }
            Kind::Remote(settings) => {
                let rule = settings.url_rule(rule);
                settings.check(rule, problems);
                KeySource::Remote(Remote::new(*settings, issuer.clone(), clock.clone(), rule))
            }
        }
    }
}

/// Keys in use.
#[derive(Debug)]
pub(crate) enum KeySource {
    Static(Fixed),
    Remote(Arc<Remote>),
}

/// Keys that are given once, and can only be revoked.
#[derive(Debug)]
pub(crate) struct Fixed {
    issuer: Issuer,
    snapshot: ArcSwap<Snapshot>,
    standing: Standing,
    changing: Mutex<()>,
}

/// What is known of a key at once.
pub(crate) enum Lookup {
    Found(Found),
    /// It depends on a fetch.
    Wait(KeysFuture),
}

/// What is known of a key.
pub(crate) enum Found {
    /// The set to look in.
    Keys(Guard<Arc<Snapshot>>),
    /// The issuer does not publish it.
    Unknown,
    /// Nobody can tell at the moment.
    Unavailable { retry_after: Duration },
}

impl KeySource {
    /// The set in which a token's key is, if it is known.
    pub(crate) fn lookup(&self, kid: Option<&str>, now: UnixTime) -> Lookup {
        match self {
            Self::Static(fixed) => Lookup::Found(Found::Keys(fixed.snapshot.load())),
            Self::Remote(remote) => remote.lookup(kid, now),
        }
    }

    /// Whether these are still the keys of that generation, and nothing about them is due: what
    /// was verified with them holds.
    pub(crate) fn stand(&self, generation: u64, now: UnixTime) -> bool {
        match self {
            Self::Static(fixed) => fixed.standing.holds(generation, now),
            Self::Remote(remote) => remote.stand(generation, now),
        }
    }

    pub(crate) async fn warm_up(&self) -> Result<(), KeysError> {
        match self {
            Self::Static(..) => Ok(()),
            Self::Remote(remote) => remote.warm_up().await,
        }
    }

    pub(crate) async fn refresh_now(&self) -> Result<(), KeysError> {
        match self {
            Self::Static(..) => Ok(()),
            Self::Remote(remote) => remote.refresh_now().await,
        }
    }

    pub(crate) fn revoke_kid(&self, kid: &str) {
        match self {
            Self::Static(fixed) => fixed.revoke_kid(kid),
            Self::Remote(remote) => remote.revoke_kid(kid),
        }
    }

    pub(crate) fn readiness(&self) -> Readiness {
        match self {
            Self::Static(fixed) => {
                let snapshot = fixed.snapshot.load();
                Readiness {
                    issuer: fixed.issuer.as_str().to_owned(),
                    state: KeysState::Static,
                    age: None,
                    generation: snapshot.generation,
                    keys: snapshot.keys.len(),
                    last_error: None,
                }
            }
            Self::Remote(remote) => remote.readiness(),
        }
    }
}

impl Fixed {
    fn revoke_kid(&self, kid: &str) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.snapshot.load();
        let next = Snapshot {
            keys: current.keys.without_kid(kid),
            generation: current.generation + 1,
            fetched_at: current.fetched_at,
            usable_until: current.usable_until,
            missing: Missing::default(),
        };
        self.standing.set(&next, Quiet::ALWAYS);
        self.snapshot.store(Arc::new(next));
    }
}

/// Resolves when the fetch that a request waits for has landed, or its time is up.
pub(crate) struct KeysFuture(Pin<Box<dyn Future<Output = Found> + Send>>);

impl KeysFuture {
    pub(super) fn new(future: impl Future<Output = Found> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }
}

impl Future for KeysFuture {
    type Output = Found;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Found> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for KeysFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeysFuture")
    }
}

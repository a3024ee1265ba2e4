use std::{error::Error, fmt, sync::Arc};

use arc_swap::Guard;

use super::{
    document::{Change, JwksDocument},
    lookup::{KeyLookup, KeysFuture, KidQuery, Lookup},
    readiness::{KeysState, Readiness},
    settings::RemoteJwks,
    snapshot::{KnownKeys, Snapshot},
};
use crate::{
    claims::Issuer,
    error::Problems,
    metrics::KeysMetrics,
    refresh::{Access, EventKind, Fetcher, Refresher},
    time::{Clock, UnixTime},
    transport::{Transport, UrlRule},
};

/// The keys of one issuer, kept fresh.
#[derive(Clone, Debug)]
pub(crate) struct RemoteKeys {
    issuer: Issuer,
    clock: Arc<dyn Clock>,
    refresher: Arc<Refresher<JwksDocument>>,
    metrics: KeysMetrics,
    #[cfg(feature = "status-list")]
    fetching: (UrlRule, Arc<dyn Transport>),
}

impl RemoteKeys {
    pub(super) fn new(
        settings: RemoteJwks,
        issuer: Issuer,
        clock: Arc<dyn Clock>,
        url_rule: UrlRule,
        default_transport: &Arc<dyn Transport>,
        metrics: KeysMetrics,
        problems: &mut Problems,
    ) -> Self {
        let limits = settings.limits();
        let transport = settings.http.open(
            settings.transport.clone(),
            || default_transport.clone(),
            &url_rule,
            settings.address().as_ref(),
            &mut |setting, help| problems.add(setting, help),
        );
        let fetcher = Fetcher {
            transport,
            url_rule,
            accept: "application/json",
            max_bytes: settings.max_document_bytes,
        };
        #[cfg(feature = "status-list")]
        let fetching = (fetcher.url_rule.clone(), fetcher.transport.clone());
        let document = JwksDocument::new(
            fetcher,
            settings.location,
            settings.max_keys,
            settings.key_use,
            settings.removed,
        );
        let empty = KnownKeys::default();
        let subject = (issuer.as_str(), metrics.clone());
        let refresher = Refresher::new(document, empty, subject, limits, clock.clone());
        Self {
            issuer,
            clock,
            refresher,
            metrics,
            #[cfg(feature = "status-list")]
            fetching,
        }
    }

    /// The rule for addresses and the transport by which the keys are fetched.
    #[cfg(feature = "status-list")]
    pub(super) fn fetching(&self) -> (UrlRule, Arc<dyn Transport>) {
        self.fetching.clone()
    }

    pub(super) fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.refresher.snapshot()
    }

    /// Looks a key id up: without a lock and without an allocation while nothing is due.
    pub(super) fn lookup(&self, kid: Option<&str>, now: UnixTime) -> Lookup {
        let snapshot = self.refresher.snapshot();
        if snapshot.is_quiet(now) {
            match kid {
                Some(kid) if !snapshot.keys().contains_kid(kid) => {
                    if snapshot.value.missing.contains(kid, now) {
                        return Lookup::Found(KeyLookup::Unknown);
                    }
                }
                _ => return Lookup::Found(KeyLookup::Keys(snapshot)),
            }
        }
        drop(snapshot);
        self.lookup_slow(kid)
    }

    fn lookup_slow(&self, kid: Option<&str>) -> Lookup {
        match self.refresher.request(KidQuery(kid.map(Into::into))) {
            Access::Now(answer) => Lookup::Found(answer.into()),
            Access::Wait(answer) => Lookup::Wait(KeysFuture::new(answer)),
        }
    }

    /// Returns true if the keys are still those of this generation, and nothing is due.
    pub(super) fn is_current(&self, generation: u64, now: UnixTime) -> bool {
        self.refresher.snapshot().is_current(generation, now)
    }

    /// Waits for the first set under the same limits as a request: at most `max_wait`, and not
    /// during a backoff.
    pub(super) async fn warm_up(&self) -> Result<(), KeysError> {
        let found = match self.lookup(None, self.clock.now()) {
            Lookup::Found(found) => found,
            Lookup::Wait(keys) => keys.await,
        };
        match found {
            KeyLookup::Keys(_) => Ok(()),
            KeyLookup::Unknown | KeyLookup::Unavailable { .. } => {
                let error = self.refresher.last_error();
                Err(KeysError(error.unwrap_or_else(|| "the issuer has not answered yet".into())))
            }
        }
    }

    /// Fetches at once, whatever the budgets say.
    pub(super) async fn refresh_now(&self) -> Result<(), KeysError> {
        self.refresher.refresh_now().await.map_err(KeysError)
    }

    /// Revokes a key: it is refused from now on, whatever the issuer publishes.
    pub(super) fn revoke_kid(&self, kid: &str) {
        let (mut state, now) = self.refresher.lock();
        let current = self.refresher.snapshot();
        let generation = current.generation + 1;
        let next = state.document.revoke(kid, &current.value);
        self.refresher.publish(&state, next, generation, now);
        state.note(EventKind::Changed(Change::Revoked { kid: kid.into() }), generation, now);
    }

    pub(super) fn readiness(&self) -> Readiness {
        let (mut state, now) = self.refresher.lock();
        let snapshot = self.refresher.current(&mut state, now);
        let times = state.freshness.times(now);
        let keys_state = KeysState::from(state.freshness.state(now));
        // Without requests nothing else would record that the keys have gone stale.
        self.metrics.state(keys_state.name());
        Readiness {
            issuer: self.issuer.as_str().to_owned(),
            state: keys_state,
            age: times.map(|times| now.saturating_since(times.fetched_at)),
            generation: snapshot.generation,
            keys: snapshot.keys().len(),
            last_error: state.last_error.clone(),
        }
    }
}

/// The keys could not be fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct KeysError(String);

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the keys could not be fetched: {}", self.0)
    }
}

/// Prints the sentence of `Display`, so that `main` can return it.
impl fmt::Debug for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for KeysError {}

#[cfg(test)]
mod tests;

use std::{error::Error, fmt, sync::Arc};

use super::{
    context::KeysContext,
    document::{Change, JwksDocument},
    lookup::{KeyLookup, KeysFuture, KidQuery, Lookup},
    readiness::{KeysState, Readiness},
    settings::RemoteJwks,
    snapshot::{IssuerIndex, IssuerKeys, KnownKeys},
};
#[cfg(feature = "status-list")]
use crate::transport::{Transport, UrlRule};
use crate::{
    claims::Issuer,
    error::Problems,
    metrics::KeysMetrics,
    refresh::{Access, EventKind, Fetcher, Refresher},
    time::{Clock, UnixTime},
};

/// The keys of one issuer, kept fresh. Other issuers may share the set.
#[derive(Clone, Debug)]
pub(crate) struct RemoteKeys {
    issuer: Issuer,
    clock: Arc<dyn Clock>,
    refresher: Arc<Refresher<JwksDocument>>,
    metrics: KeysMetrics,
    seat: Arc<Seat>,
}

/// The place of an issuer among those that share a set, until the last handle is dropped.
#[derive(Debug)]
struct Seat {
    refresher: Arc<Refresher<JwksDocument>>,
    index: IssuerIndex,
}

impl Seat {
    fn take(refresher: Arc<Refresher<JwksDocument>>) -> Self {
        let (mut state, now) = refresher.lock();
        let current = refresher.snapshot();
        let (index, next) = state.document.add_issuer(&current.value);
        refresher.publish(&state, next, current.generation, now);
        drop((state, current));
        Self { refresher, index }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.refresher.lock().0.document.remove_issuer(self.index);
    }
}

impl RemoteKeys {
    pub(super) fn new(
        settings: &RemoteJwks,
        issuer: Issuer,
        context: &KeysContext<'_>,
        problems: &mut Problems,
    ) -> Self {
        let metrics = context.metrics.keys(issuer.as_str(), KeysState::Empty.name());
        let rule = settings.url_rule(context.url_rule);
        settings.check(&rule, problems);
        let refresher = context.shared.find_or_open(settings, &rule, || {
            let limits = settings.limits();
            let transport = settings.http.open(
                settings.transport.clone(),
                || context.transport.clone(),
                &rule,
                settings.address().as_ref(),
                &mut |setting, help| problems.add(setting, help),
            );
            let max_bytes = settings.max_document_bytes;
            let fetcher = Fetcher {
                transport,
                url_rule: rule.clone(),
                accept: "application/json",
                max_bytes,
            };
            let (location, max_keys) = (settings.location.clone(), settings.max_keys);
            let document = JwksDocument::new(
                fetcher,
                location,
                max_keys,
                settings.key_use,
                settings.removed,
                context.uses_patterns,
            );
            let (empty, clock) = (KnownKeys::default(), context.clock.clone());
            let subject = (issuer.as_str(), metrics.clone());
            Refresher::new(document, empty, subject, limits, clock)
        });
        let seat = Arc::new(Seat::take(refresher.clone()));
        Self { issuer, clock: context.clock.clone(), refresher, metrics, seat }
    }

    /// The rule for addresses and the transport by which the keys are fetched.
    #[cfg(feature = "status-list")]
    pub(super) fn fetching(&self) -> (UrlRule, Arc<dyn Transport>) {
        self.refresher.lock().0.document.fetching()
    }

    pub(super) fn snapshot(&self) -> IssuerKeys {
        IssuerKeys::new(self.refresher.snapshot(), self.seat.index)
    }

    /// Returns true if the two share one key set.
    pub(super) fn shares_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.refresher, &other.refresher)
    }

    /// Looks a key id up: without a lock and without an allocation while nothing is due.
    pub(super) fn lookup(&self, kid: Option<&str>, now: UnixTime) -> Lookup {
        let keys = self.snapshot();
        if keys.is_quiet(now) {
            match kid {
                Some(kid) if !keys.keys().contains_kid(kid) => {
                    if keys.is_missing(kid, now) {
                        return Lookup::Found(KeyLookup::Unknown);
                    }
                }
                _ => return Lookup::Found(KeyLookup::Keys(keys)),
            }
        }
        drop(keys);
        self.lookup_slow(kid)
    }

    fn lookup_slow(&self, kid: Option<&str>) -> Lookup {
        let query = KidQuery { issuer: self.seat.index, kid: kid.map(Into::into) };
        match self.refresher.request(query) {
            Access::Now(answer) => Lookup::Found(KeyLookup::new(answer, self.seat.index)),
            Access::Wait(answer) => Lookup::Wait(KeysFuture::new(answer, self.seat.index)),
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
        let next = state.document.revoke(self.seat.index, kid, &current.value);
        self.refresher.publish(&state, next, generation, now);
        let issuer = self.issuer.as_str().into();
        state.note(
            EventKind::Changed(Change::Revoked { issuer, kid: kid.into() }),
            generation,
            now,
        );
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
            keys: snapshot.value.keys_of(self.seat.index).len(),
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

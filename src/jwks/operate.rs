//! What an operator can do with keys, and see of them.

use std::{error::Error, fmt, sync::Arc};

use super::{
    flight::{FETCH_TIMEOUT, launch},
    freshness::State,
    readiness::{KeysState, Readiness},
    remote::{Remote, SOON},
    snapshot::Snapshot,
    source::{Found, Lookup},
};

impl Remote {
    /// Fetches at once, whatever the budgets say.
    pub(super) async fn refresh_now(self: &Arc<Self>) -> Result<(), KeysError> {
        self.machine().bump = true;
        self.force().await
    }

    /// Waits for the first set, as a request does: at most 2 seconds, and not while backing off.
    pub(super) async fn warm_up(self: &Arc<Self>) -> Result<(), KeysError> {
        let found = match self.lookup(None, self.clock.now()) {
            Lookup::Found(found) => found,
            Lookup::Wait(keys) => keys.await,
        };
        match found {
            Found::Keys(_) => Ok(()),
            Found::Unknown | Found::Unavailable { .. } => Err(self.failure()),
        }
    }

    async fn force(self: &Arc<Self>) -> Result<(), KeysError> {
        let now = self.clock.now();
        let mut landed = self.landed.subscribe();
        let fetch = {
            let mut machine = self.machine();
            machine.freshness.force().then(|| self.fetch(&machine, now))
        };
        if let Some(fetch) = fetch {
            launch(self, fetch, now);
        }
        let _ = tokio::time::timeout(FETCH_TIMEOUT + SOON, landed.changed()).await;
        if self.machine().last_error.is_some() { Err(self.failure()) } else { Ok(()) }
    }

    fn failure(&self) -> KeysError {
        let error = self.machine().last_error.clone();
        KeysError(error.unwrap_or_else(|| "the issuer has not answered yet".to_owned()))
    }

    /// Refuses a key from now on, whatever the issuer publishes.
    pub(super) fn revoke_kid(&self, kid: &str) {
        let mut machine = self.machine();
        machine.revoked.insert(kid.into());
        let current = self.snapshot.load();
        self.snapshot.store(Arc::new(Snapshot {
            keys: current.keys.without_kid(kid),
            generation: current.generation + 1,
            fetched_at: current.fetched_at,
        }));
        tracing::warn!(issuer = %self.issuer, "a key was revoked");
    }

    pub(super) fn readiness(&self) -> Readiness {
        let now = self.clock.now();
        let machine = self.machine();
        let snapshot = self.snapshot.load();
        let state = machine.state(now);
        Readiness {
            issuer: self.issuer.as_str().to_owned(),
            state: match state {
                State::Empty => KeysState::Empty,
                State::Fresh => KeysState::Fresh,
                State::Due => KeysState::Due,
                State::Stale => KeysState::Stale,
                State::Expired => KeysState::Expired,
            },
            age: machine.freshness.times().map(|set| now.saturating_since(set.fetched_at)),
            generation: snapshot.generation,
            keys: snapshot.keys.len(),
            last_error: machine.last_error.clone(),
        }
    }
}

/// The keys could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysError(String);

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the keys could not be fetched: {}", self.0)
    }
}

impl Error for KeysError {}

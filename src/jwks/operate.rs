//! What an operator can do with keys, and see of them.

use std::{error::Error, fmt, sync::Arc};

use super::{
    events::{EventKind, Reason},
    flight::{FETCH_TIMEOUT, launch},
    keys::{Found, Lookup},
    readiness::Readiness,
    remote::{Remote, SOON},
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

    /// Sees a fetch through that began after the call: one that is in flight already may have been
    /// answered before.
    async fn force(self: &Arc<Self>) -> Result<(), KeysError> {
        let mut begun = false;
        for _ in 0..2 {
            let now = self.clock.now();
            let mut landed = self.landed.subscribe();
            let fetch = {
                let mut machine = self.machine();
                machine.freshness.force().then(|| self.fetch(&machine, now))
            };
            begun |= fetch.is_some();
            if let Some(fetch) = fetch {
                launch(self, fetch, Reason::RefreshNow, now);
            }
            let _ = tokio::time::timeout(FETCH_TIMEOUT + SOON, landed.changed()).await;
            if begun {
                break;
            }
        }
        if self.machine().last_error.is_some() { Err(self.failure()) } else { Ok(()) }
    }

    fn failure(&self) -> KeysError {
        let error = self.machine().last_error.clone();
        KeysError(error.unwrap_or_else(|| "the issuer has not answered yet".to_owned()))
    }

    /// Refuses a key from now on, whatever the issuer publishes.
    pub(super) fn revoke_kid(&self, kid: &str) {
        let now = self.clock.now();
        let mut machine = self.machine();
        let next = machine.revoke(kid, &self.snapshot.load());
        let generation = next.generation;
        self.snapshot.store(Arc::new(next));
        self.settle(&machine, &self.snapshot.load(), now);
        machine.note(EventKind::Revoked { kid: kid.into() }, generation, now);
    }

    pub(super) fn readiness(&self) -> Readiness {
        let now = self.clock.now();
        let mut machine = self.machine();
        let snapshot = self.current(&mut machine, now);
        Readiness {
            issuer: self.issuer.as_str().to_owned(),
            state: machine.state(now).into(),
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

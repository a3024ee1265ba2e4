//! One token: cached while it is valid, and renewed by one request at a time for all callers
//! (single-flight).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwapOption;
use tokio::{runtime::Handle, sync::watch, task::AbortHandle};

use super::{
    endpoint::TokenEndpoint,
    error::{TokenRequestError, TokenRequestErrorKind},
    parameters::TokenParameters,
    renewal::{COOL_OFF, FRESH, Schedule},
    token_response::TokenResponse,
};
use crate::{
    refresh::{Backoff, jitter},
    time::UnixTime,
};

/// The token for one set of parameters.
pub(super) struct TokenSlot {
    endpoint: Arc<TokenEndpoint>,
    parameters: TokenParameters,
    current: ArcSwapOption<Entry>,
    state: Mutex<State>,
    /// The error of the last request that ended; a change wakes the callers that wait for one.
    ended: watch::Sender<Option<TokenRequestError>>,
}

struct Entry {
    token: Arc<TokenResponse>,
    schedule: Schedule,
    /// An API refused the token while it was fresh.
    refused: bool,
}

struct State {
    in_flight: bool,
    /// Counts the requests, so that an abort handle is never stored for one that has ended.
    requests: u64,
    /// The backoff after failed token requests.
    failures: Backoff,
    last_error: Option<TokenRequestError>,
    /// The backoff after fresh tokens that an API refused, and the number of such tokens in a row.
    refusals: Backoff,
    refused_in_a_row: u32,
    task: Option<AbortHandle>,
}

/// Tells whether a token request is in flight, not needed, or not allowed yet.
enum RequestState {
    InFlight,
    NotNeeded(Arc<TokenResponse>),
    BackingOff,
}

impl TokenSlot {
    pub(super) fn new(endpoint: Arc<TokenEndpoint>, parameters: TokenParameters) -> Self {
        Self {
            endpoint,
            parameters,
            current: ArcSwapOption::empty(),
            state: Mutex::new(State {
                in_flight: false,
                requests: 0,
                failures: Backoff::NONE,
                last_error: None,
                refusals: Backoff::NONE,
                refused_in_a_row: 0,
                task: None,
            }),
            ended: watch::Sender::new(None),
        }
    }

    pub(super) const fn endpoint(&self) -> &Arc<TokenEndpoint> {
        &self.endpoint
    }

    pub(super) const fn parameters(&self) -> &TokenParameters {
        &self.parameters
    }

    /// Returns a usable token, if there is one. Starts its renewal if that is due.
    ///
    /// Takes no lock unless the token is due.
    pub(super) fn cached(self: &Arc<Self>) -> Option<Arc<TokenResponse>> {
        let now = self.endpoint.now();
        let current = self.current.load();
        let entry = current.as_ref().filter(|entry| entry.schedule.is_usable(now))?;
        if entry.schedule.is_due(now) {
            self.begin(now);
        }
        Some(entry.token.clone())
    }

    /// Returns a usable token; waits for a request if there is none.
    ///
    /// Waits again if the token of that request was refused or expired before this caller ran.
    pub(super) async fn token(self: &Arc<Self>) -> Result<Arc<TokenResponse>, TokenRequestError> {
        loop {
            if let Some(token) = self.cached() {
                return Ok(token);
            }
            let mut ended = self.ended.subscribe();
            match self.begin(self.endpoint.now()) {
                RequestState::NotNeeded(token) => return Ok(token),
                RequestState::BackingOff => {
                    if let Some(error) = self.state().last_error.clone() {
                        return Err(error);
                    }
                }
                RequestState::InFlight => {
                    // The sender lives as long as this slot.
                    let _ = ended.changed().await;
                    if let Some(error) = &*ended.borrow() {
                        return Err(error.clone());
                    }
                }
            }
        }
    }

    /// Takes the token out, so that the next caller fetches another.
    pub(super) fn take(&self) -> Option<Arc<TokenResponse>> {
        let entry = self.current.swap(None)?;
        Some(entry.token.clone())
    }

    /// Records that an API refused `token`. A token that has been replaced already is ignored.
    ///
    /// The token is discarded, so that the next caller fetches another. But if fresh tokens are
    /// refused in a row, another one would be refused as well: the last one is kept, and replaced
    /// after a backoff.
    pub(super) fn refuse(&self, token: &Arc<TokenResponse>) {
        let now = self.endpoint.now();
        let mut state = self.state();
        let current = self.current.load_full();
        let Some(entry) = current.filter(|entry| Arc::ptr_eq(&entry.token, token)) else { return };
        if entry.refused {
            return;
        }
        self.endpoint.metrics.refused();
        let fresh = now.saturating_since(token.obtained_at) < FRESH;
        state.refused_in_a_row = if fresh { state.refused_in_a_row.saturating_add(1) } else { 1 };
        if state.refused_in_a_row == 1 {
            state.refusals = Backoff::NONE;
            self.current.store(None);
            return;
        }
        state.refusals.fail_with(now, None, jitter());
        let wait = state.refusals.left(now).unwrap_or_default();
        let schedule = entry.schedule.refused_until(now + wait);
        let kept = Entry { token: entry.token.clone(), schedule, refused: true };
        self.current.store(Some(Arc::new(kept)));
        let refused = state.refused_in_a_row;
        drop(state);
        tracing::warn!(
            client_id = self.endpoint.client_id(),
            refused,
            wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            "the API refuses fresh tokens; backing off"
        );
    }

    /// Starts a token request unless it is not needed, is in flight already, or must wait.
    fn begin(self: &Arc<Self>, now: UnixTime) -> RequestState {
        let request = {
            let mut state = self.state();
            // Another caller's request may have ended since this one looked.
            let current = self.current.load();
            let usable = current.as_ref().filter(|entry| entry.schedule.is_usable(now));
            if let Some(entry) = usable
                && !entry.schedule.is_due(now)
            {
                return RequestState::NotNeeded(entry.token.clone());
            }
            if state.in_flight {
                return RequestState::InFlight;
            }
            if state.failures.left(now).is_some() {
                return RequestState::BackingOff;
            }
            state.in_flight = true;
            state.requests += 1;
            state.requests
        };
        let guard = FlightGuard(Arc::downgrade(self));
        let Ok(runtime) = Handle::try_current() else {
            guard.end(Err(unreachable("there is no tokio runtime")));
            return RequestState::BackingOff;
        };
        let endpoint = self.endpoint.clone();
        let parameters = self.parameters.clone();
        let task = runtime.spawn(async move {
            let outcome = endpoint.request(&parameters).await;
            guard.end(outcome);
        });
        let mut state = self.state();
        if state.requests == request {
            state.task = Some(task.abort_handle());
        }
        RequestState::InFlight
    }

    fn end(&self, outcome: Result<TokenResponse, TokenRequestError>) {
        let now = self.endpoint.now();
        let client_id = self.endpoint.client_id();
        let mut state = self.state();
        state.in_flight = false;
        let error = match outcome {
            Ok(token) => {
                state.failures = Backoff::NONE;
                state.last_error = None;
                if self.current.load().as_ref().is_some_and(|entry| !entry.refused) {
                    state.refused_in_a_row = 0;
                }
                let schedule = Schedule::new(token.obtained_at, token.lifetime, jitter());
                let entry = Entry { token: Arc::new(token), schedule, refused: false };
                self.current.store(Some(Arc::new(entry)));
                drop(state);
                tracing::debug!(client_id, "token granted");
                None
            }
            Err(error) => {
                let permanent =
                    error.is_permanent().then(|| COOL_OFF.mul_f64(1.0 + jitter() / 2.0));
                let wait = error.retry_after().max(permanent);
                state.failures.fail_with(now, wait, jitter());
                state.last_error = Some(error.clone());
                drop(state);
                tracing::warn!(client_id, %error, "token request failed");
                Some(error)
            }
        };
        self.ended.send_replace(error);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreachable(why: &str) -> TokenRequestError {
    TokenRequestError::new(TokenRequestErrorKind::Unreachable).with_description(why)
}

/// Ends the request when it is dropped: one that is cancelled or panics has failed.
struct FlightGuard(Weak<TokenSlot>);

impl FlightGuard {
    fn end(mut self, outcome: Result<TokenResponse, TokenRequestError>) {
        if let Some(slot) = std::mem::take(&mut self.0).upgrade() {
            slot.end(outcome);
        }
    }
}

impl Drop for FlightGuard {
    fn drop(&mut self) {
        if let Some(slot) = self.0.upgrade() {
            slot.end(Err(unreachable("the request was cut short")));
        }
    }
}

impl Drop for TokenSlot {
    fn drop(&mut self) {
        if let Some(task) = self.state().task.take() {
            task.abort();
        }
    }
}

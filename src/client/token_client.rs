use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use http::Uri;
use tokio::{runtime::Handle, sync::watch, task::AbortHandle};

use super::{
    builder::TokenClientBuilder,
    credentials::ClientCredentials,
    error::{TokenRequestError, TokenRequestErrorKind},
    request::TokenRequest,
    response,
    token_response::TokenResponse,
};
use crate::{
    backoff::{Backoff, jitter},
    time::{Clock, UnixTime},
    transport::Transport,
};

/// How long a whole token request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1_024;

/// Fetches, keeps and renews the access tokens of a service that calls an API.
///
/// A clone is another handle to the same token. Nothing runs on after the last handle is dropped.
#[derive(Clone)]
pub struct TokenClient(Arc<Shared>);

struct Shared {
    request: TokenRequest,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    token: ArcSwapOption<TokenResponse>,
    state: Mutex<State>,
    /// Counts the requests that have been answered, and tells those who wait.
    answered: watch::Sender<u64>,
}

struct State {
    requesting: bool,
    backoff: Backoff,
    last_error: Option<TokenRequestError>,
    task: Option<AbortHandle>,
}

impl TokenClient {
    /// A client of the token endpoint `endpoint`.
    pub fn builder(endpoint: Uri, credentials: ClientCredentials) -> TokenClientBuilder {
        TokenClientBuilder::new(endpoint, credentials)
    }

    pub(super) fn new(
        request: TokenRequest,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Shared {
            request,
            transport,
            clock,
            token: ArcSwapOption::empty(),
            state: Mutex::new(State {
                requesting: false,
                backoff: Backoff::NONE,
                last_error: None,
                task: None,
            }),
            answered: watch::Sender::new(0),
        }))
    }

    /// A token that is good now.
    ///
    /// While there is one this neither locks nor waits. One that is about to expire is renewed
    /// beside the caller; only without a good one the caller waits for the one request. A caller
    /// that goes away does not take the request with it.
    ///
    /// # Errors
    /// When the issuer refuses or cannot be reached. For a while after that the same error comes
    /// at once: a second, doubling to a minute, or as long as the issuer says.
    pub async fn token(&self) -> Result<Arc<TokenResponse>, TokenRequestError> {
        let now = self.0.clock.now();
        if let Some(token) = self.0.good_token(now) {
            if now >= token.renew_at() {
                self.0.begin(now);
            }
            return Ok(token);
        }
        let mut answered = self.0.answered.subscribe();
        match self.0.begin(now) {
            Begun::BackingOff(error) => return Err(error),
            Begun::Requesting => {
                // The sender lives as long as this handle.
                let _ = answered.changed().await;
            }
        }
        self.0.good_token(self.0.clock.now()).ok_or_else(|| self.0.last_error())
    }

    /// Forgets this token because an API refused it, so that the next call fetches another. A token
    /// that has been replaced meanwhile is left alone.
    pub fn invalidate(&self, token: &Arc<TokenResponse>) {
        self.0.token.rcu(|current| match current {
            Some(current) if Arc::ptr_eq(current, token) => None,
            other => other.clone(),
        });
    }
}

/// What became of the wish for a request.
enum Begun {
    Requesting,
    BackingOff(TokenRequestError),
}

impl Shared {
    fn good_token(&self, now: UnixTime) -> Option<Arc<TokenResponse>> {
        let token = self.token.load();
        let token = token.as_ref()?;
        (token.obtained_at <= now && now < token.usable_until()).then(|| token.clone())
    }

    /// Sees to it that a request is on its way, unless it is too early for another.
    fn begin(self: &Arc<Self>, now: UnixTime) -> Begun {
        {
            let mut state = self.state();
            if state.requesting {
                return Begun::Requesting;
            }
            if state.backoff.left(now).is_some() {
                drop(state);
                return Begun::BackingOff(self.last_error());
            }
            state.requesting = true;
        }
        let landing = Landing(Arc::downgrade(self));
        let Ok(runtime) = Handle::try_current() else {
            landing.land(Err(unreachable("there is no tokio runtime")));
            return Begun::BackingOff(self.last_error());
        };
        let request = self.request.to_http();
        let transport = self.transport.clone();
        let task = runtime.spawn(async move {
            let answer = transport.send(request, MAX_ANSWER_BYTES);
            let outcome = match tokio::time::timeout(REQUEST_TIMEOUT, answer).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(unreachable(error.to_string())),
                Err(_) => Err(unreachable("no whole answer within 10 seconds")),
            };
            landing.land(outcome);
        });
        self.state().task = Some(task.abort_handle());
        Begun::Requesting
    }

    fn answer(&self, outcome: Result<http::Response<bytes::Bytes>, TokenRequestError>) {
        let now = self.clock.now();
        let scope = self.request.scope.as_deref();
        let granted = outcome.and_then(|answer| response::read(&answer, scope, now));
        let mut state = self.state();
        state.requesting = false;
        match granted {
            Ok(token) => {
                state.backoff = Backoff::NONE;
                state.last_error = None;
                self.token.store(Some(Arc::new(token)));
            }
            Err(error) => {
                state.backoff.fail_with(now, error.asked_to_wait(), jitter());
                state.last_error = Some(error);
            }
        }
        let failure = state.last_error.clone();
        drop(state);
        match failure {
            None => tracing::debug!(client_id = %self.request.credentials.id, "token granted"),
            Some(error) => {
                tracing::warn!(client_id = %self.request.credentials.id, %error, "no token");
            }
        }
        self.answered.send_modify(|count| *count += 1);
    }

    fn last_error(&self) -> TokenRequestError {
        let error = self.state().last_error.clone();
        error.unwrap_or_else(|| unreachable("the token was gone before it could be used"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreachable(why: impl Into<String>) -> TokenRequestError {
    TokenRequestError::from(TokenRequestErrorKind::Unreachable).described(why)
}

/// Sees to it that every request is answered: one that is cancelled or panics has failed.
struct Landing(Weak<Shared>);

impl Landing {
    fn land(mut self, outcome: Result<http::Response<bytes::Bytes>, TokenRequestError>) {
        if let Some(shared) = std::mem::take(&mut self.0).upgrade() {
            shared.answer(outcome);
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.answer(Err(unreachable("the request was cut short")));
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(task) = self.state().task.take() {
            task.abort();
        }
    }
}

impl fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient")
            .field("endpoint", &self.0.request.endpoint)
            .field("client_id", &self.0.request.credentials.id)
            .finish_non_exhaustive()
    }
}

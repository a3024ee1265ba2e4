//! The one fetch in flight: a task of its own, which no request can cancel.

use std::time::Duration;

use tokio::{runtime::Handle, task::AbortHandle};

use super::{
    events::Reason,
    fetch::{FetchError, FetchFuture, Fetched},
    freshness::Attempt,
};

/// A fetch to begin when the lock is released.
pub(super) struct Launch<A> {
    pub(super) attempt: Attempt,
    pub(super) reason: Reason,
    pub(super) fetch: FetchFuture<A>,
}

/// Runs a fetch and passes its outcome to `apply`. Without a runtime it fails at once.
pub(super) fn spawn<A: Send + 'static>(
    fetch: FetchFuture<A>,
    timeout: Duration,
    apply: impl FnOnce(Result<Fetched<A>, FetchError>) + Send + 'static,
) -> Option<AbortHandle> {
    let guard = FetchGuard { apply: Some(apply), answer: std::marker::PhantomData };
    let Ok(runtime) = Handle::try_current() else {
        guard.finish(Err(FetchError::new("there is no tokio runtime to fetch on")));
        return None;
    };
    let task = runtime.spawn(async move {
        let fetched = match tokio::time::timeout(timeout, fetch).await {
            Ok(fetched) => fetched,
            Err(_) => {
                let seconds = timeout.as_secs_f64();
                Err(FetchError::new(format!("no complete answer within {seconds} seconds")))
            }
        };
        guard.finish(fetched);
    });
    Some(task.abort_handle())
}

/// Reports the outcome of a fetch in any case: one that is cancelled was interrupted, one that
/// panics has failed.
struct FetchGuard<A, F: FnOnce(Result<Fetched<A>, FetchError>)> {
    apply: Option<F>,
    answer: std::marker::PhantomData<fn(A)>,
}

impl<A, F: FnOnce(Result<Fetched<A>, FetchError>)> FetchGuard<A, F> {
    fn finish(mut self, outcome: Result<Fetched<A>, FetchError>) {
        if let Some(apply) = self.apply.take() {
            apply(outcome);
        }
    }
}

impl<A, F: FnOnce(Result<Fetched<A>, FetchError>)> Drop for FetchGuard<A, F> {
    fn drop(&mut self) {
        if let Some(apply) = self.apply.take() {
            let panicked = std::thread::panicking().then(|| FetchError::new("the fetch panicked"));
            apply(Err(panicked.unwrap_or_else(FetchError::interrupted)));
        }
    }
}

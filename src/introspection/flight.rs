use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::sync::watch;

use super::verdict::Outcome;

/// When to try again if a question was cut short.
const SOON: Duration = Duration::from_secs(1);

/// The question about one token, for all requests that wait for it.
#[derive(Debug)]
pub(super) struct Flight(watch::Sender<Option<Outcome>>);

impl Flight {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// One more request waits.
    pub(super) fn join(&self) -> VerdictFuture {
        let mut ended = self.0.subscribe();
        VerdictFuture(Box::pin(async move {
            let outcome = ended.wait_for(Option::is_some).await;
            let outcome = outcome.ok().and_then(|outcome| outcome.clone());
            outcome.unwrap_or(Outcome::Unavailable { retry_after: SOON })
        }))
    }

    pub(super) fn land(&self, outcome: Outcome) {
        self.0.send_replace(Some(outcome));
    }
}

/// Resolves when the question about a token has ended.
pub(crate) struct VerdictFuture(Pin<Box<dyn Future<Output = Outcome> + Send>>);

impl VerdictFuture {
    pub(crate) fn poll_unpin(&mut self, cx: &mut Context<'_>) -> Poll<Outcome> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for VerdictFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerdictFuture")
    }
}

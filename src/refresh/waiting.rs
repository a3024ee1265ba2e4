//! A request that waits for fetches.

use std::sync::Arc;

use tokio::{runtime::Handle, sync::watch};

use super::{
    answer::{Answer, SOON},
    document::{Document, Query},
    refresher::{Refresher, Step},
    waiters::{MAX_WAITING_FOR_ENTRY, WaiterPermit},
};

/// The times that a request looks again before it is answered 503: after the fetch that it found,
/// after the next one, and twice for interrupted fetches.
const MAX_ROUNDS: u32 = 4;

impl<D: Document> Refresher<D> {
    pub(super) async fn wait<Q: Query<D>>(
        self: Arc<Self>,
        query: Q,
        came: u64,
        ended: watch::Receiver<u64>,
        permit: WaiterPermit,
    ) -> Answer<D::Value> {
        let rounds = self.rounds(&query, came, ended, permit);
        // Without a runtime there is no timer, and each fetch ends at once.
        let answer = match Handle::try_current() {
            Ok(_) => tokio::time::timeout(self.limits.wait, rounds).await.ok(),
            Err(_) => Some(rounds.await),
        };
        let answer = answer.unwrap_or_else(|| self.give_up(&query));
        self.subject.waited(&answer);
        answer
    }

    async fn rounds<Q: Query<D>>(
        self: &Arc<Self>,
        query: &Q,
        came: u64,
        mut ended: watch::Receiver<u64>,
        permit: WaiterPermit,
    ) -> Answer<D::Value> {
        for _ in 0..MAX_ROUNDS {
            // The sender is a part of `self`: it cannot be gone.
            let _ = ended.changed().await;
            let (mut state, now) = self.lock();
            ended.mark_unchanged();
            let Step { answer, launch } = self.step(&mut state, query, came, now);
            let usable = !state.is_unusable(now);
            drop(state);
            self.launch(launch);
            match answer {
                Some(Answer::Unavailable { retry_after }) => {
                    return Answer::Unavailable { retry_after: retry_after.max(SOON) };
                }
                Some(answer) => return answer,
                None if usable && !permit.is_within(MAX_WAITING_FOR_ENTRY) => break,
                None => {}
            }
        }
        Answer::Unavailable { retry_after: SOON }
    }

    /// Returns the answer of a request whose time limit is reached.
    fn give_up(&self, query: &impl Query<D>) -> Answer<D::Value> {
        let (mut state, now) = self.lock();
        state.freshness.on_timeout(now);
        let snapshot = self.current(&mut state, now);
        self.update_quiet(&state, now);
        if state.is_unusable(now) {
            let retry_after = state.freshness.backoff(now).unwrap_or(SOON);
            return Answer::Unavailable { retry_after };
        }
        if query.is_answered_by(&snapshot.value) {
            return Answer::Ready(snapshot);
        }
        Answer::Unavailable { retry_after: SOON }
    }
}

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize},
};

use arc_swap::Guard;
use tokio::sync::watch;

use super::{
    answer::{Access, Answer, Limits, SOON},
    document::{Document, Query},
    events::{EventKind, Reason},
    fetch::{FetchError, Fetched},
    freshness::{Attempt, Decision, Freshness},
    snapshot::{Published, Snapshot},
    state::{State, StateGuard},
    subject::Subject,
    task::{self, Launch},
    waiters::{MAX_WAITING_FOR_DOCUMENT, MAX_WAITING_FOR_ENTRY, WaiterPermit},
};
use crate::{
    metrics::Limit,
    time::{Clock, UnixTime},
};

/// Keeps one document fresh.
pub(crate) struct Refresher<D: Document> {
    /// The document in events and metrics.
    pub(super) subject: Subject,
    pub(super) limits: Limits,
    clock: Arc<dyn Clock>,
    published: Published<D::Value>,
    state: Mutex<State<D>>,
    /// Counts the fetches that have ended, and wakes the waiting requests.
    ended: watch::Sender<u64>,
    waiting: Arc<AtomicUsize>,
}

/// The result of one step of a request. It waits if `answer` is `None`.
pub(super) struct Step<D: Document> {
    pub(super) answer: Option<Answer<D::Value>>,
    pub(super) launch: Option<Launch<D::Answer>>,
}

impl<D: Document> Refresher<D> {
    /// Keeps `document` fresh, whose value is `empty` until the first fetch.
    pub(crate) fn new(
        document: D,
        empty: D::Value,
        subject: impl Into<Subject>,
        limits: Limits,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let state = State::new(Freshness::new(limits.lifetimes), document);
        Arc::new(Self {
            subject: subject.into(),
            limits,
            clock,
            published: Published::new(empty),
            state: Mutex::new(state),
            ended: watch::Sender::new(0),
            waiting: Arc::default(),
        })
    }

    /// The value as it is, without a lock.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot<D::Value>>> {
        self.published.load()
    }

    /// Number of fetches that have ended.
    #[cfg(test)]
    pub(crate) fn ended(&self) -> u64 {
        *self.ended.borrow()
    }

    /// The time, and the state with the value that belongs to it.
    pub(crate) fn lock(&self) -> (StateGuard<'_, D>, UnixTime) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // Read while the lock is held: if a fetch ended between the read and the lock, the clock
        // would seem to be set back.
        let now = self.clock.now();
        (StateGuard::new(state, &self.subject), now)
    }

    /// Answers a query, or begins and joins the fetch that it depends on.
    pub(crate) fn request<Q: Query<D>>(
        self: &Arc<Self>,
        query: Q,
    ) -> Access<D::Value, impl Future<Output = Answer<D::Value>> + Send + use<D, Q>> {
        let (mut state, now) = self.lock();
        let came = state.freshness.begun();
        let Step { mut answer, launch } = self.step(&mut state, &query, came, now);
        let mut waiting = None;
        let mut limit_reached = match answer {
            Some(Answer::Unavailable { .. }) if state.freshness.backoff(now).is_some() => {
                Some(Limit::Backoff)
            }
            Some(Answer::Unavailable { .. }) => Some(Limit::Budget),
            _ => None,
        };
        if answer.is_none() {
            // A waiter subscribes before the lock is released, and so before the fetch can end.
            let snapshot = self.published.load();
            let is_answered = query.is_answered_by(&snapshot.value);
            let for_entry = !is_answered && !state.is_unusable(now);
            let limit = if for_entry { MAX_WAITING_FOR_ENTRY } else { MAX_WAITING_FOR_DOCUMENT };
            match WaiterPermit::acquire(&self.waiting, limit) {
                Some(permit) => waiting = Some((permit, self.ended.subscribe())),
                None if is_answered && !state.is_unusable(now) => {
                    answer = Some(Answer::Ready(snapshot));
                }
                None => {
                    answer = Some(Answer::Unavailable { retry_after: SOON });
                    limit_reached = Some(Limit::Waiting);
                }
            }
        }
        drop(state);
        if let Some(limit) = limit_reached {
            self.subject.limited(limit);
        }
        self.launch(launch);
        match (answer, waiting) {
            (None, Some((permit, ended))) => {
                Access::Wait(self.clone().wait(query, came, ended, permit))
            }
            (answer, _) => Access::Now(answer.unwrap_or(Answer::Unavailable { retry_after: SOON })),
        }
    }

    /// Waits for a fetch that begins after the call: one that is in flight already may have been
    /// answered before.
    ///
    /// # Errors
    /// Why that fetch failed.
    pub(crate) async fn refresh_now(self: &Arc<Self>) -> Result<(), String> {
        self.lock().0.bump = true;
        let mut begun = false;
        while !begun {
            let mut ended = self.ended.subscribe();
            let launch = {
                let (mut state, now) = self.lock();
                let attempt = state.freshness.force(now);
                let fetch = attempt.map(|attempt| (attempt, state.document.fetch(now)));
                fetch.map(|(attempt, fetch)| Launch { attempt, reason: Reason::Forced, fetch })
            };
            begun = launch.is_some();
            self.launch(launch);
            let limit = self.limits.lifetimes.fetch_timeout + SOON;
            if tokio::time::timeout(limit, ended.changed()).await.is_err() {
                break;
            }
        }
        match self.last_error() {
            Some(error) => Err(error),
            None if begun => Ok(()),
            None => Err("the fetch in flight did not end".to_owned()),
        }
    }

    /// Returns why the last fetch failed, if it did.
    pub(crate) fn last_error(&self) -> Option<String> {
        self.lock().0.last_error.clone()
    }

    /// Returns the snapshot without its expired parts.
    pub(crate) fn current(
        &self,
        state: &mut State<D>,
        now: UnixTime,
    ) -> Guard<Arc<Snapshot<D::Value>>> {
        let snapshot = self.published.load();
        let Some((value, change)) = state.document.expire(&snapshot.value, now) else {
            return snapshot;
        };
        self.publish(state, value, snapshot.generation + 1, now);
        state.note(EventKind::Changed(change), snapshot.generation + 1, now);
        self.published.load()
    }

    /// Replaces the value.
    pub(crate) fn publish(
        &self,
        state: &State<D>,
        value: D::Value,
        generation: u64,
        now: UnixTime,
    ) {
        self.subject.count(D::size(&value));
        self.published.replace(value, generation, state.quiet(now));
    }

    /// Updates how long requests need not take the lock. Call it after each change of the state.
    pub(super) fn update_quiet(&self, state: &State<D>, now: UnixTime) {
        self.published.set_quiet(state.quiet(now));
    }

    pub(super) fn step(
        &self,
        state: &mut State<D>,
        query: &impl Query<D>,
        came: u64,
        now: UnixTime,
    ) -> Step<D> {
        let snapshot = self.current(state, now);
        let reason = state.reason(query.is_answered_by(&snapshot.value), now);
        let decision = state.decide(query, &snapshot.value, came, now);
        let begins = matches!(decision, Decision::ServeAndFetch | Decision::FetchAndWait);
        let attempt = state.freshness.in_flight().filter(|_| begins);
        let launch =
            attempt.map(|attempt| Launch { attempt, reason, fetch: state.document.fetch(now) });
        if let Decision::Absent { by: Some(began) } = decision {
            let value = query.remember_absent(&state.document, &snapshot.value, began, now);
            if let Some(value) = value {
                self.publish(state, value, snapshot.generation, now);
            }
        }
        state.note_state(snapshot.generation, now);
        self.update_quiet(state, now);
        let answer = match decision {
            Decision::Serve | Decision::ServeAndFetch => Some(Answer::Ready(snapshot)),
            Decision::Absent { .. } => Some(Answer::Absent),
            Decision::Unavailable { retry_after } => Some(Answer::Unavailable { retry_after }),
            Decision::Wait | Decision::FetchAndWait => None,
        };
        Step { answer, launch }
    }

    pub(super) fn launch(self: &Arc<Self>, launch: Option<Launch<D::Answer>>) {
        let Some(Launch { attempt, reason, fetch }) = launch else { return };
        let refresher = Arc::downgrade(self);
        let task = task::spawn(fetch, self.limits.lifetimes.fetch_timeout, move |outcome| {
            if let Some(refresher) = refresher.upgrade() {
                refresher.apply_outcome(attempt, reason, outcome);
            }
        });
        let lost = std::mem::replace(&mut self.lock().0.task, task);
        if let Some(lost) = lost {
            lost.abort();
        }
    }

    /// Applies the outcome of a fetch, unless another fetch has replaced it.
    fn apply_outcome(
        &self,
        attempt: Attempt,
        reason: Reason,
        outcome: Result<Fetched<D::Answer>, FetchError>,
    ) {
        let (mut state, now) = self.lock();
        if state.freshness.in_flight() != Some(attempt) {
            return;
        }
        let current = self.published.load();
        let mut generation = current.generation;
        if let Some((value, changed)) = state.apply(outcome, attempt, reason, &current, now) {
            generation += u64::from(changed);
            self.publish(&state, value, generation, now);
        }
        state.note_state(generation, now);
        self.update_quiet(&state, now);
        // Before the lock is released, so that its next holder waits for the next fetch, not for
        // this one.
        self.ended.send_modify(|count| *count += 1);
    }
}

impl<D: Document> Drop for Refresher<D> {
    fn drop(&mut self) {
        if let Some(task) = self.lock().0.task.take() {
            task.abort();
        }
    }
}

impl<D: Document> fmt::Debug for Refresher<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresher").field("subject", &self.subject).finish_non_exhaustive()
    }
}

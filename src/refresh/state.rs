//! The state behind the lock. The lock is taken only when something is due, and is never held
//! across an await.

use std::{
    mem,
    ops::{Deref, DerefMut, Range},
    sync::MutexGuard,
};

use tokio::task::AbortHandle;

use super::{
    backoff::jitter,
    document::{Document, Query, Update},
    events::{Event, EventKind, FetchInfo, PendingEvents, Reason},
    fetch::{FetchError, Fetched},
    freshness::{self, Attempt, Decision, Freshness},
    snapshot::Snapshot,
    subject::Subject,
};
use crate::time::UnixTime;

pub(crate) struct State<D: Document> {
    pub(crate) freshness: Freshness,
    pub(crate) document: D,
    pub(crate) last_error: Option<String>,
    /// The next good answer counts as changed, whatever it holds.
    pub(super) bump: bool,
    /// The fetch in flight.
    pub(super) task: Option<AbortHandle>,
    /// The events since the lock was taken.
    events: Vec<Event<D>>,
    last_reported: freshness::State,
}

impl<D: Document> State<D> {
    pub(super) const fn new(freshness: Freshness, document: D) -> Self {
        Self {
            freshness,
            document,
            last_error: None,
            bump: false,
            task: None,
            events: Vec::new(),
            last_reported: freshness::State::Empty,
        }
    }

    /// Decides what to do with a request. `came` is the number of fetches begun on its arrival.
    pub(super) fn decide(
        &mut self,
        query: &impl Query<D>,
        value: &D::Value,
        came: u64,
        now: UnixTime,
    ) -> Decision {
        if query.is_answered_by(value) {
            return self.freshness.on_request(now);
        }
        let usable = !self.is_unusable(now);
        if query.is_refused(&self.document) || usable && query.is_known_absent(value, now) {
            return Decision::Absent { by: None };
        }
        let budget = query.budget(&mut self.document, now);
        self.freshness.on_missing(now, came, budget)
    }

    /// Returns the reason to begin a fetch for this request.
    pub(super) fn reason(&self, is_answered: bool, now: UnixTime) -> Reason {
        match self.freshness.state(now) {
            freshness::State::Empty | freshness::State::Expired => Reason::Empty,
            _ if !is_answered => Reason::Missing,
            freshness::State::Stale => Reason::Stale,
            freshness::State::Fresh | freshness::State::Due => Reason::Due,
        }
    }

    /// Returns true if there is no document, or it is too old to be used.
    pub(super) fn is_unusable(&self, now: UnixTime) -> bool {
        matches!(self.freshness.state(now), freshness::State::Empty | freshness::State::Expired)
    }

    /// Applies the outcome of a fetch. Returns the next value, and whether it differs from the
    /// current one, if the fetch was good.
    pub(super) fn apply(
        &mut self,
        outcome: Result<Fetched<D::Answer>, FetchError>,
        attempt: Attempt,
        reason: Reason,
        current: &Snapshot<D::Value>,
        now: UnixTime,
    ) -> Option<(D::Value, bool)> {
        let duration = now.saturating_since(attempt.began);
        let fetch = FetchInfo { reason, duration, ended: now };
        match outcome {
            Ok(Fetched { answer, max_age }) => {
                self.freshness.on_success(now, max_age, jitter());
                self.last_error = None;
                let bump = mem::take(&mut self.bump);
                let update = self.document.apply(answer, &current.value, bump, now);
                let Update { value, changed, summary } = update;
                let generation = current.generation + u64::from(changed);
                self.note(EventKind::Fetched { fetch, changed, summary }, generation, now);
                Some((value, changed))
            }
            Err(error) => {
                // After the process was suspended, its fetch is overdue: not a failure of the
                // server.
                if error.interrupted || self.freshness.is_overdue(attempt, now) {
                    self.freshness.on_interruption();
                } else {
                    self.freshness.on_failure(now, error.retry_after, jitter());
                }
                self.document.on_failure(&error);
                let retry_in = self.freshness.backoff(now).unwrap_or_default();
                self.last_error = Some(error.message.clone());
                let error = error.message;
                self.note(
                    EventKind::NotFetched { fetch, retry_in, error },
                    current.generation,
                    now,
                );
                None
            }
        }
    }

    /// Returns the time in which the value alone answers the requests that it can answer.
    pub(super) fn quiet(&self, now: UnixTime) -> Range<UnixTime> {
        let times = self.freshness.times(now);
        let from = times.map_or(UnixTime::EPOCH, |times| times.fetched_at);
        let until = times.map_or(UnixTime::EPOCH, |times| times.hard_until);
        from..self.freshness.quiet_until(now).min(until).min(self.document.ends_at())
    }

    pub(crate) fn note(&mut self, kind: EventKind<D>, generation: u64, now: UnixTime) {
        let state = self.freshness.state(now);
        self.events.push(Event { state, generation, kind });
    }

    /// Notes the state if it is not the one that was reported last.
    pub(super) fn note_state(&mut self, generation: u64, now: UnixTime) {
        let state = self.freshness.state(now);
        let from = mem::replace(&mut self.last_reported, state);
        if from != state {
            self.note(EventKind::StateChanged { from }, generation, now);
        }
    }
}

/// The locked state. When it is dropped, the lock is released and then the events are emitted.
pub(crate) struct StateGuard<'a, D: Document> {
    state: MutexGuard<'a, State<D>>,
    // Dropped after the lock.
    pending: PendingEvents<'a, D>,
}

impl<'a, D: Document> StateGuard<'a, D> {
    pub(super) const fn new(state: MutexGuard<'a, State<D>>, subject: &'a Subject) -> Self {
        Self { state, pending: PendingEvents::new(subject) }
    }
}

impl<D: Document> Deref for StateGuard<'_, D> {
    type Target = State<D>;

    fn deref(&self) -> &State<D> {
        &self.state
    }
}

impl<D: Document> DerefMut for StateGuard<'_, D> {
    fn deref_mut(&mut self) -> &mut State<D> {
        &mut self.state
    }
}

impl<D: Document> Drop for StateGuard<'_, D> {
    fn drop(&mut self) {
        self.pending.take(&mut self.state.events);
    }
}

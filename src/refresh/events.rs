//! Events are noted while the lock is held, and emitted after it is released: a slow subscriber
//! holds up no request.

use std::{mem, time::Duration};

use super::{document::Document, freshness::State, subject::Subject};
use crate::{metrics::FetchReason, time::UnixTime};

/// The reason for a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// There is no usable document.
    Empty,
    Due,
    Stale,
    /// A request needs an entry that is not in the document.
    Missing,
    /// The operator asked for it.
    Forced,
}

/// The reason for a fetch, and its duration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FetchInfo {
    pub(crate) reason: Reason,
    pub(crate) duration: Duration,
    pub(crate) ended: UnixTime,
}

/// Something that happened to a document.
#[derive(Debug)]
pub(crate) struct Event<D: Document> {
    pub(crate) state: State,
    pub(crate) generation: u64,
    pub(crate) kind: EventKind<D>,
}

#[derive(Debug)]
pub(crate) enum EventKind<D: Document> {
    Fetched { fetch: FetchInfo, changed: bool, summary: D::Summary },
    NotFetched { fetch: FetchInfo, retry_in: Duration, error: String },
    StateChanged { from: State },
    Changed(D::Change),
}

/// Emits the pending events when it is dropped.
pub(super) struct PendingEvents<'a, D: Document> {
    subject: &'a Subject,
    events: Vec<Event<D>>,
}

impl<'a, D: Document> PendingEvents<'a, D> {
    pub(super) const fn new(subject: &'a Subject) -> Self {
        Self { subject, events: Vec::new() }
    }

    pub(super) fn take(&mut self, events: &mut Vec<Event<D>>) {
        self.events = mem::take(events);
    }
}

impl<D: Document> Drop for PendingEvents<'_, D> {
    fn drop(&mut self) {
        for event in self.events.drain(..) {
            record(&event, self.subject);
            D::emit(event, self.subject.name());
        }
    }
}

fn record<D: Document>(event: &Event<D>, subject: &Subject) {
    let ended = match &event.kind {
        EventKind::Fetched { fetch, changed, .. } => Some((fetch, Some(*changed))),
        EventKind::NotFetched { fetch, .. } => Some((fetch, None)),
        EventKind::StateChanged { .. } | EventKind::Changed(_) => None,
    };
    if let Some((fetch, changed)) = ended {
        let reason = match fetch.reason {
            Reason::Empty => FetchReason::Empty,
            Reason::Due => FetchReason::Due,
            Reason::Stale => FetchReason::Stale,
            Reason::Missing => FetchReason::Missing,
            Reason::Forced => FetchReason::Forced,
        };
        subject.fetched(reason, changed, fetch.duration, fetch.ended);
    }
    subject.state(event.state);
}

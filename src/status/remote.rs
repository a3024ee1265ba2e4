use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use super::{
    document::{HeldList, IndexQuery, ListDocument},
    fetch::ListSource,
    names::VALID,
};
use crate::{
    refresh::{Access, Answer, Limits, Refresher},
    time::{Clock, UnixTime},
};

/// The last use of a list is noted at most this often, so that requests seldom write memory that
/// other threads read.
const USE_RESOLUTION: Duration = Duration::from_secs(1);
/// The time until the next attempt if a list has expired and its successor has not come yet.
const SOON: Duration = Duration::from_secs(1);

/// One list, kept fresh.
#[derive(Debug)]
pub(crate) struct RemoteList {
    source: Arc<ListSource>,
    refresher: Arc<Refresher<ListDocument>>,
    /// Set once, when the list has been evicted.
    retired: AtomicBool,
    /// The time at which a token was checked last, in milliseconds since the epoch.
    last_used: AtomicU64,
}

/// The answer to the question for the status of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusAnswer {
    Status(u8),
    /// The list does not have the index.
    OutOfRange,
    /// Unknown at the moment: there is no list that may be used.
    Unavailable {
        retry_after: Duration,
    },
}

/// The answer, or that it depends on a fetch.
pub(crate) enum StatusLookup {
    Now(StatusAnswer),
    Wait(StatusFuture),
}

impl RemoteList {
    pub(super) fn new(source: ListSource, limits: Limits, clock: Arc<dyn Clock>) -> Arc<Self> {
        let source = Arc::new(source);
        let (document, empty) = (ListDocument::new(source.clone()), HeldList::default());
        let refresher = Refresher::new(document, empty, &*source.uri, limits, clock);
        let (retired, last_used) = (AtomicBool::new(false), AtomicU64::new(0));
        Arc::new(Self { source, refresher, retired, last_used })
    }

    /// Returns true if a token that was admitted is still valid, as far as that is known without
    /// asking the issuer: one load and one bit. If the list is due for a refresh, it is false.
    pub(crate) fn is_valid(&self, index: u64, now: UnixTime) -> bool {
        let snapshot = self.refresher.snapshot();
        let is_valid = snapshot.is_quiet(now)
            && snapshot.value.status(index) == Some(VALID)
            && !self.retired.load(Ordering::Acquire);
        if is_valid {
            self.note_use(now);
        }
        is_valid
    }

    /// Looks the status at an index up: without a lock while nothing is due.
    pub(crate) fn lookup(self: &Arc<Self>, index: u64, now: UnixTime) -> StatusLookup {
        self.note_use(now);
        let snapshot = self.refresher.snapshot();
        if snapshot.is_quiet(now)
            && let Some(status) = snapshot.value.status(index)
        {
            return StatusLookup::Now(StatusAnswer::Status(status));
        }
        drop(snapshot);
        let is_possible = self.source.verifier.can_have(index);
        match self.refresher.request(IndexQuery { index, is_possible }) {
            Access::Now(answer) => StatusLookup::Now(self.status_of(index, &answer)),
            Access::Wait(answer) => {
                let list = self.clone();
                StatusLookup::Wait(StatusFuture(Box::pin(async move {
                    list.status_of(index, &answer.await)
                })))
            }
        }
    }

    fn status_of(&self, index: u64, answer: &Answer<HeldList>) -> StatusAnswer {
        match answer {
            Answer::Ready(snapshot) => match snapshot.value.status(index) {
                Some(status) => StatusAnswer::Status(status),
                None => StatusAnswer::OutOfRange,
            },
            Answer::Absent if self.refresher.snapshot().value.is_held() => StatusAnswer::OutOfRange,
            Answer::Absent => StatusAnswer::Unavailable { retry_after: SOON },
            Answer::Unavailable { retry_after } => {
                StatusAnswer::Unavailable { retry_after: *retry_after }
            }
        }
    }

    /// Ends the use of this list: nothing that was checked with it is admitted from a cache.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    /// The time since a token was checked last; the longest time for a list that was never fetched,
    /// which keeps no place.
    pub(super) fn idle_for(&self, now: UnixTime) -> Duration {
        if !self.refresher.snapshot().value.is_held() {
            return Duration::MAX;
        }
        let last = self.last_used.load(Ordering::Relaxed);
        Duration::from_millis(now.as_millis().abs_diff(last))
    }

    fn note_use(&self, now: UnixTime) {
        let last = self.last_used.load(Ordering::Relaxed);
        if Duration::from_millis(now.as_millis().abs_diff(last)) > USE_RESOLUTION {
            self.last_used.store(now.as_millis(), Ordering::Relaxed);
        }
    }
}

/// Resolves when the fetches that a request waits for have ended, or its time limit is reached.
pub(crate) struct StatusFuture(Pin<Box<dyn Future<Output = StatusAnswer> + Send>>);

impl Future for StatusFuture {
    type Output = StatusAnswer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<StatusAnswer> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for StatusFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatusFuture")
    }
}

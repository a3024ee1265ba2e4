//! The traits that a kind of document implements: how to fetch it, how to turn an answer into the
//! value that readers see, and how to look up an entry.

use std::fmt;

use super::{
    budget::Budget,
    events::Event,
    fetch::{FetchError, FetchFuture},
};
use crate::time::UnixTime;

/// A kind of remote document, with its state other than the value that readers see. It lives behind
/// the lock of its [`Refresher`](super::Refresher).
pub(crate) trait Document: Send + Sized + 'static {
    /// The value that readers see. It is replaced as a whole.
    type Value: Clone + Send + Sync + 'static;
    /// The answer of a successful fetch.
    type Answer: Send + 'static;
    /// The additional fields of the event of a successful fetch.
    type Summary: fmt::Debug + Send + 'static;
    /// Changes of the document other than by a fetch.
    type Change: fmt::Debug + Send + 'static;

    /// Makes a fetch. It begins when it is first polled.
    fn fetch(&self, now: UnixTime) -> FetchFuture<Self::Answer>;

    /// Applies a good answer. With `bump` the value counts as changed, whatever the answer holds.
    fn apply(
        &mut self,
        answer: Self::Answer,
        current: &Self::Value,
        bump: bool,
        now: UnixTime,
    ) -> Update<Self>;

    /// Notes that a fetch failed.
    fn on_failure(&mut self, error: &FetchError);

    /// Removes the expired parts of the value, if any.
    fn expire(
        &mut self,
        current: &Self::Value,
        now: UnixTime,
    ) -> Option<(Self::Value, Self::Change)>;

    /// Returns when the next part of the value expires.
    fn ends_at(&self) -> UnixTime;

    /// Number of entries in a value, for metrics.
    fn size(_: &Self::Value) -> usize {
        0
    }

    /// Emits an event. It is called without the lock.
    fn emit(event: Event<Self>, subject: &str);
}

/// The value after a good answer.
#[derive(Debug)]
pub(crate) struct Update<D: Document> {
    pub(crate) value: D::Value,
    pub(crate) changed: bool,
    pub(crate) summary: D::Summary,
}

/// A question that a document answers, perhaps after a fetch.
pub(crate) trait Query<D: Document>: Send + Sync + 'static {
    /// Returns true if the value can answer.
    fn is_answered_by(&self, value: &D::Value) -> bool;

    /// Returns true if the entry is refused for good, in any state of the document.
    fn is_refused(&self, document: &D) -> bool;

    /// Returns true if the entry is known not to exist, so that nothing is fetched for it.
    fn is_known_absent(&self, value: &D::Value, now: UnixTime) -> bool;

    /// The budget that a fetch for this entry is taken from.
    fn budget<'d>(&self, document: &'d mut D, now: UnixTime) -> &'d mut Budget;

    /// Returns the value with a note that the fetch that began at `began` did not bring the entry;
    /// `None` if that is not recorded.
    fn remember_absent(
        &self,
        document: &D,
        value: &D::Value,
        began: UnixTime,
        now: UnixTime,
    ) -> Option<D::Value>;
}

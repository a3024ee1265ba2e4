//! What the room asks of a kind of document: how it is fetched, how an answer becomes the value
//! that readers see, and which entries it has.

use std::fmt;

use super::{
    budget::Budget,
    events::Event,
    fetch::{FetchError, FetchFuture},
};
use crate::time::UnixTime;

/// A kind of remote document, and what is remembered of one beside the value that readers see. It
/// lives behind the lock of its [`Refresher`](super::Refresher).
pub(crate) trait Document: Send + Sized + 'static {
    /// What readers see. It is replaced as a whole.
    type Value: Clone + Send + Sync + 'static;
    /// What a good fetch brings.
    type Answer: Send + 'static;
    /// What the event of a good fetch tells besides.
    type Summary: fmt::Debug + Send + 'static;
    /// What can happen to the document besides fetches.
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

    /// Removes what has ended by itself, if anything has.
    fn expire(
        &mut self,
        current: &Self::Value,
        now: UnixTime,
    ) -> Option<(Self::Value, Self::Change)>;

    /// When the next part of the value ends by itself.
    fn ends_at(&self) -> UnixTime;

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

    /// The value with the memory that a fetch which began then did not bring the entry; `None` if
    /// that is not remembered.
    fn remember_absent(
        &self,
        document: &D,
        value: &D::Value,
        began: UnixTime,
        now: UnixTime,
    ) -> Option<D::Value>;
}

use std::time::Duration;

use super::{answer::Answer, freshness::State};
use crate::{
    metrics::{FetchReason, FetchResult, KeysMetrics, Limit, WaitResult},
    time::UnixTime,
};

/// The name of a document in events, and the metrics of what happens to it.
#[derive(Debug)]
pub(crate) struct Subject {
    name: Box<str>,
    metrics: Option<KeysMetrics>,
}

/// A document without metrics.
impl From<&str> for Subject {
    fn from(name: &str) -> Self {
        Self { name: name.into(), metrics: None }
    }
}

impl From<(&str, KeysMetrics)> for Subject {
    fn from((name, metrics): (&str, KeysMetrics)) -> Self {
        Self { name: name.into(), metrics: Some(metrics) }
    }
}

impl Subject {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Records that a fetch has ended, and when; `changed` is `None` if it failed.
    pub(super) fn fetched(
        &self,
        reason: FetchReason,
        changed: Option<bool>,
        duration: Duration,
        ended: UnixTime,
    ) {
        let Some(metrics) = &self.metrics else { return };
        let result = match changed {
            Some(true) => FetchResult::Changed,
            Some(false) => FetchResult::Unchanged,
            None => FetchResult::Failed,
        };
        metrics.fetched(reason, result, duration);
        if changed.is_some() {
            metrics.confirmed(ended);
        }
    }

    /// Records the state.
    pub(super) fn state(&self, state: State) {
        if let Some(metrics) = &self.metrics {
            metrics.state(match state {
                State::Empty => "empty",
                State::Fresh => "fresh",
                State::Due => "due",
                State::Stale => "stale",
                State::Expired => "expired",
            });
        }
    }

    /// Records the number of entries.
    pub(super) fn count(&self, entries: usize) {
        if let Some(metrics) = &self.metrics {
            metrics.count(entries);
        }
    }

    /// Records that a request waited.
    pub(super) fn waited<V>(&self, answer: &Answer<V>) {
        if let Some(metrics) = &self.metrics {
            metrics.waited(match answer {
                Answer::Ready(_) => WaitResult::Found,
                Answer::Absent => WaitResult::Unknown,
                Answer::Unavailable { .. } => WaitResult::Unavailable,
            });
        }
    }

    /// Records that a request needed a fetch and got none.
    pub(super) fn limited(&self, limit: Limit) {
        if let Some(metrics) = &self.metrics {
            metrics.limited(limit);
        }
    }
}

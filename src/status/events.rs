//! The `tracing` events that the module's documentation describes.

use std::time::Duration;

use super::document::ListDocument;
use crate::refresh::{Event, EventKind, Reason, State};

const fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Empty => "no_list",
        Reason::Due => "due",
        Reason::Stale => "stale",
        Reason::Missing => "out_of_range",
        Reason::Forced => "refresh_now",
    }
}

const fn state_name(state: State) -> &'static str {
    match state {
        State::Empty => "empty",
        State::Fresh => "fresh",
        State::Due => "due",
        State::Stale => "stale",
        State::Expired => "expired",
    }
}

pub(super) fn emit(event: Event<ListDocument>, list: &str) {
    let Event { state, generation, kind } = event;
    let state = state_name(state);
    match kind {
        EventKind::Fetched { fetch, summary, .. } if summary.is_older => tracing::warn!(
            list,
            state,
            generation,
            reason = reason_name(fetch.reason),
            outcome = "older",
            duration_ms = millis(fetch.duration),
            "older status list ignored"
        ),
        EventKind::Fetched { fetch, changed, summary } => tracing::info!(
            list,
            state,
            generation,
            statuses = summary.statuses,
            reason = reason_name(fetch.reason),
            outcome = if changed { "changed" } else { "unchanged" },
            duration_ms = millis(fetch.duration),
            "status list fetched"
        ),
        EventKind::NotFetched { fetch, retry_in, error } => tracing::warn!(
            list,
            state,
            generation,
            error,
            reason = reason_name(fetch.reason),
            outcome = "failed",
            duration_ms = millis(fetch.duration),
            retry_in_ms = millis(retry_in),
            "status list not fetched"
        ),
        EventKind::StateChanged { from } => {
            let from = state_name(from);
            if state == "expired" || state == "stale" {
                tracing::info!(list, state, generation, from, "status list changed state");
            } else {
                tracing::debug!(list, state, generation, from, "status list changed state");
            }
        }
        EventKind::Changed(_) => {
            tracing::warn!(list, state, generation, "status list reached its exp");
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

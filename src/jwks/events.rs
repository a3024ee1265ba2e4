//! The `tracing` events that the module's documentation describes.

use std::time::Duration;

use super::{
    document::{Change, JwksDocument},
    readiness::KeysState,
};
use crate::refresh::{Event, EventKind, Reason};

const fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Empty => "no_keys",
        Reason::Due => "due",
        Reason::Stale => "stale",
        Reason::Missing => "unknown_kid",
        Reason::Forced => "refresh_now",
    }
}

pub(super) fn emit(event: Event<JwksDocument>, issuer: &str) {
    let Event { state, generation, kind } = event;
    let state = KeysState::from(state).name();
    match kind {
        EventKind::Fetched { fetch, changed, summary } => {
            tracing::info!(
                %issuer, state, generation, keys = summary.keys, skipped = summary.skipped,
                reason = reason_name(fetch.reason),
                outcome = if changed { "changed" } else { "unchanged" },
                duration_ms = millis(fetch.duration), "keys fetched"
            );
            if summary.exposed > 0 {
                let keys = summary.exposed;
                tracing::warn!(%issuer, state, generation, keys, "secret keys are published");
            }
            if let Some(wide) = summary.wide_scope {
                tracing::warn!(
                    %issuer, state, generation, scope = ?wide.scope, covered = ?wide.covered,
                    setting = "matching", "a scope covers another"
                );
            }
        }
        EventKind::NotFetched { fetch, retry_in, error } => tracing::warn!(
            %issuer, state, generation, error, reason = reason_name(fetch.reason),
            outcome = "failed", duration_ms = millis(fetch.duration),
            retry_in_ms = millis(retry_in), "keys not fetched"
        ),
        EventKind::StateChanged { from } => {
            let from = KeysState::from(from).name();
            if state == "expired" || state == "stale" {
                tracing::info!(%issuer, state, generation, from, "keys changed state");
            } else {
                tracing::debug!(%issuer, state, generation, from, "keys changed state");
            }
        }
        EventKind::Changed(Change::Revoked { issuer, kid }) => {
            tracing::warn!(%issuer, state, generation, ?kid, "key revoked");
        }
        EventKind::Changed(Change::RetentionEnded) => {
            tracing::info!(%issuer, state, generation, "grace of removed keys ended");
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

//! What an operator is told: `tracing` events with stable names and fields, described in the
//! module's documentation. They are noted behind the lock, and told when it is free again.

use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::MutexGuard,
    time::Duration,
};

use super::{machine::Machine, readiness::KeysState};
use crate::claims::Issuer;

/// Why a fetch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    NoKeys,
    Due,
    Stale,
    UnknownKid,
    RefreshNow,
}

impl Reason {
    const fn name(self) -> &'static str {
        match self {
            Self::NoKeys => "no_keys",
            Self::Due => "due",
            Self::Stale => "stale",
            Self::UnknownKid => "unknown_kid",
            Self::RefreshNow => "refresh_now",
        }
    }
}

/// Something that happened to an issuer's keys.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) state: KeysState,
    pub(super) generation: u64,
    pub(super) kind: EventKind,
}

#[derive(Debug)]
pub(super) enum EventKind {
    Fetched { flight: Flight, changed: bool, keys: usize, skipped: usize },
    NotFetched { flight: Flight, retry_in: Duration, error: String },
    SecretsPublished { keys: usize },
    StateChanged { from: KeysState },
    Revoked { kid: Box<str> },
    GraceOver,
}

/// Why a fetch began, and how long it took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) reason: Reason,
    pub(super) duration: Duration,
}

impl Event {
    fn tell(self, issuer: &Issuer) {
        let Self { state, generation, kind } = self;
        let state = state.name();
        match kind {
            EventKind::Fetched { flight, changed, keys, skipped } => tracing::info!(
                %issuer, state, generation, keys, skipped, reason = flight.reason.name(),
                outcome = if changed { "changed" } else { "unchanged" },
                duration_ms = millis(flight.duration), "keys fetched"
            ),
            EventKind::NotFetched { flight, retry_in, error } => tracing::warn!(
                %issuer, state, generation, error, reason = flight.reason.name(),
                outcome = "failed", duration_ms = millis(flight.duration),
                retry_in_ms = millis(retry_in), "keys not fetched"
            ),
            EventKind::SecretsPublished { keys } => {
                tracing::warn!(%issuer, state, generation, keys, "secret keys are published");
            }
            EventKind::StateChanged { from } if state == "expired" || state == "stale" => {
                tracing::info!(%issuer, state, generation, from = from.name(), "keys changed state");
            }
            EventKind::StateChanged { from } => {
                tracing::debug!(%issuer, state, generation, from = from.name(), "keys changed state");
            }
            EventKind::Revoked { kid } => {
                tracing::warn!(%issuer, state, generation, ?kid, "key revoked");
            }
            EventKind::GraceOver => {
                tracing::info!(%issuer, state, generation, "removed keys are over");
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The machine while it is locked. When it is let go, what happened is told.
pub(super) struct Held<'a> {
    machine: MutexGuard<'a, Machine>,
    // Dropped after the lock.
    news: News<'a>,
}

impl<'a> Held<'a> {
    pub(super) fn new(machine: MutexGuard<'a, Machine>, issuer: &'a Issuer) -> Self {
        Self { machine, news: News { issuer, events: Vec::new() } }
    }
}

impl Deref for Held<'_> {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        &self.machine
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.news.events = mem::take(&mut self.machine.events);
    }
}

struct News<'a> {
    issuer: &'a Issuer,
    events: Vec<Event>,
}

impl Drop for News<'_> {
    fn drop(&mut self) {
        for event in self.events.drain(..) {
            event.tell(self.issuer);
        }
    }
}

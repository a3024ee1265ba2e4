//! Tracks what each connection is waiting for.

use std::sync::{
    Arc,
    atomic::{AtomicU8, AtomicU64, Ordering},
};

/// The phase of a connection, and since when it lasts. The connection's task writes it; the accept
/// loop reads it when it needs a place.
#[derive(Clone, Debug)]
pub(in crate::issuer) struct Activity(Arc<State>);

#[derive(Debug)]
struct State {
    phase: AtomicU8,
    since: AtomicU64,
    sequence: Sequence,
}

/// Numbers the changes of all connections of a server, so that the oldest can be found without a
/// clock.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequence(Arc<AtomicU64>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Phase {
    /// The client owes the rest of a request, or does not read the response.
    Unfinished = 0,
    /// The server owes a response.
    Busy = 1,
    /// The server holds back the answer to wrong credentials.
    HeldBack = 2,
    /// The last response has been sent, and nothing has arrived since.
    Idle = 3,
}

impl Sequence {
    pub(super) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl Activity {
    /// A connection that was just accepted.
    pub(super) fn new(sequence: &Sequence) -> Self {
        Self(Arc::new(State {
            phase: AtomicU8::new(Phase::Unfinished as u8),
            since: AtomicU64::new(sequence.next()),
            sequence: sequence.clone(),
        }))
    }

    pub(super) fn phase(&self) -> Phase {
        match self.0.phase.load(Ordering::Relaxed) {
            0 => Phase::Unfinished,
            1 => Phase::Busy,
            2 => Phase::HeldBack,
            _ => Phase::Idle,
        }
    }

    /// The number of the change that began this phase.
    pub(super) fn since(&self) -> u64 {
        self.0.since.load(Ordering::Relaxed)
    }

    /// Returns true if the connection may be closed for another, and its phase is still the one
    /// that began then.
    pub(super) fn is_waiting_since(&self, since: u64) -> bool {
        self.since() == since && self.phase() != Phase::Busy
    }

    /// Records that bytes have arrived.
    pub(super) fn bytes_arrived(&self) {
        self.change(Phase::Idle, Phase::Unfinished);
    }

    /// Records that a request's headers are complete.
    pub(super) fn head_arrived(&self, has_body: bool) {
        if !has_body {
            self.enter(Phase::Busy);
        } else if self.phase() != Phase::Unfinished {
            self.enter(Phase::Unfinished);
        }
    }

    /// Records that a request is complete.
    pub(super) fn body_arrived(&self) {
        self.change(Phase::Unfinished, Phase::Busy);
    }

    /// Records that an answer is held back, so that its connection may give way to others and
    /// closes after the answer.
    pub(in crate::issuer) fn hold_back(&self) {
        self.enter(Phase::HeldBack);
    }

    /// Records that a response is ready to be sent.
    pub(super) fn answered(&self) {
        self.enter(Phase::Idle);
    }

    /// Records that the client does not read.
    pub(super) fn write_stalled(&self) {
        self.change(Phase::Idle, Phase::Unfinished);
    }

    /// Records that the client reads again.
    pub(super) fn write_resumed(&self) {
        self.change(Phase::Unfinished, Phase::Idle);
    }

    fn change(&self, from: Phase, to: Phase) {
        if self.phase() == from {
            self.enter(to);
        }
    }

    fn enter(&self, phase: Phase) {
        self.0.since.store(self.0.sequence.next(), Ordering::Relaxed);
        self.0.phase.store(phase as u8, Ordering::Relaxed);
    }
}

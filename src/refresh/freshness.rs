//! Decides when to fetch: a pure function of state, time and event, without a clock, a socket or
//! randomness.

use std::time::Duration;

use super::{
    backoff::{Backoff, MAX_RETRY_AFTER},
    budget::Budget,
    times::{Lifetimes, RECENT, StaleRule, Times},
};
use crate::time::UnixTime;

/// The time for which an entry that a fetch did not bring is missing, from the beginning of the
/// fetch.
pub(crate) const CERTAIN: Duration = Duration::from_secs(12);
/// Longest backoff while the document is due, stale, expired or was never fetched, or while a
/// request waits for an entry that is not in it.
const MAX_BACKOFF_IF_NEEDED: Duration = Duration::from_secs(30);
/// The time after its time limit at which an unfinished fetch counts as lost: the process was
/// suspended.
const GRACE: Duration = Duration::from_secs(1);

/// The state of a document, without the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Freshness {
    lifetimes: Lifetimes,
    times: Option<Times>,
    /// The times to use while the clock is behind `times`.
    rewound: Option<Times>,
    /// Number of fetches that have begun.
    begun: u64,
    in_flight: Option<Attempt>,
    /// The last fetch that succeeded.
    confirmed: Option<Attempt>,
    backoff: Backoff,
    /// The time at which an attempt failed or took longer than a request waits.
    failed_at: Option<UnixTime>,
}

/// A fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// The first is 1.
    pub(super) number: u64,
    pub(super) began: UnixTime,
}

/// The states of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Empty,
    Fresh,
    Due,
    Stale,
    Expired,
}

/// The decision on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Answer from the document.
    Serve,
    /// Answer from the document, and begin a fetch in the background.
    ServeAndFetch,
    /// Wait for the fetch in flight.
    Wait,
    /// Begin a fetch and wait for it.
    FetchAndWait,
    /// The entry does not exist. `by` is the start of the fetch that showed this, if it began after
    /// the request arrived.
    Absent { by: Option<UnixTime> },
    /// Unknown at the moment: no fetch may begin now.
    Unavailable { retry_after: Duration },
}

impl Freshness {
    pub(crate) const fn new(lifetimes: Lifetimes) -> Self {
        Self {
            lifetimes,
            times: None,
            rewound: None,
            begun: 0,
            in_flight: None,
            confirmed: None,
            backoff: Backoff::NONE,
            failed_at: None,
        }
    }

    pub(crate) fn state(&self, now: UnixTime) -> State {
        match self.times(now) {
            None => State::Empty,
            Some(times) if now >= times.hard_until => State::Expired,
            Some(times) if now >= times.soft_until => State::Stale,
            Some(times) if now >= times.refresh_at => State::Due,
            Some(_) => State::Fresh,
        }
    }

    /// The times that apply now. A clock that is behind the fetch is wrong, or was wrong then: the
    /// document is due, and lives no longer than its whole lifetime from now. As soon as the clock
    /// is right again, so are the times.
    pub(crate) fn times(&self, now: UnixTime) -> Option<Times> {
        let times = self.times?;
        if times.fetched_at <= now {
            return Some(times);
        }
        let rewound = self.rewound.filter(|rewound| rewound.fetched_at <= now);
        Some(rewound.unwrap_or_else(|| times.rewound_to(now)))
    }

    /// Number of fetches that have begun: a request records it on arrival.
    pub(crate) const fn begun(&self) -> u64 {
        self.begun
    }

    pub(crate) const fn in_flight(&self) -> Option<Attempt> {
        self.in_flight
    }

    /// A request that the document can answer.
    pub(crate) fn on_request(&mut self, now: UnixTime) -> Decision {
        self.follow_clock(now);
        match self.state(now) {
            State::Empty | State::Expired => self.wait_for_any(now),
            State::Fresh => Decision::Serve,
            State::Due => self.serve(now),
            State::Stale if self.may_serve_stale(now) => self.serve(now),
            State::Stale if self.is_fetching(now) => Decision::Wait,
            State::Stale => self.fetch(now, Decision::FetchAndWait),
        }
    }

    /// A request for an entry that is not in the document. `came` is the number of fetches begun on
    /// its arrival: only a fetch that begins later can show that the entry does not exist.
    pub(crate) fn on_missing(&mut self, now: UnixTime, came: u64, budget: &mut Budget) -> Decision {
        self.follow_clock(now);
        if matches!(self.state(now), State::Empty | State::Expired) {
            return self.wait_for_any(now);
        }
        if let Some(by) = self.confirmed.filter(|attempt| attempt.number > came) {
            return Decision::Absent { by: Some(by.began) };
        }
        if self.is_fetching(now) {
            return Decision::Wait;
        }
        if let Some(left) = self.backoff_within(now, MAX_BACKOFF_IF_NEEDED) {
            return Decision::Unavailable { retry_after: left.max(budget.refill_in(now)) };
        }
        // After a failure only the backoff limits the next attempt: otherwise junk key ids would
        // spend the budget during an outage, and none would be left when it ends.
        if self.backoff.has_failed() {
            return self.fetch(now, Decision::FetchAndWait);
        }
        match budget.take(now) {
            Ok(()) => self.fetch(now, Decision::FetchAndWait),
            Err(_) if self.is_certain(now) => Decision::Absent { by: None },
            Err(retry_after) => Decision::Unavailable { retry_after },
        }
    }

    /// Begins a fetch whatever the budgets say; `None` when one is in flight.
    pub(crate) fn force(&mut self, now: UnixTime) -> Option<Attempt> {
        if self.is_fetching(now) {
            return None;
        }
        self.fetch(now, Decision::FetchAndWait);
        self.in_flight
    }

    /// A document was fetched or confirmed.
    pub(crate) fn on_success(&mut self, now: UnixTime, max_age: Option<Duration>, jitter: f64) {
        self.times = Some(Times::new(&self.lifetimes, now, max_age, jitter));
        self.rewound = None;
        self.confirmed = self.in_flight.take();
        self.backoff = Backoff::NONE;
        self.failed_at = None;
    }

    /// A fetch failed; `retry_after` is what the server asked for, `jitter` a random number from
    /// 0 to 1.
    pub(crate) fn on_failure(&mut self, now: UnixTime, retry_after: Option<Duration>, jitter: f64) {
        self.in_flight = None;
        self.failed_at = Some(now);
        self.backoff.fail_with(now, retry_after, jitter);
    }

    /// A fetch was interrupted locally, because the runtime was dropped or the process was
    /// suspended: its server has not failed, and a waiting request starts another.
    pub(crate) const fn on_interruption(&mut self) {
        self.in_flight = None;
    }

    /// A request has waited long enough for a fetch that is still in flight: from now on a stale
    /// document is served at once.
    pub(crate) const fn on_timeout(&mut self, now: UnixTime) {
        self.failed_at = Some(now);
    }

    /// Returns true if the fetch has taken so long that it must be lost.
    pub(crate) fn is_overdue(&self, attempt: Attempt, now: UnixTime) -> bool {
        now > self.overdue_at(attempt)
    }

    /// Returns how long no fetch may begin after failures.
    pub(crate) fn backoff(&self, now: UnixTime) -> Option<Duration> {
        let is_fresh = self.state(now) == State::Fresh;
        self.backoff_within(now, if is_fresh { MAX_RETRY_AFTER } else { MAX_BACKOFF_IF_NEEDED })
    }

    /// Returns the time until which a request that the document can answer changes no state.
    pub(crate) fn quiet_until(&self, now: UnixTime) -> UnixTime {
        let Some(times) = self.times(now) else { return UnixTime::EPOCH };
        let next_attempt = match self.in_flight {
            Some(attempt) => self.overdue_at(attempt),
            None => now + self.backoff(now).unwrap_or_default(),
        };
        match self.state(now) {
            State::Fresh => times.refresh_at,
            State::Due => times.soft_until.min(next_attempt),
            State::Stale if self.may_serve_stale(now) => times.hard_until.min(next_attempt),
            State::Stale | State::Expired | State::Empty => UnixTime::EPOCH,
        }
    }

    /// A backoff that began before the soft expiry ends there at the latest: a server that asks for
    /// a longer delay must not keep a withdrawn entry accepted.
    fn backoff_within(&self, now: UnixTime, cap: Duration) -> Option<Duration> {
        let left = self.backoff.left_within(now, cap)?;
        let soft_until = self.times(now).map(|times| times.soft_until);
        let left = match soft_until {
            Some(soft) if self.backoff.failed_at() < Some(soft) => {
                left.min(soft.saturating_since(now))
            }
            _ => left,
        };
        (!left.is_zero()).then_some(left)
    }

    /// Returns true if the last successful fetch began less than 12 seconds ago.
    fn is_certain(&self, now: UnixTime) -> bool {
        self.confirmed.is_some_and(|by| by.began <= now && now < by.began + CERTAIN)
    }

    /// Returns true if a stale document is served without waiting for a fetch.
    fn may_serve_stale(&self, now: UnixTime) -> bool {
        let Some(times) = self.times(now) else { return false };
        let failed_at = self.failed_at.filter(|failed| *failed <= now);
        match self.lifetimes.stale_rule {
            StaleRule::FailedSinceStale => failed_at.is_some_and(|at| at >= times.soft_until),
            StaleRule::AskedSinceDue => {
                let is_recent = |at: UnixTime| at >= times.refresh_at && now < at + RECENT;
                let is_asked = |attempt: Attempt| attempt.began < times.soft_until;
                failed_at.is_some_and(is_recent)
                    || self.in_flight.is_some_and(is_asked) && self.is_fetching(now)
            }
        }
    }

    fn is_fetching(&self, now: UnixTime) -> bool {
        self.in_flight.is_some_and(|attempt| !self.is_overdue(attempt, now))
    }

    fn overdue_at(&self, attempt: Attempt) -> UnixTime {
        attempt.began + self.lifetimes.fetch_timeout + GRACE
    }

    fn serve(&mut self, now: UnixTime) -> Decision {
        if self.is_fetching(now) || self.backoff(now).is_some() {
            Decision::Serve
        } else {
            self.fetch(now, Decision::ServeAndFetch)
        }
    }

    /// Decides without a usable document: every request waits for the one fetch.
    fn wait_for_any(&mut self, now: UnixTime) -> Decision {
        if self.is_fetching(now) {
            return Decision::Wait;
        }
        match self.backoff(now) {
            Some(retry_after) => Decision::Unavailable { retry_after },
            None => self.fetch(now, Decision::FetchAndWait),
        }
    }

    const fn fetch(&mut self, now: UnixTime, decision: Decision) -> Decision {
        self.begun += 1;
        self.in_flight = Some(Attempt { number: self.begun, began: now });
        decision
    }

    fn follow_clock(&mut self, now: UnixTime) {
        if self.times.is_some_and(|times| now < times.fetched_at) {
            self.rewound = self.times(now);
        }
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod stale_rule;
#[cfg(test)]
mod tests;

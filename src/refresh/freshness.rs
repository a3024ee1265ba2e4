//! When to fetch: a pure function of state, time and event. No clock, no socket, no chance: what is
//! random comes in as an argument.

use std::time::Duration;

use super::{backoff::Backoff, budget::Budget};
use crate::time::UnixTime;

/// The shortest time for which a set is fresh, whatever the issuer says.
pub(crate) const MIN_TTL: Duration = Duration::from_secs(300);
/// The longest time for which a set may be configured to be fresh.
pub(crate) const MAX_TTL: Duration = Duration::from_secs(3_600);
/// How long keys stay usable after they went stale because the issuer cannot be reached.
pub(crate) const DEFAULT_STALE: Duration = Duration::from_secs(3_600);
/// The longest time for which stale keys may be configured to be usable.
pub(crate) const MAX_STALE: Duration = Duration::from_secs(24 * 3_600);
/// How recent the last success must be for "unknown" to mean that the key does not exist.
pub(crate) const CERTAIN: Duration = Duration::from_secs(30);

/// How long sets live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    pub(crate) max_ttl: Duration,
    pub(crate) stale_if_error: Duration,
}

/// What is known of an issuer's keys at a moment, without the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Freshness {
    lifetimes: Lifetimes,
    set: Option<SetTimes>,
    fetching: bool,
    backoff: Backoff,
    last_failure: Option<UnixTime>,
    unseen: Budget,
    published: Budget,
}

/// The points in time at which a set changes its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SetTimes {
    pub(crate) fetched_at: UnixTime,
    /// From here on it is refreshed beside the requests.
    pub(crate) refresh_at: UnixTime,
    /// From here on it is stale.
    pub(crate) soft_until: UnixTime,
    /// From here on it is not used at all.
    pub(crate) hard_until: UnixTime,
}

/// The states of spec: a set is fresh, due for a refresh, stale, or too old to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Empty,
    Fresh,
    Due,
    Stale,
    Expired,
}

/// Whether a kid that is not in the set was in a good set lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kid {
    NeverSeen,
    PublishedLately,
    /// A refresh has just shown that it does not exist.
    KnownMissing,
}

/// What to do with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Answer from the set.
    Serve,
    /// Answer from the set, and begin a fetch beside it.
    ServeAndFetch,
    /// Wait for the fetch in flight.
    Wait,
    /// Begin a fetch and wait for it.
    FetchAndWait,
    /// The key does not exist: 401.
    Unknown,
    /// Nobody can tell at the moment: 503.
    Unavailable { retry_after: Duration },
}

impl Freshness {
    pub(crate) const fn new(lifetimes: Lifetimes) -> Self {
        Self {
            lifetimes,
            set: None,
            fetching: false,
            backoff: Backoff::NONE,
            last_failure: None,
            unseen: Budget::for_unseen(),
            published: Budget::for_published(),
        }
    }

    pub(crate) fn state(&self, now: UnixTime) -> State {
        match self.set {
            None => State::Empty,
            Some(set) if now >= set.hard_until => State::Expired,
            Some(set) if now >= set.soft_until => State::Stale,
            Some(set) if now >= set.refresh_at || now < set.fetched_at => State::Due,
            Some(_) => State::Fresh,
        }
    }

    pub(crate) const fn times(&self) -> Option<SetTimes> {
        self.set
    }

    /// A request whose key id is in the set.
    pub(crate) fn on_known(&mut self, now: UnixTime) -> Decision {
        self.follow_clock(now);
        match self.state(now) {
            State::Empty | State::Expired => self.wait_for_any(now),
            State::Fresh => Decision::Serve,
            State::Due => self.serve(now),
            State::Stale if self.may_serve_stale(now) => self.serve(now),
            State::Stale if self.fetching => Decision::Wait,
            State::Stale => self.fetch(Decision::FetchAndWait),
        }
    }

    /// A request whose key id is not in the set.
    pub(crate) fn on_unknown(&mut self, now: UnixTime, kid: Kid) -> Decision {
        self.follow_clock(now);
        if matches!(self.state(now), State::Empty | State::Expired) {
            return self.wait_for_any(now);
        }
        if kid != Kid::KnownMissing {
            if self.fetching {
                return Decision::Wait;
            }
            if self.backoff(now).is_none() {
                let budget = match kid {
                    Kid::PublishedLately => &mut self.published,
                    Kid::NeverSeen | Kid::KnownMissing => &mut self.unseen,
                };
                if budget.take(now).is_ok() {
                    return self.fetch(Decision::FetchAndWait);
                }
            }
        }
        self.missing(now, kid)
    }

    /// What to answer when a kid is missing and no fetch may start.
    pub(crate) fn missing(&mut self, now: UnixTime, kid: Kid) -> Decision {
        if now < self.certainty_ends() {
            return Decision::Unknown;
        }
        let mut budget = match kid {
            Kid::PublishedLately => self.published,
            Kid::NeverSeen | Kid::KnownMissing => self.unseen,
        };
        let refill = budget.take(now).err().unwrap_or_default();
        let retry_after = self.backoff(now).unwrap_or_default().max(refill);
        Decision::Unavailable { retry_after }
    }

    /// A fetch that must begin whatever the budgets say; `false` when one is in flight.
    pub(crate) fn force(&mut self) -> bool {
        !std::mem::replace(&mut self.fetching, true)
    }

    /// A set was fetched, or confirmed. `max_age` is what the issuer said of its lifetime,
    /// `jitter` a random number below one.
    pub(crate) fn on_success(&mut self, now: UnixTime, max_age: Option<Duration>, jitter: f64) {
        let longest = self.lifetimes.max_ttl.clamp(MIN_TTL, MAX_TTL);
        let ttl = max_age.unwrap_or(MIN_TTL).clamp(MIN_TTL, longest);
        let soft_until = now + ttl;
        self.set = Some(SetTimes {
            fetched_at: now,
            refresh_at: now + ttl.mul_f64(0.72 + 0.16 * jitter.clamp(0.0, 1.0)),
            soft_until,
            hard_until: soft_until + self.lifetimes.stale_if_error.min(MAX_STALE),
        });
        self.fetching = false;
        self.backoff = Backoff::NONE;
        self.last_failure = None;
    }

    /// A fetch failed; `retry_after` is what the issuer said, `jitter` a random number below one.
    pub(crate) fn on_failure(&mut self, now: UnixTime, retry_after: Option<Duration>, jitter: f64) {
        self.fetching = false;
        self.last_failure = Some(now);
        self.backoff.fail_with(now, retry_after, jitter);
    }

    /// A request waited its time for a fetch that is still in flight: from now on stale keys are
    /// served at once.
    pub(crate) const fn on_timeout(&mut self, now: UnixTime) {
        self.last_failure = Some(now);
    }

    /// How long no fetch may begin, after failures.
    pub(crate) fn backoff(&self, now: UnixTime) -> Option<Duration> {
        self.backoff.left(now)
    }

    /// Until when requests with known key ids need not ask again.
    pub(crate) fn attention_at(&self, now: UnixTime) -> UnixTime {
        let Some(set) = self.set else { return UnixTime::EPOCH };
        let next_attempt = match self.backoff(now) {
            _ if self.fetching => UnixTime::MAX,
            left => now + left.unwrap_or_default(),
        };
        match self.state(now) {
            State::Fresh => set.refresh_at,
            State::Due => set.soft_until.min(next_attempt),
            State::Stale if self.may_serve_stale(now) => set.hard_until.min(next_attempt),
            State::Stale | State::Expired | State::Empty => UnixTime::EPOCH,
        }
    }

    /// Until when requests with key ids that are known to be missing need not ask again.
    pub(crate) fn certain_until(&self, now: UnixTime) -> UnixTime {
        match self.state(now) {
            State::Fresh => self.certainty_ends(),
            _ => UnixTime::EPOCH,
        }
    }

    /// Until when "unknown" means that the key does not exist: the last attempt has succeeded, a
    /// short time ago.
    fn certainty_ends(&self) -> UnixTime {
        match self.set {
            Some(set) if self.backoff == Backoff::NONE => set.fetched_at + CERTAIN,
            _ => UnixTime::EPOCH,
        }
    }

    /// Stale keys are served once an attempt to refresh them has failed since they went stale, or
    /// none may be made.
    fn may_serve_stale(&self, now: UnixTime) -> bool {
        let failed = self.set.is_some_and(|set| self.last_failure >= Some(set.soft_until));
        failed || (!self.fetching && self.backoff(now).is_some())
    }

    fn serve(&mut self, now: UnixTime) -> Decision {
        if self.fetching || self.backoff(now).is_some() {
            Decision::Serve
        } else {
            self.fetch(Decision::ServeAndFetch)
        }
    }

    /// There is no usable set: everybody waits for the one fetch.
    fn wait_for_any(&mut self, now: UnixTime) -> Decision {
        if self.fetching {
            return Decision::Wait;
        }
        match self.backoff(now) {
            Some(retry_after) => Decision::Unavailable { retry_after },
            None => self.fetch(Decision::FetchAndWait),
        }
    }

    const fn fetch(&mut self, decision: Decision) -> Decision {
        self.fetching = true;
        decision
    }

    /// When the clock was set back, what lies too far ahead is drawn near: a set is used for no
    /// longer than its whole lifetime from now.
    fn follow_clock(&mut self, now: UnixTime) {
        if let Some(set) = &mut self.set
            && now < set.fetched_at
        {
            let life = set.hard_until.saturating_since(set.fetched_at);
            let soft = set.soft_until.saturating_since(set.fetched_at);
            set.fetched_at = now;
            set.refresh_at = now;
            set.soft_until = now + soft;
            set.hard_until = now + life;
        }
        if self.last_failure.is_some_and(|failure| failure > now) {
            self.last_failure = Some(now);
        }
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

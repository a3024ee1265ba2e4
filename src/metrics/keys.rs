use std::{sync::Arc, time::Duration};

use super::{
    catalog::{
        KEY_FETCH, KEY_FETCHES, KEY_LIMITS, KEY_WAITS, KEYS, KEYS_FETCHED_AT, KEYS_STATE, RESOLVED,
    },
    handles::{ByValue, Counter, Gauge, Histogram},
    labels::{FETCH_REASONS, FETCH_RESULTS, KEY_STATES, LIMITS, RESOLVED_ISSUERS, WAIT_RESULTS},
};
use crate::time::UnixTime;

/// The keys of one issuer, or of all that a resolver trusts.
#[derive(Clone, Debug)]
pub(crate) struct KeysMetrics(Arc<Series>);

#[derive(Debug)]
struct Series {
    fetches: ByValue<ByValue<Counter>>,
    fetch: Histogram,
    waits: ByValue<Counter>,
    limits: ByValue<Counter>,
    /// `None` where several issuers share a label: a gauge has one value.
    gauges: Option<Gauges>,
}

#[derive(Debug)]
struct Gauges {
    keys: Gauge,
    state: ByValue<Gauge>,
    fetched_at: Gauge,
}

/// Why a fetch began.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FetchReason {
    Empty,
    Due,
    Stale,
    Missing,
    Forced,
}

/// How a fetch ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FetchResult {
    Changed,
    Unchanged,
    Failed,
}

/// What came of a request's wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WaitResult {
    Found,
    Unknown,
    Unavailable,
}

/// Why a request got no fetch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Backoff,
    Budget,
    Waiting,
}

impl KeysMetrics {
    /// The keys of an issuer that a setting names, in this state.
    pub(crate) fn of_issuer(api: &str, issuer: &str, state: &str) -> Self {
        let gauges = Gauges {
            keys: Gauge::register(&KEYS, &[api, issuer]),
            state: ByValue::register(KEY_STATES, |state| {
                Gauge::register(&KEYS_STATE, &[api, issuer, state])
            }),
            fetched_at: Gauge::register(&KEYS_FETCHED_AT, &[api, issuer]),
        };
        let metrics = Self::new(api, issuer, Some(gauges));
        metrics.state(state);
        metrics
    }

    fn of_resolved_issuers(api: &str) -> Self {
        Self::new(api, RESOLVED_ISSUERS, None)
    }

    fn new(api: &str, issuer: &str, gauges: Option<Gauges>) -> Self {
        let fetches = |reason| {
            ByValue::register(FETCH_RESULTS, move |result| {
                Counter::register(&KEY_FETCHES, &[api, issuer, reason, result])
            })
        };
        Self(Arc::new(Series {
            fetches: ByValue::register(FETCH_REASONS, fetches),
            fetch: Histogram::register(&KEY_FETCH, &[api, issuer]),
            waits: ByValue::register(WAIT_RESULTS, |result| {
                Counter::register(&KEY_WAITS, &[api, issuer, result])
            }),
            limits: ByValue::register(LIMITS, |limit| {
                Counter::register(&KEY_LIMITS, &[api, issuer, limit])
            }),
            gauges,
        }))
    }

    /// A fetch has ended.
    pub(crate) fn fetched(&self, reason: FetchReason, result: FetchResult, duration: Duration) {
        // As the events of the keys name it.
        let reason = match reason {
            FetchReason::Empty => "no_keys",
            FetchReason::Due => "due",
            FetchReason::Stale => "stale",
            FetchReason::Missing => "unknown_kid",
            FetchReason::Forced => "refresh_now",
        };
        let result = match result {
            FetchResult::Changed => "changed",
            FetchResult::Unchanged => "unchanged",
            FetchResult::Failed => "failed",
        };
        self.0.fetches.with(reason, |results| results.with(result, Counter::increment));
        self.0.fetch.record(duration);
    }

    /// The keys were fetched or confirmed.
    pub(crate) fn confirmed(&self, now: UnixTime) {
        if let Some(gauges) = &self.0.gauges {
            gauges.fetched_at.set(now.as_secs());
        }
    }

    /// The issuer has this number of usable keys now.
    pub(crate) fn count(&self, keys: usize) {
        if let Some(gauges) = &self.0.gauges {
            gauges.keys.set(keys as u64);
        }
    }

    /// The keys are in this state now.
    pub(crate) fn state(&self, state: &str) {
        if let Some(gauges) = &self.0.gauges {
            gauges.state.for_each(|each, gauge| gauge.set(u64::from(each == state)));
        }
    }

    /// A request has waited for a fetch.
    pub(crate) fn waited(&self, result: WaitResult) {
        let result = match result {
            WaitResult::Found => "found",
            WaitResult::Unknown => "unknown",
            WaitResult::Unavailable => "unavailable",
        };
        self.0.waits.with(result, Counter::increment);
    }

    /// A request needed a fetch and got none.
    pub(crate) fn limited(&self, limit: Limit) {
        let limit = match limit {
            Limit::Backoff => "backoff",
            Limit::Budget => "budget",
            Limit::Waiting => "waiting",
        };
        self.0.limits.with(limit, Counter::increment);
    }
}

/// The issuers of one API.
#[derive(Clone, Debug)]
pub(crate) struct IssuersMetrics(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// Named by settings: each has a label of its own.
    Configured { api: Arc<str> },
    /// Trusted by a resolver: they share one label.
    Resolved { keys: KeysMetrics, in_use: Gauge },
}

impl IssuersMetrics {
    pub(crate) fn configured(api: &str) -> Self {
        Self(Kind::Configured { api: api.into() })
    }

    pub(crate) fn resolved(api: &str) -> Self {
        let in_use = Gauge::register(&RESOLVED, &[api]);
        Self(Kind::Resolved { keys: KeysMetrics::of_resolved_issuers(api), in_use })
    }

    /// The keys of one of the issuers, in this state.
    pub(crate) fn keys(&self, issuer: &str, state: &str) -> KeysMetrics {
        match &self.0 {
            Kind::Configured { api } => KeysMetrics::of_issuer(api, issuer, state),
            Kind::Resolved { keys, .. } => keys.clone(),
        }
    }

    /// This many issuers are in use.
    pub(crate) fn in_use(&self, issuers: usize) {
        if let Kind::Resolved { in_use, .. } = &self.0 {
            in_use.set(issuers as u64);
        }
    }
}

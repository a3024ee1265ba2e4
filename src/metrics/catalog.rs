//! The one list of metrics.

use super::{
    labels::{
        API, CLIENT, CLIENT_RESULTS, FETCH_REASONS, FETCH_RESULTS, ISSUER, ISSUER_RESULTS,
        KEY_STATES, LIMITS, LOOKUPS, REASONS, ROUTE_REFUSED, WAIT_RESULTS, closed,
    },
    metric::{Label, Metric, MetricKind},
};

/// Buckets for the histograms, in seconds: from a signature check, 50 µs, to a fetch that runs into
/// its time limit. Exporters that ask for buckets have no better default.
pub const SECONDS_BUCKETS: [f64; 14] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.0025, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Every metric that the crate records.
pub const METRICS: &[Metric] = &[
    REQUESTS,
    ROUTE_REFUSALS,
    VERIFICATION,
    CACHE_LOOKUPS,
    CACHE_ENTRIES,
    CACHE_BYTES,
    KEYS,
    KEYS_STATE,
    KEYS_FETCHED_AT,
    KEY_FETCHES,
    KEY_FETCH,
    KEY_WAITS,
    KEY_LIMITS,
    RESOLVED,
    CLIENT_REQUESTS,
    CLIENT_REQUEST,
    CLIENT_REFUSED,
    ISSUER_REQUESTS,
];

const fn metric(
    kind: MetricKind,
    name: &'static str,
    labels: &'static [Label],
    help: &'static str,
) -> Metric {
    Metric { name, kind, labels, help }
}

pub(super) const REQUESTS: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_requests_total",
    &[API, closed("outcome", &["admitted", "refused"]), closed("reason", REASONS)],
    "Requests that the bearer layer admitted (`token`, or `no_token` if it is optional) or refused",
);
pub(super) const ROUTE_REFUSALS: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_route_refusals_total",
    &[API, closed("reason", ROUTE_REFUSED)],
    "Requests that the layer admitted and `RequireScope` or an extractor refused",
);
pub(super) const VERIFICATION: Metric = metric(
    MetricKind::Histogram,
    "tower_bearer_verification_seconds",
    &[API],
    "Time to verify an admitted token that was not in the cache, without waiting for keys",
);
pub(super) const CACHE_LOOKUPS: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_cache_lookups_total",
    &[API, closed("result", LOOKUPS)],
    "Lookups of tokens in the cache of verified tokens",
);
pub(super) const CACHE_ENTRIES: Metric = metric(
    MetricKind::Gauge,
    "tower_bearer_cache_entries",
    &[API],
    "Verified tokens in the cache that all threads share",
);
pub(super) const CACHE_BYTES: Metric = metric(
    MetricKind::Gauge,
    "tower_bearer_cache_bytes",
    &[API],
    "Memory of the verified tokens in the cache that all threads share, in bytes",
);
pub(super) const KEYS: Metric =
    metric(MetricKind::Gauge, "tower_bearer_keys", &[API, ISSUER], "Usable keys of the issuer");
pub(super) const KEYS_STATE: Metric = metric(
    MetricKind::Gauge,
    "tower_bearer_keys_state",
    &[API, ISSUER, closed("state", KEY_STATES)],
    "1 for the state of the issuer's keys, 0 for the others",
);
pub(super) const KEYS_FETCHED_AT: Metric = metric(
    MetricKind::Gauge,
    "tower_bearer_keys_fetched_timestamp_seconds",
    &[API, ISSUER],
    "When the issuer's keys were fetched or confirmed last, in seconds since 1970; 0 if never",
);
pub(super) const KEY_FETCHES: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_key_fetches_total",
    &[API, ISSUER, closed("reason", FETCH_REASONS), closed("result", FETCH_RESULTS)],
    "Fetches of the issuer's keys, by what caused them and how they ended",
);
pub(super) const KEY_FETCH: Metric = metric(
    MetricKind::Histogram,
    "tower_bearer_key_fetch_seconds",
    &[API, ISSUER],
    "Time of a fetch of the issuer's keys, metadata included",
);
pub(super) const KEY_WAITS: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_key_waits_total",
    &[API, ISSUER, closed("result", WAIT_RESULTS)],
    "Requests that waited for a fetch of keys, and what came of it",
);
pub(super) const KEY_LIMITS: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_key_limits_total",
    &[API, ISSUER, closed("limit", LIMITS)],
    "Requests that needed a fetch of keys and got none because of a limit",
);
pub(super) const RESOLVED: Metric = metric(
    MetricKind::Gauge,
    "tower_bearer_resolved_issuers",
    &[API],
    "Issuers in use that a resolver trusts",
);
pub(super) const CLIENT_REQUESTS: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_client_token_requests_total",
    &[CLIENT, closed("result", CLIENT_RESULTS)],
    "Token requests of the token client",
);
pub(super) const CLIENT_REQUEST: Metric = metric(
    MetricKind::Histogram,
    "tower_bearer_client_token_request_seconds",
    &[CLIENT],
    "Time of a token request of the token client, discovery included",
);
pub(super) const CLIENT_REFUSED: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_client_tokens_refused_total",
    &[CLIENT],
    "Tokens of the token client that an API refused",
);
pub(super) const ISSUER_REQUESTS: Metric = metric(
    MetricKind::Counter,
    "tower_bearer_issuer_token_requests_total",
    &[ISSUER, closed("result", ISSUER_RESULTS)],
    "Token requests to the bundled issuer",
);

//! What the crate counts and measures: one list of metrics, recorded by the facade of the crate
//! [`metrics`](https://docs.rs/metrics) with the feature `metrics`.
//!
//! ```
//! use tower_bearer::metrics::{METRICS, MetricKind};
//!
//! let requests = METRICS.iter().find(|it| it.name == "tower_bearer_requests_total").unwrap();
//! assert_eq!(requests.kind, MetricKind::Counter);
//! ```
//!
//! Install a recorder **before** you build a resource server, a client or an issuer: each registers
//! its metrics when it is built, with zero, and keeps the handles. So an alert on a rate works from
//! the first failure on, and a request costs no lookup.
//!
//! Names and labels are stable. Every label has a value from a closed set: a constant of this crate,
//! or a name from your configuration. Nothing that a caller sends becomes a label, so that no caller
//! can add a time series.
//!
//! | label | values |
//! |---|---|
//! | `api` | the realm of a resource server; the bundled issuer, for the issuers that it trusts |
//! | `issuer` | an issuer that a setting names; `resolved` stands for all that a resolver trusts |
//! | `client` | the client id of a token client |
//! | `outcome`, `reason`, `result`, `state`, `limit` | listed in [`Metric::labels`] |
//!
//! `docs/operations.md` describes each metric, and `deploy/` has a dashboard and alert rules that are
//! made from this list.
//!
//! Without the feature nothing is recorded, and the code for it is empty.

mod cache;
mod catalog;
#[cfg(feature = "client")]
mod client;
#[cfg(not(feature = "metrics"))]
#[path = "nothing.rs"]
mod handles;
#[cfg(feature = "metrics")]
#[path = "facade.rs"]
mod handles;
#[cfg(feature = "issuer")]
mod issuer;
mod keys;
mod labels;
mod metric;
mod requests;

#[cfg(feature = "client")]
pub(crate) use self::client::ClientMetrics;
#[cfg(feature = "issuer")]
pub(crate) use self::issuer::IssuerMetrics;
pub(crate) use self::{
    cache::CacheMetrics,
    handles::Timer,
    keys::{FetchReason, FetchResult, IssuersMetrics, KeysMetrics, Limit, WaitResult},
    requests::RequestMetrics,
};
pub use self::{
    catalog::{METRICS, SECONDS_BUCKETS},
    labels::RESOLVED_ISSUERS,
    metric::{Label, LabelValues, Metric, MetricKind},
};

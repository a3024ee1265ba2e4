//! What a metric is.

/// A metric that the crate records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// The name, which never changes its meaning.
    pub name: &'static str,
    /// What kind of metric it is.
    pub kind: MetricKind,
    /// The labels, in their order.
    pub labels: &'static [Label],
    /// What it says, in one sentence.
    pub help: &'static str,
}

/// The kinds of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that only grows.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// A distribution of durations, in seconds.
    Histogram,
}

/// A label of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The name.
    pub name: &'static str,
    /// The values that it can have.
    pub values: LabelValues,
}

/// The values of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelValues {
    /// One of these.
    Closed(&'static [&'static str]),
    /// A name from the configuration: what it is.
    Configured(&'static str),
}

//! Handles to the metrics of the facade's recorder.

use std::fmt;

use ::metrics::{Key, Level, Metadata, Recorder, Unit, with_recorder};

use super::metric::{Label, Metric, MetricKind};
use crate::time::Stopwatch;

static METADATA: Metadata<'static> =
    Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// A counter.
#[derive(Clone, Debug)]
pub(super) struct Counter(::metrics::Counter);

/// A gauge.
#[derive(Clone, Debug)]
pub(super) struct Gauge(::metrics::Gauge);

/// A histogram of durations.
#[derive(Clone, Debug)]
pub(super) struct Histogram(::metrics::Histogram);

/// The series of a metric by the value of its last label.
#[derive(Clone)]
pub(super) struct ByValue<T> {
    values: &'static [&'static str],
    series: Box<[T]>,
}

/// A duration that is being measured.
#[derive(Debug)]
pub(crate) struct Timer(Stopwatch);

impl Timer {
    pub(crate) fn start() -> Self {
        Self(Stopwatch::start())
    }
}

impl Counter {
    /// Registers a counter with zero. `values` are those of the labels, in their order.
    pub(super) fn register(metric: &Metric, values: &[&str]) -> Self {
        Self(registered(metric, values, |recorder, key| recorder.register_counter(key, &METADATA)))
    }

    pub(super) fn increment(&self) {
        self.0.increment(1);
    }
}

impl Gauge {
    /// Registers a gauge with zero.
    pub(super) fn register(metric: &Metric, values: &[&str]) -> Self {
        Self(registered(metric, values, |recorder, key| recorder.register_gauge(key, &METADATA)))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts and times stay far below 2^52")]
    pub(super) fn set(&self, value: u64) {
        self.0.set(value as f64);
    }
}

impl Histogram {
    /// Registers an empty histogram.
    pub(super) fn register(metric: &Metric, values: &[&str]) -> Self {
        Self(registered(metric, values, |recorder, key| {
            recorder.register_histogram(key, &METADATA)
        }))
    }

    pub(super) fn record(&self, duration: std::time::Duration) {
        self.0.record(duration);
    }

    pub(super) fn stop(&self, timer: &Timer) {
        self.record(timer.0.elapsed());
    }
}

impl<T> ByValue<T> {
    /// Registers a series for each value.
    pub(super) fn register(
        values: &'static [&'static str],
        register: impl Fn(&'static str) -> T,
    ) -> Self {
        Self { values, series: values.iter().map(|value| register(value)).collect() }
    }

    /// Calls `record` for the series of a value, or for the last one if it has none.
    pub(super) fn with(&self, value: &str, record: impl FnOnce(&T)) {
        let place = self.values.iter().position(|known| *known == value);
        let series = place.and_then(|place| self.series.get(place)).or(self.series.last());
        if let Some(series) = series {
            record(series);
        }
    }

    /// Calls `record` for each series, with its value.
    pub(super) fn for_each(&self, mut record: impl FnMut(&'static str, &T)) {
        self.values.iter().zip(&self.series).for_each(|(value, series)| record(value, series));
    }
}

/// Describes a metric and registers a series of it.
fn registered<T>(
    metric: &Metric,
    values: &[&str],
    register: impl FnOnce(&dyn Recorder, &Key) -> T,
) -> T {
    let label =
        |(label, value): (&Label, &&str)| ::metrics::Label::new(label.name, (*value).to_owned());
    let labels: Vec<_> = metric.labels.iter().zip(values).map(label).collect();
    let key = Key::from_parts(metric.name, labels);
    with_recorder(|recorder| {
        let (name, help) = (metric.name.into(), metric.help.into());
        match metric.kind {
            MetricKind::Counter => recorder.describe_counter(name, None, help),
            MetricKind::Gauge => recorder.describe_gauge(name, None, help),
            MetricKind::Histogram => recorder.describe_histogram(name, Some(Unit::Seconds), help),
        }
        register(recorder, &key)
    })
}

impl<T> fmt::Debug for ByValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ByValue").field(&self.values).finish()
    }
}

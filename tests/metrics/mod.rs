//! What the crate counts, as an exporter for Prometheus shows it.

mod cardinality;
mod dashboard;
mod files;
mod issuers;
mod requests;
mod rules;
mod start;

use std::collections::BTreeMap;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use tower_bearer::metrics::SECONDS_BUCKETS;

/// A recorder of one test. Handles that are registered within [`record`](Self::record) belong to it,
/// on whatever thread they are used.
struct Recorded(PrometheusRecorder);

/// A series as Prometheus names it, such as `tower_bearer_keys{api="a",issuer="b"}`, with its value.
type Series = BTreeMap<String, f64>;

impl Recorded {
    fn new() -> Self {
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS_BUCKETS).unwrap();
        Self(builder.build_recorder())
    }

    fn record<T>(&self, build: impl FnOnce() -> T) -> T {
        metrics::with_local_recorder(&self.0, build)
    }

    fn text(&self) -> String {
        self.0.handle().render()
    }

    fn series(&self) -> Series {
        let text = self.text();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| {
                let (series, value) = line.rsplit_once(' ').unwrap();
                (series.to_owned(), value.parse().unwrap())
            })
            .collect()
    }

    /// The value of a series.
    fn value(&self, series: &str) -> f64 {
        let all = self.series();
        *all.get(series).unwrap_or_else(|| panic!("no {series} among {all:#?}"))
    }

    /// The series of a metric that are not zero.
    fn counted(&self, metric: &str) -> Series {
        let prefix = format!("{metric}{{");
        let mut series = self.series();
        series.retain(|name, value| name.starts_with(&prefix) && *value != 0.0);
        series
    }
}

/// Series of one metric with the labels of a test.
fn series(metric: &str, values: &[(&str, f64)]) -> Series {
    values.iter().map(|(labels, value)| (format!("{metric}{{{labels}}}"), *value)).collect()
}

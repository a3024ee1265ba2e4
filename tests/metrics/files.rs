//! The files that are made from the list of metrics. `UPDATE_DEPLOY=1 cargo test --test main
//! metrics::files` rewrites them.

use std::{env, fs, path::PathBuf};

use tower_bearer::metrics::{Label, LabelValues, METRICS, Metric, MetricKind};

use super::{dashboard::dashboard, rules::rules};

const BEGIN: &str = "| metric | kind | labels | what it says |\n|---|---|---|---|\n";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a file with what it should hold, or rewrites it.
fn check(name: &str, expected: &str) {
    let path = path(name);
    if env::var_os("UPDATE_DEPLOY").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{name} is not made from the list of metrics: run `UPDATE_DEPLOY=1 cargo test --test main metrics::files`"
    );
}

fn kind(metric: &Metric) -> &'static str {
    match metric.kind {
        MetricKind::Counter => "counter",
        MetricKind::Gauge => "gauge",
        _ => "histogram",
    }
}

fn label(label: &Label) -> String {
    match label.values {
        LabelValues::Closed(values) if values.len() <= 6 => {
            format!("`{}`: {}", label.name, values.join(", "))
        }
        _ => format!("`{}`", label.name),
    }
}

fn table() -> String {
    let row = |metric: &Metric| {
        let labels: Vec<_> = metric.labels.iter().map(label).collect();
        let (name, kind, help) = (metric.name, kind(metric), metric.help);
        format!("| `{name}` | {kind} | {} | {help} |\n", labels.join("; "))
    };
    METRICS.iter().map(row).collect()
}

#[test]
fn operations_md_has_a_row_for_each_metric() {
    let name = "docs/operations.md";
    let document = fs::read_to_string(path(name)).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let after = rest.split_once("\n\n").unwrap().1;
    check(name, &format!("{before}{BEGIN}{}\n{after}", table()));
}

#[test]
fn the_dashboard_is_made_from_the_list() {
    check("deploy/grafana/tower-bearer.json", &dashboard());
}

#[test]
fn the_alert_rules_are_made_from_the_list() {
    check("deploy/prometheus/tower-bearer.rules.yaml", &rules());
}

/// The names of metrics in a text, without the endings of a histogram's series.
fn names(text: &str) -> Vec<String> {
    let starts = text.match_indices("tower_bearer_").map(|(at, _)| &text[at..]);
    let is_end = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    starts
        .map(|rest| {
            let name = &rest[..rest.find(is_end).unwrap_or(rest.len())];
            name.trim_end_matches("_bucket")
                .trim_end_matches("_count")
                .trim_end_matches("_sum")
                .to_owned()
        })
        .collect()
}

#[test]
fn dashboard_and_rules_name_no_metric_that_is_not_in_the_list() {
    for text in [dashboard(), rules()] {
        for name in names(&text) {
            assert!(METRICS.iter().any(|metric| metric.name == name), "{name}");
        }
    }
}

#[test]
fn the_dashboard_shows_each_metric() {
    let shown = names(&dashboard());
    for metric in METRICS {
        assert!(shown.iter().any(|name| name == metric.name), "{} is not shown", metric.name);
    }
}

/// The values of labels in queries are in their sets: a query for a reason that does not exist would
/// be silent for ever.
#[test]
fn queries_name_only_label_values_that_exist() {
    let closed = METRICS.iter().flat_map(|metric| metric.labels);
    let mut checked = 0;
    for text in [dashboard().replace("\\\"", "\""), rules()] {
        for label in closed.clone() {
            let LabelValues::Closed(_) = label.values else { continue };
            for operator in ["=\"", "!=\"", "=~\"", "!~\""] {
                let start = format!("{}{operator}", label.name);
                for (at, _) in text.match_indices(&start) {
                    let value = text[at + start.len()..].split('"').next().unwrap();
                    for value in value.split('|').filter(|value| !value.starts_with('$')) {
                        let exists = closed.clone().any(|other| {
                            other.name == label.name
                                && matches!(other.values, LabelValues::Closed(values) if values.contains(&value))
                        });
                        assert!(exists, "{} has no value {value}", label.name);
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(checked > 10, "{checked}");
}

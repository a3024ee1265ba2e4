use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    client::{ClientCredentials, TokenClient},
    issuer::TokenIssuer,
    jwks::RemoteJwks,
    metrics::{LabelValues, METRICS, Metric, MetricKind, RESOLVED_ISSUERS},
    secret::Secret,
    verify::Check,
};

use super::Recorded;
use crate::support::{ManualClock, Mint, NOW};

/// The names of the configuration below.
const NAMES: [(&str, &[&str]); 3] = [
    ("api", &["display"]),
    ("issuer", &[Mint::ISSUER, "https://partner.example", RESOLVED_ISSUERS]),
    ("client", &["gift-deliveries"]),
];

/// Builds everything that has metrics.
fn build(mint: &Mint) {
    let remote = RemoteJwks::new("https://issuer.example/jwks".parse().unwrap());
    ResourceServer::builder(Mint::issuer(), Mint::audience(), remote)
        .issuer("https://partner.example", "urn:api", mint.keys())
        .resolve_issuers(1, |_| None)
        .cache_verified_tokens(1 << 20)
        .realm("display")
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let credentials = ClientCredentials::new("gift-deliveries", Secret::generate().unwrap());
    TokenClient::discover(Mint::issuer(), credentials).build().unwrap();
    TokenIssuer::builder(Mint::issuer()).algorithm(Algorithm::EdDSA).build().unwrap();
}

/// The values that a label can have here.
fn values(label: &tower_bearer::metrics::Label) -> Vec<String> {
    let values = match label.values {
        LabelValues::Closed(values) => values,
        _ => NAMES.iter().find(|(name, _)| *name == label.name).unwrap().1,
    };
    values.iter().map(|value| format!("{}=\"{value}\"", label.name)).collect()
}

/// Every series that a metric could have.
fn possible(metric: &Metric) -> Vec<String> {
    metric.labels.iter().map(values).fold(vec![String::new()], |series, values| {
        let join = |before: &String, value: &String| match &**before {
            "" => value.clone(),
            before => format!("{before},{value}"),
        };
        series.iter().flat_map(|it| values.iter().map(move |value| join(it, value))).collect()
    })
}

#[test]
fn every_metric_is_there_from_the_start_with_zero_and_its_description() {
    let recorded = Recorded::new();
    recorded.record(|| build(&Mint::new()));
    let (text, series) = (recorded.text(), recorded.series());
    for metric in METRICS {
        let (name, help) = (metric.name, metric.help);
        assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name} is not described");
        let kind = match metric.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            _ => "histogram",
        };
        assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name} is no {kind}");
        let shown = match metric.kind {
            MetricKind::Histogram => format!("{name}_count{{"),
            _ => format!("{name}{{"),
        };
        let found: Vec<_> = series.iter().filter(|(it, _)| it.starts_with(&shown)).collect();
        assert!(!found.is_empty(), "{name} is not there");
        let possible = possible(metric);
        for (it, value) in found {
            let labels = it.strip_prefix(&shown).unwrap().strip_suffix('}').unwrap();
            assert!(possible.iter().any(|labels_of| labels_of == labels), "{it} is not listed");
            let is_set = name.ends_with("_state") || it.contains("partner.example");
            assert!(*value == 0.0 || is_set, "{it} begins with {value}");
        }
    }
    for (name, _) in series {
        let listed = METRICS.iter().any(|metric| name.starts_with(metric.name));
        assert!(listed, "{name} is not in the list");
    }
}

#[test]
fn each_label_with_a_closed_set_has_all_its_series_from_the_start() {
    let recorded = Recorded::new();
    recorded.record(|| build(&Mint::new()));
    let series = recorded.series();
    for (metric, labels) in [
        ("tower_bearer_requests_total", "api=\"display\",outcome=\"refused\",reason=\"exp\""),
        ("tower_bearer_requests_total", "api=\"display\",outcome=\"admitted\",reason=\"no_token\""),
        ("tower_bearer_route_refusals_total", "api=\"display\",reason=\"insufficient_scope\""),
        ("tower_bearer_cache_lookups_total", "api=\"display\",result=\"hit\""),
        (
            "tower_bearer_key_fetches_total",
            "api=\"display\",issuer=\"resolved\",reason=\"unknown_kid\",result=\"failed\"",
        ),
        (
            "tower_bearer_key_limits_total",
            "api=\"display\",issuer=\"https://issuer.example\",limit=\"budget\"",
        ),
        ("tower_bearer_resolved_issuers", "api=\"display\""),
        (
            "tower_bearer_client_token_requests_total",
            "client=\"gift-deliveries\",result=\"granted\"",
        ),
        (
            "tower_bearer_issuer_token_requests_total",
            "issuer=\"https://issuer.example\",result=\"too_many_requests\"",
        ),
    ] {
        assert_eq!(series.get(&format!("{metric}{{{labels}}}")), Some(&0.0), "{metric} {labels}");
    }
    let is_gauge_of_resolved =
        |name: &&String| name.starts_with("tower_bearer_keys") && name.contains("resolved");
    assert_eq!(series.keys().find(is_gauge_of_resolved), None, "a gauge has one issuer");
}

/// A new check is a new reason: it has a series of its own, and is not counted as `other`.
#[test]
fn each_check_of_a_token_is_a_reason() {
    let requests = METRICS.iter().find(|it| it.name == "tower_bearer_requests_total").unwrap();
    let reason = requests.labels.iter().find(|label| label.name == "reason").unwrap();
    let LabelValues::Closed(reasons) = reason.values else { panic!("the set is closed") };
    for check in Check::ALL {
        assert!(reasons.contains(&check.name()), "{} is not listed", check.name());
    }
}

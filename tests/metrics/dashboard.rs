//! The dashboard for Grafana.

use serde_json::{Value, json};
use tower_bearer::metrics::METRICS;

/// A panel: its title, the metric that its description explains, its unit, and its queries with
/// their legends.
struct Panel {
    title: &'static str,
    metric: &'static str,
    unit: &'static str,
    queries: &'static [(&'static str, &'static str)],
}

const ROWS: [(&str, &[Panel]); 4] = [
    (
        "Requests",
        &[
            Panel {
                title: "Requests by outcome",
                metric: "tower_bearer_requests_total",
                unit: "reqps",
                queries: &[(
                    r#"sum by (outcome) (rate(tower_bearer_requests_total{api=~"$api"}[$__rate_interval]))"#,
                    "{{outcome}}",
                )],
            },
            Panel {
                title: "Refusals by reason",
                metric: "tower_bearer_requests_total",
                unit: "reqps",
                queries: &[(
                    r#"sum by (reason) (rate(tower_bearer_requests_total{api=~"$api",outcome="refused"}[$__rate_interval])) > 0"#,
                    "{{reason}}",
                )],
            },
            Panel {
                title: "Refusals by routes",
                metric: "tower_bearer_route_refusals_total",
                unit: "reqps",
                queries: &[(
                    r#"sum by (reason) (rate(tower_bearer_route_refusals_total{api=~"$api"}[$__rate_interval]))"#,
                    "{{reason}}",
                )],
            },
            Panel {
                title: "Time to verify a token",
                metric: "tower_bearer_verification_seconds",
                unit: "s",
                queries: &[
                    (
                        r#"histogram_quantile(0.5, sum by (le) (rate(tower_bearer_verification_seconds_bucket{api=~"$api"}[$__rate_interval])))"#,
                        "median",
                    ),
                    (
                        r#"histogram_quantile(0.99, sum by (le) (rate(tower_bearer_verification_seconds_bucket{api=~"$api"}[$__rate_interval])))"#,
                        "99 %",
                    ),
                ],
            },
            Panel {
                title: "Hits of the cache",
                metric: "tower_bearer_cache_lookups_total",
                unit: "percentunit",
                queries: &[(
                    r#"sum by (api) (rate(tower_bearer_cache_lookups_total{api=~"$api",result="hit"}[$__rate_interval])) / sum by (api) (rate(tower_bearer_cache_lookups_total{api=~"$api"}[$__rate_interval]))"#,
                    "{{api}}",
                )],
            },
            Panel {
                title: "Tokens in the cache",
                metric: "tower_bearer_cache_entries",
                unit: "short",
                queries: &[(
                    r#"sum by (api) (tower_bearer_cache_entries{api=~"$api"})"#,
                    "{{api}}",
                )],
            },
            Panel {
                title: "Memory of the cache",
                metric: "tower_bearer_cache_bytes",
                unit: "bytes",
                queries: &[(r#"sum by (api) (tower_bearer_cache_bytes{api=~"$api"})"#, "{{api}}")],
            },
        ],
    ),
    (
        "Keys",
        &[
            Panel {
                title: "State of the keys",
                metric: "tower_bearer_keys_state",
                unit: "short",
                queries: &[(
                    r#"sum by (issuer, state) (tower_bearer_keys_state{api=~"$api"}) > 0"#,
                    "{{issuer}} {{state}}",
                )],
            },
            Panel {
                title: "Usable keys",
                metric: "tower_bearer_keys",
                unit: "short",
                queries: &[(r#"min by (issuer) (tower_bearer_keys{api=~"$api"})"#, "{{issuer}}")],
            },
            Panel {
                title: "Age of the keys",
                metric: "tower_bearer_keys_fetched_timestamp_seconds",
                unit: "s",
                queries: &[(
                    r#"time() - min by (issuer) (tower_bearer_keys_fetched_timestamp_seconds{api=~"$api"} > 0)"#,
                    "{{issuer}}",
                )],
            },
            Panel {
                title: "Fetches",
                metric: "tower_bearer_key_fetches_total",
                unit: "short",
                queries: &[(
                    r#"sum by (issuer, reason, result) (increase(tower_bearer_key_fetches_total{api=~"$api"}[$__rate_interval])) > 0"#,
                    "{{issuer}} {{reason}} {{result}}",
                )],
            },
            Panel {
                title: "Time of a fetch, 99 %",
                metric: "tower_bearer_key_fetch_seconds",
                unit: "s",
                queries: &[(
                    r#"histogram_quantile(0.99, sum by (issuer, le) (rate(tower_bearer_key_fetch_seconds_bucket{api=~"$api"}[$__rate_interval])))"#,
                    "{{issuer}}",
                )],
            },
            Panel {
                title: "Requests that waited for keys",
                metric: "tower_bearer_key_waits_total",
                unit: "reqps",
                queries: &[(
                    r#"sum by (issuer, result) (rate(tower_bearer_key_waits_total{api=~"$api"}[$__rate_interval]))"#,
                    "{{issuer}} {{result}}",
                )],
            },
            Panel {
                title: "Requests that got no fetch",
                metric: "tower_bearer_key_limits_total",
                unit: "reqps",
                queries: &[(
                    r#"sum by (issuer, limit) (rate(tower_bearer_key_limits_total{api=~"$api"}[$__rate_interval]))"#,
                    "{{issuer}} {{limit}}",
                )],
            },
            Panel {
                title: "Resolved issuers in use",
                metric: "tower_bearer_resolved_issuers",
                unit: "short",
                queries: &[(
                    r#"max by (api) (tower_bearer_resolved_issuers{api=~"$api"})"#,
                    "{{api}}",
                )],
            },
        ],
    ),
    (
        "Token clients",
        &[
            Panel {
                title: "Token requests",
                metric: "tower_bearer_client_token_requests_total",
                unit: "short",
                queries: &[(
                    "sum by (client, result) (increase(tower_bearer_client_token_requests_total[$__rate_interval])) > 0",
                    "{{client}} {{result}}",
                )],
            },
            Panel {
                title: "Time of a token request, 99 %",
                metric: "tower_bearer_client_token_request_seconds",
                unit: "s",
                queries: &[(
                    "histogram_quantile(0.99, sum by (client, le) (rate(tower_bearer_client_token_request_seconds_bucket[$__rate_interval])))",
                    "{{client}}",
                )],
            },
            Panel {
                title: "Tokens that an API refused",
                metric: "tower_bearer_client_tokens_refused_total",
                unit: "short",
                queries: &[(
                    "sum by (client) (increase(tower_bearer_client_tokens_refused_total[$__rate_interval]))",
                    "{{client}}",
                )],
            },
        ],
    ),
    (
        "Issuer",
        &[Panel {
            title: "Token requests to the issuer",
            metric: "tower_bearer_issuer_token_requests_total",
            unit: "reqps",
            queries: &[(
                "sum by (issuer, result) (rate(tower_bearer_issuer_token_requests_total[$__rate_interval])) > 0",
                "{{issuer}} {{result}}",
            )],
        }],
    ),
];

const COLUMNS: usize = 3;
/// Of the 24 columns of Grafana's grid.
const WIDTH: usize = 8;
const HEIGHT: usize = 8;

fn panel(id: usize, at: (usize, usize), panel: &Panel) -> Value {
    let help = METRICS.iter().find(|metric| metric.name == panel.metric).unwrap().help;
    let target = |(place, (query, legend)): (usize, &(&str, &str))| {
        json!({
            "refId": char::from(b'A' + u8::try_from(place).unwrap()).to_string(),
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "expr": query,
            "legendFormat": legend,
        })
    };
    json!({
        "id": id,
        "type": "timeseries",
        "title": panel.title,
        "description": help,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"x": at.0, "y": at.1, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": panel.queries.iter().enumerate().map(target).collect::<Vec<_>>(),
    })
}

/// The dashboard.
pub(super) fn dashboard() -> String {
    let (mut panels, mut y) = (Vec::new(), 0);
    for (title, row) in ROWS {
        let id = panels.len() + 1;
        let at = json!({"x": 0, "y": y, "w": 24, "h": 1});
        panels.push(json!({"id": id, "type": "row", "title": title, "collapsed": false, "gridPos": at, "panels": []}));
        y += 1;
        for (place, each) in row.iter().enumerate() {
            let at = (place % COLUMNS * WIDTH, y + place / COLUMNS * HEIGHT);
            panels.push(panel(panels.len() + 1, at, each));
        }
        y += row.len().div_ceil(COLUMNS) * HEIGHT;
    }
    let source = json!({"type": "prometheus", "uid": "${datasource}"});
    let dashboard = json!({
        "title": "tower-bearer",
        "uid": "tower-bearer",
        "description": "Made from the list of metrics by tests/metrics/dashboard.rs; do not edit.",
        "tags": ["tower-bearer", "oauth"],
        "schemaVersion": 39,
        "version": 1,
        "editable": true,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [
            {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
            {
                "name": "api",
                "label": "API",
                "type": "query",
                "datasource": source,
                "query": "label_values(tower_bearer_requests_total, api)",
                "includeAll": true,
                "multi": true,
                "refresh": 2,
                "current": {"text": "All", "value": "$__all"},
            },
        ]},
        "panels": panels,
    });
    let mut text = serde_json::to_string_pretty(&dashboard).unwrap();
    text.push('\n');
    text
}

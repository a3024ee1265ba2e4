//! The alert rules for Prometheus.

use std::fmt::Write as _;

struct Alert {
    name: &'static str,
    query: &'static str,
    /// How long the query has to hold.
    wait: &'static str,
    severity: &'static str,
    summary: &'static str,
    /// What to do.
    description: &'static str,
}

const ALERTS: [Alert; 13] = [
    Alert {
        name: "TowerBearerKeysExpired",
        query: r#"max by (api, issuer) (tower_bearer_keys_state{state="expired"}) == 1"#,
        wait: "0m",
        severity: "page",
        summary: "{{ $labels.api }} answers 503: the keys of {{ $labels.issuer }} have expired",
        description: "The issuer has been unreachable for longer than stale_if_error. Read `error` in the last `keys not fetched` of the log. Do not restart: nothing is gained.",
    },
    Alert {
        name: "TowerBearerNoKeys",
        query: r#"max by (api, issuer) (tower_bearer_keys_state{state="empty"}) == 1 and on (api) sum by (api) (rate(tower_bearer_requests_total[5m])) > 0"#,
        wait: "2m",
        severity: "page",
        summary: "{{ $labels.api }} never got the keys of {{ $labels.issuer }}",
        description: "Requests are answered 503. The address of the issuer is wrong, or it cannot be reached from here. Read `error` in the last `keys not fetched` of the log.",
    },
    Alert {
        name: "TowerBearerUnavailable",
        query: r#"sum by (api) (rate(tower_bearer_requests_total{outcome="refused",reason="keys_unavailable"}[5m])) > 0"#,
        wait: "1m",
        severity: "page",
        summary: "{{ $labels.api }} refuses requests with 503",
        description: "Keys cannot be fetched, or a resolver has no slot for another issuer.",
    },
    Alert {
        name: "TowerBearerKeysStale",
        query: r#"max by (api, issuer) (tower_bearer_keys_state{state="stale"}) == 1"#,
        wait: "5m",
        severity: "ticket",
        summary: "{{ $labels.api }} uses stale keys of {{ $labels.issuer }}",
        description: "The issuer is unreachable. Requests are served for one more hour by default.",
    },
    Alert {
        name: "TowerBearerKeyFetchesFail",
        query: r#"sum by (api, issuer) (increase(tower_bearer_key_fetches_total{result="failed"}[10m])) > 3"#,
        wait: "0m",
        severity: "ticket",
        summary: "{{ $labels.api }} cannot fetch the keys of {{ $labels.issuer }}",
        description: "More than three fetches have failed in ten minutes. Read `error` in `keys not fetched` of the log.",
    },
    Alert {
        name: "TowerBearerUnknownKeys",
        query: r#"sum by (api, issuer) (rate(tower_bearer_key_fetches_total{reason="unknown_kid",result="unchanged"}[15m])) * 900 > 20"#,
        wait: "15m",
        severity: "ticket",
        summary: "{{ $labels.api }} gets tokens with unknown key ids of {{ $labels.issuer }}",
        description: "Somebody sends junk, or the issuer signs with a key that it does not publish. The fetches are limited by a budget.",
    },
    Alert {
        name: "TowerBearerRefusalsRise",
        query: r#"sum by (api) (rate(tower_bearer_requests_total{outcome="refused",reason!~"keys_unavailable|misconfigured"}[5m])) > 1 and sum by (api) (rate(tower_bearer_requests_total{outcome="refused",reason!~"keys_unavailable|misconfigured"}[5m])) > 2 * sum by (api) (rate(tower_bearer_requests_total{outcome="refused",reason!~"keys_unavailable|misconfigured"}[5m] offset 1h))"#,
        wait: "5m",
        severity: "ticket",
        summary: "{{ $labels.api }} refuses more than twice as many tokens as an hour ago",
        description: "A client sends expired tokens, a key was withdrawn too early, or somebody attacks. Compare the reasons on the dashboard.",
    },
    Alert {
        name: "TowerBearerScopesRefused",
        query: r#"sum by (api) (rate(tower_bearer_route_refusals_total{reason="insufficient_scope"}[15m])) > 0.1 * sum by (api) (rate(tower_bearer_requests_total{outcome="admitted",reason="token"}[15m])) > 0"#,
        wait: "15m",
        severity: "ticket",
        summary: "{{ $labels.api }} answers more than a tenth of its requests with 403",
        description: "A client lost a scope, a route requires one that the issuer does not grant, or `Matching` is wrong.",
    },
    Alert {
        name: "TowerBearerMisconfigured",
        query: r#"sum by (api) (increase(tower_bearer_requests_total{outcome="refused",reason="misconfigured"}[10m])) + sum by (api) (increase(tower_bearer_route_refusals_total{reason="misconfigured"}[10m])) > 0"#,
        wait: "0m",
        severity: "ticket",
        summary: "{{ $labels.api }} answers 500: it is misconfigured",
        description: "The log's `help` says what to change.",
    },
    Alert {
        name: "TowerBearerClientWithoutToken",
        query: r#"sum by (client) (increase(tower_bearer_client_token_requests_total{result!="granted"}[10m])) > 3 and sum by (client) (increase(tower_bearer_client_token_requests_total{result="granted"}[10m])) == 0"#,
        wait: "0m",
        severity: "page",
        summary: "{{ $labels.client }} gets no token",
        description: "Calls fail when its last token ends. The label `result` says why the issuer grants none.",
    },
    Alert {
        name: "TowerBearerTokensRefused",
        query: "sum by (client) (increase(tower_bearer_client_tokens_refused_total[10m])) > 5",
        wait: "0m",
        severity: "ticket",
        summary: "APIs refuse the tokens of {{ $labels.client }}",
        description: "The token is for another API, its issuer is not trusted there, or a clock is wrong.",
    },
    Alert {
        name: "TowerBearerIssuerFails",
        query: r#"sum by (issuer) (increase(tower_bearer_issuer_token_requests_total{result="server_error"}[10m])) > 0"#,
        wait: "0m",
        severity: "ticket",
        summary: "{{ $labels.issuer }} cannot issue tokens",
        description: "A hook failed, or no token could be signed. Read its log.",
    },
    Alert {
        name: "TowerBearerWrongSecrets",
        query: r#"sum by (issuer) (rate(tower_bearer_issuer_token_requests_total{result="invalid_client"}[10m])) > 1"#,
        wait: "10m",
        severity: "ticket",
        summary: "{{ $labels.issuer }} gets more than one wrong secret a second",
        description: "Somebody guesses secrets, or a client was deployed with an old one. The log names the account.",
    },
];

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The file of rules.
pub(super) fn rules() -> String {
    let mut text = String::from(
        "# Made from the list of metrics by tests/metrics/rules.rs; do not edit.\n\
         # `page` wakes somebody up, `ticket` can wait for the day.\n\
         groups:\n  - name: tower-bearer\n    rules:\n",
    );
    for alert in &ALERTS {
        let Alert { name, query, wait, severity, summary, description } = alert;
        let (query, summary, description) = (quoted(query), quoted(summary), quoted(description));
        write!(
            text,
            "      - alert: {name}\n        expr: {query}\n        for: {wait}\n        labels:\n          \
             severity: {severity}\n        annotations:\n          summary: {summary}\n          \
             description: {description}\n"
        )
        .unwrap();
    }
    text
}

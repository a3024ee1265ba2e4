//! The result of an inspection, as text and as JSON.

use serde_json::{Value, json};
use tower_bearer::{
    scope::{Pattern, Requirement},
    time::UnixTime,
    token::AccessToken,
    verify::{CheckOutcome, Explanation},
};

use super::{
    decode::Decoded,
    expectations::{Comparison, InspectOptions, compare},
};
use crate::ui::harmless;

/// The result of each check, and of the scopes.
#[derive(Debug)]
pub(super) struct Report {
    rows: Vec<Row>,
    /// The reason why the token is refused.
    refused: Option<String>,
}

#[derive(Debug)]
struct Row {
    name: String,
    outcome: CheckOutcome,
    comparison: Comparison,
}

impl Report {
    pub(super) fn new(
        explanation: &Explanation,
        scopes: &[Requirement],
        options: &InspectOptions<'_>,
        decoded: &Decoded,
    ) -> Self {
        let rows = explanation.checks().map(|(check, outcome)| Row {
            name: check.to_string(),
            outcome,
            comparison: compare(check, options, decoded),
        });
        let mut report = Self { rows: rows.collect(), refused: None };
        report.refused = explanation.verdict().err().map(ToString::to_string);
        for scope in scopes.iter().flat_map(Requirement::items) {
            report.require(scope, explanation.verdict().ok(), decoded.claim(options.scope_claim));
        }
        report
    }

    /// Compares a scope as `RequireScope` does.
    fn require(&mut self, scope: &str, token: Option<&AccessToken>, actual: String) {
        let covers = |token: &AccessToken| {
            Pattern::parse(scope)
                .is_ok_and(|required| token.scopes().covers(required, token.matching()))
        };
        let outcome = match token.map(covers) {
            None => CheckOutcome::NotReached,
            Some(true) => CheckOutcome::Passed,
            Some(false) => CheckOutcome::Failed,
        };
        if outcome == CheckOutcome::Failed && self.refused.is_none() {
            self.refused = Some(format!("the token does not grant {scope}"));
        }
        let comparison = Comparison { expected: scope.to_owned(), actual, date: String::new() };
        self.rows.push(Row { name: "scope".to_owned(), outcome, comparison });
    }

    pub(super) const fn admitted(&self) -> bool {
        self.refused.is_none()
    }

    pub(super) fn text(&self, decoded: &Decoded, now: UnixTime) -> String {
        let mut text = decoded.text(now);
        text.push_str("\n\nchecks");
        for Row { name, outcome, comparison } in &self.rows {
            let Comparison { expected, actual, date } = comparison;
            let actual = match date.as_str() {
                "" => actual.clone(),
                date => format!("{actual} ({date})"),
            };
            text.push_str(&match outcome {
                CheckOutcome::Passed => format!("\n  ok           {name:15}  {actual}"),
                CheckOutcome::Failed => {
                    let below = " ".repeat(32);
                    format!("\n  FAILED       {name:15}  {actual}\n{below}expected {expected}")
                }
                CheckOutcome::NotReached => {
                    format!("\n  not reached  {name:15}  expected {expected}")
                }
            });
        }
        match &self.refused {
            None => text.push_str("\n\nadmitted"),
            Some(why) => {
                text.push_str("\n\nrefused: ");
                text.push_str(why);
            }
        }
        harmless(&text)
    }

    pub(super) fn json(&self, decoded: &Decoded, now: UnixTime) -> Value {
        let checks = self.rows.iter().map(|row| {
            json!({
                "check": row.name,
                "outcome": match row.outcome {
                    CheckOutcome::Passed => "passed",
                    CheckOutcome::Failed => "failed",
                    CheckOutcome::NotReached => "not reached",
                },
                "expected": row.comparison.expected,
                "found": row.comparison.actual,
            })
        });
        json!({
            "verdict": if self.admitted() { "admitted" } else { "refused" },
            "reason": self.refused,
            "at": now.as_secs(),
            "checks": checks.collect::<Value>(),
            "token": decoded.json(),
        })
    }
}

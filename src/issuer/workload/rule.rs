use serde_json::Value;

use super::subject::SubjectPattern;
use crate::{
    json::{self, Member},
    token::AccessToken,
};

/// Says which subjects of a [`WorkloadIssuer`](crate::issuer::WorkloadIssuer) are an account.
///
/// A subject is compared component by component, where `:` and `/` end a component: each is equal,
/// byte for byte, or `*` in the pattern, which stands for one whole component. Claims are compared
/// with exact values.
///
/// ```
/// use tower_bearer::issuer::WorkloadRule;
///
/// let deploy = WorkloadRule::new("repo:octo-org/gifts:environment:*", "gift-deliveries")
///     .claim("repository_id", "74")
///     .claim("environment", "production");
/// # let _ = deploy;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WorkloadRule {
    pub(super) subject: String,
    pub(super) account: String,
    pub(super) claims: Vec<(String, Value)>,
}

impl WorkloadRule {
    /// A token whose `sub` matches `subject` is a credential of the account with the key `account`.
    pub fn new(subject: impl Into<String>, account: impl Into<String>) -> Self {
        Self { subject: subject.into(), account: account.into(), claims: Vec::new() }
    }

    /// Requires a claim with this value as well: a string, a number below 2^53 or a boolean. A claim
    /// that a token does not have, or has with another type, does not match.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.push((name.into(), value.into()));
        self
    }

    /// Checks the rule. `issuer` is the identifier of its issuer.
    pub(super) fn resolve(self, issuer: &str) -> Result<ResolvedRule, String> {
        let text = &self.subject;
        let pattern = SubjectPattern::parse(text)
            .map_err(|fault| format!("has a subject `{text}`, which {fault}"))?;
        let owner = PUBLIC_ISSUERS.iter().find(|(name, _)| *name == issuer.trim_end_matches('/'));
        if owner.is_some_and(|(_, index)| pattern.is_wild_at(*index)) {
            return Err(format!(
                "has a subject `{text}`, which admits strangers: anybody gets tokens of this \
                 issuer, so name the owner"
            ));
        }
        let is_exact = |value: &Value| value.as_f64().is_some_and(|it| it.abs() < INEXACT_FROM);
        let wrong = self.claims.iter().find(|(name, value)| {
            name.is_empty() || !(value.is_string() || value.is_boolean() || is_exact(value))
        });
        if let Some((name, _)) = wrong {
            return Err(format!(
                "requires a value of the claim `{name}` that is not a string, a number below \
                 2^53 or a boolean"
            ));
        }
        Ok(ResolvedRule { pattern, account: self.account, claims: self.claims })
    }
}

/// 2^53. From here on an `f64` stands for several integers, so that a claim would equal its neighbour.
const INEXACT_FROM: f64 = 9_007_199_254_740_992.0;

/// Issuers whose tokens anybody can get for any audience, and the component of their subjects that
/// names the owner.
const PUBLIC_ISSUERS: [(&str, usize); 3] = [
    ("https://token.actions.githubusercontent.com", 1),
    ("https://gitlab.com", 1),
    ("https://accounts.google.com", 0),
];

/// A rule that was checked.
#[derive(Debug)]
pub(super) struct ResolvedRule {
    pattern: SubjectPattern,
    pub(super) account: String,
    claims: Vec<(String, Value)>,
}

impl ResolvedRule {
    pub(super) fn matches(&self, token: &AccessToken) -> bool {
        let has = |(name, value): &(String, Value)| {
            json::member(token.decoded().payload(), name)
                .is_some_and(|found| is_equal(&found, value))
        };
        token.subject().is_some_and(|subject| self.pattern.matches(subject))
            && self.claims.iter().all(has)
    }

    /// The rule for a log.
    pub(super) fn describe(&self) -> String {
        let claims = self.claims.iter().map(|(name, value)| format!(" with {name} {value}"));
        format!("{}{}", self.pattern.as_str(), claims.collect::<String>())
    }
}

fn is_equal(found: &Member<'_>, value: &Value) -> bool {
    match (found, value) {
        (Member::Text(found), Value::String(value)) => *found == *value,
        (Member::Bool(found), Value::Bool(value)) => found == value,
        (Member::Number(found), Value::Number(value)) => value.as_f64() == Some(*found),
        _ => false,
    }
}

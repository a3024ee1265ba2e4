//! An authorization rule in words: effect, resource, identifier, operations.

use crate::scope::Pattern;

/// One authorization rule: it allows or denies operations on a resource of an application, or on
/// one instance of it, to one account.
///
/// It is equivalent to scopes: `Rule::allow("display", "user-growth").identifier("2019")` is
/// `user-growth:2019:*`. Deny beats allow.
///
/// ```
/// use tower_bearer::issuer::{Account, Rule};
///
/// let outsourcer = Account::new("outsourcer-b")
///     .rule(Rule::allow("display", "revenue").operations(["read", "update"]))
///     .rule(Rule::deny("display", "revenue").identifier("2018"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a rule does nothing until an account or the issuer has it"]
pub struct Rule {
    pub(in crate::issuer) subject: Option<String>,
    pub(in crate::issuer) effect: Effect,
    pub(in crate::issuer) application: String,
    pub(super) resource: String,
    identifier: String,
    operations: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::issuer) enum Effect {
    Allow,
    Deny,
}

impl Rule {
    /// Allows every operation on every instance of a resource, or of all with `*`, in an
    /// application named by its id or its audience.
    pub fn allow(application: impl Into<String>, resource: impl Into<String>) -> Self {
        Self::new(Effect::Allow, application.into(), resource.into())
    }

    /// Denies what [`allow`](Self::allow) allows.
    pub fn deny(application: impl Into<String>, resource: impl Into<String>) -> Self {
        Self::new(Effect::Deny, application.into(), resource.into())
    }

    fn new(effect: Effect, application: String, resource: String) -> Self {
        let identifier = "*".to_owned();
        Self { subject: None, effect, application, resource, identifier, operations: None }
    }

    /// Sets the key of the account to which a rule of the
    /// [issuer](crate::issuer::TokenIssuerBuilder::rule) applies. An account's own rules do not
    /// need it.
    pub fn subject(self, account: impl Into<String>) -> Self {
        Self { subject: Some(account.into()), ..self }
    }

    /// Limits the rule to one instance of the resource; `*` means every instance.
    pub fn identifier(self, identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), ..self }
    }

    /// Limits the rule to these operations, at least one. Without this setter, or with `*`, the
    /// rule applies to every operation.
    pub fn operations<O: Into<String>>(self, operations: impl IntoIterator<Item = O>) -> Self {
        Self { operations: Some(operations.into_iter().map(Into::into).collect()), ..self }
    }

    /// Returns the rule as scopes, or its fault as the end of a sentence.
    pub(in crate::issuer) fn scopes(&self) -> Result<Vec<String>, String> {
        let (resource, identifier) = (&self.resource, &self.identifier);
        for (name, segment) in [("resource", resource), ("identifier", identifier)] {
            check_segment(name, segment)?;
        }
        let Some(operations) = &self.operations else {
            return Ok(vec![format!("{resource}:{identifier}:*")]);
        };
        if operations.is_empty() {
            let help = "leave `operations` out for every one, or name some";
            return Err(format!("has a rule about `{resource}` without an operation: {help}"));
        }
        let scope = |operation: &String| {
            check_segment("operation", operation)?;
            Ok(format!("{resource}:{identifier}:{operation}"))
        };
        operations.iter().map(scope).collect()
    }
}

/// Checks that a part of a rule is a whole segment of a scope, and cannot reach into another
/// segment.
fn check_segment(name: &str, text: &str) -> Result<(), String> {
    let whole = !text.contains(':') && (text == "*" || !text.contains('*'));
    if whole && Pattern::parse(text).is_ok() {
        return Ok(());
    }
    Err(format!(
        "has a rule whose {name} is `{}`: give one segment of a scope, without `:` and blanks, \
         or `*` alone",
        text.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_what_its_scopes_say() {
        let rule = Rule::allow("display", "user-growth");
        assert_eq!(rule.scopes().unwrap(), ["user-growth:*:*"]);
        let read = rule.clone().identifier("2019").operations(["read", "update"]);
        assert_eq!(read.scopes().unwrap(), ["user-growth:2019:read", "user-growth:2019:update"]);
        assert_eq!(Rule::deny("display", "*").operations(["*"]).scopes().unwrap(), ["*:*:*"]);
    }

    #[test]
    fn no_part_of_a_rule_reaches_into_another() {
        for part in ["", "a:b", "a*", " ", "a b", "\"", "\u{fc}"] {
            let rule = Rule::allow("display", "a");
            assert!(Rule::allow("display", part).scopes().is_err(), "{part}");
            assert!(rule.clone().identifier(part).scopes().is_err(), "{part}");
            assert!(rule.clone().operations([part]).scopes().is_err(), "{part}");
        }
        assert!(Rule::allow("display", "a").operations(Vec::<String>::new()).scopes().is_err());
    }
}

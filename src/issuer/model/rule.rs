//! What an account may do, in words: effect, resource, identifier, operations.

use crate::scope::Pattern;

/// One authorization rule: it allows or denies operations on a resource of an application, or on
/// one instance of it, to one account.
///
/// It says the same as a scope: `Rule::allow("display", "user-growth").identifier("2019")` is
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

    /// The key of the account that a rule given to the
    /// [issuer](crate::issuer::TokenIssuerBuilder::rule) is about. An account's own rules need none.
    pub fn subject(self, account: impl Into<String>) -> Self {
        Self { subject: Some(account.into()), ..self }
    }

    /// Speaks of one instance of the resource only; `*` is every one.
    pub fn identifier(self, identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), ..self }
    }

    /// Speaks of these operations only, at least one; without this setter, or with `*`, of every
    /// one.
    pub fn operations<O: Into<String>>(self, operations: impl IntoIterator<Item = O>) -> Self {
        Self { operations: Some(operations.into_iter().map(Into::into).collect()), ..self }
    }

    /// The rule as scopes, or what is wrong with it as the end of a sentence.
    pub(in crate::issuer) fn scopes(&self) -> Result<Vec<String>, String> {
        let (resource, identifier) = (&self.resource, &self.identifier);
        for (name, segment) in [("resource", resource), ("identifier", identifier)] {
            segment_of(name, segment)?;
        }
        let Some(operations) = &self.operations else {
            return Ok(vec![format!("{resource}:{identifier}:*")]);
        };
        if operations.is_empty() {
            let cure = "leave `operations` out for every one, or name some";
            return Err(format!("has a rule about `{resource}` without an operation: {cure}"));
        }
        let scope = |operation: &String| {
            segment_of("operation", operation)?;
            Ok(format!("{resource}:{identifier}:{operation}"))
        };
        operations.iter().map(scope).collect()
    }
}

/// A rule's part is a whole segment of a scope: it may neither end another nor begin one.
fn segment_of(name: &str, text: &str) -> Result<(), String> {
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

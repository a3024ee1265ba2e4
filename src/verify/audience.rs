use std::{fmt, sync::Arc};

use crate::claims::{Audience, IdentifierError};

/// The audiences that an API accepts (RFC 7519 §4.1.3, RFC 8725 §3.9): a token passes if the rule
/// accepts one of its `aud` values.
///
/// ```
/// use tower_bearer::{claims::Audience, verify::AudienceRule};
///
/// let one: AudienceRule = Audience::new("urn:worldmappers")?.into();
/// let any: AudienceRule = [Audience::new("urn:a")?, Audience::new("urn:b")?].into();
/// // Some issuers put the calling account's key into `aud`, so the audiences are not known:
/// let rule = AudienceRule::from_fn(|audience| audience.len() == 24);
/// # Ok::<(), tower_bearer::claims::IdentifierError>(())
/// ```
#[derive(Clone)]
pub struct AudienceRule(Rule);

#[derive(Clone)]
enum Rule {
    AnyOf(Arc<[Audience]>),
    Accepting(Arc<dyn Fn(&str) -> bool + Send + Sync>),
}

impl AudienceRule {
    /// Creates a rule from a function, which is called with each audience of a token until it
    /// returns true.
    ///
    /// It runs for every token, before the signature is checked, so its input is untrusted. A
    /// function that always returns true admits tokens issued for other APIs.
    pub fn from_fn(rule: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Rule::Accepting(Arc::new(rule)))
    }

    pub(crate) fn accepts(&self, audience: &str) -> bool {
        match &self.0 {
            Rule::AnyOf(names) => names.iter().any(|name| name.as_str() == audience),
            Rule::Accepting(rule) => rule(audience),
        }
    }

    /// Returns true if the rule may return another result later.
    pub(crate) fn may_change(&self) -> bool {
        matches!(self.0, Rule::Accepting(_))
    }

    /// Returns the first audience that the rule names, if it names any.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.0 {
            Rule::AnyOf(names) => names.first().map(Audience::as_str),
            Rule::Accepting(_) => None,
        }
    }

    /// Returns true if the rule names no audience at all, so that no token could pass.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Rule::AnyOf(names) if names.is_empty())
    }
}

impl TryFrom<&str> for AudienceRule {
    type Error = IdentifierError;

    fn try_from(audience: &str) -> Result<Self, IdentifierError> {
        Audience::new(audience).map(Self::from)
    }
}

impl From<Audience> for AudienceRule {
    fn from(audience: Audience) -> Self {
        [audience].into()
    }
}

impl<const N: usize> From<[Audience; N]> for AudienceRule {
    fn from(audiences: [Audience; N]) -> Self {
        Self(Rule::AnyOf(audiences.into()))
    }
}

impl From<Vec<Audience>> for AudienceRule {
    fn from(audiences: Vec<Audience>) -> Self {
        Self(Rule::AnyOf(audiences.into()))
    }
}

impl fmt::Debug for AudienceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::AnyOf(names) => f.debug_tuple("AnyOf").field(names).finish(),
            Rule::Accepting(_) => f.write_str("Accepting(..)"),
        }
    }
}

use super::{Check, Verifier};
use crate::scope::Matching;

impl Verifier {
    /// Returns the setting that a failed check compared with, for a log; `None` if the fault states
    /// it.
    pub(crate) fn expected(&self, check: Check) -> Option<String> {
        match check {
            Check::Issuer => Some(self.issuer().to_string()),
            Check::Audience => Some(match self.audience().name() {
                Some(name) => name.to_owned(),
                None => "one that the API's function accepts".to_owned(),
            }),
            Check::Algorithm => Some(format!("{:?}", self.algorithms)),
            Check::TokenType if self.kind.is_assertion => {
                Some("JWT, client-authentication+jwt or none".to_owned())
            }
            _ => None,
        }
    }

    /// Returns true if scopes are compared as patterns.
    pub(crate) fn uses_patterns(&self) -> bool {
        self.matching == Matching::Patterns
    }
}

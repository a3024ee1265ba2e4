//! The words that the file uses for the library's enumerations.

use tower_bearer::{
    algorithm::Algorithm,
    issuer::{EmptyGrant, ExcessScope, MissingScope, Profile, ReplayRule},
};

/// The effect of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

impl Effect {
    /// The word of the file.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

pub(super) const EFFECTS: [(&str, Effect); 2] = [("allow", Effect::Allow), ("deny", Effect::Deny)];

pub(super) const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

pub(super) const PROFILES: [(&str, Profile); 3] =
    [("rfc9068", Profile::Rfc9068), ("auth0", Profile::Auth0), ("authing", Profile::Authing)];

pub(super) const EXCESS: [(&str, ExcessScope); 3] = [
    ("reject", ExcessScope::Reject),
    ("narrow", ExcessScope::Narrow),
    ("refuse", ExcessScope::Refuse),
];

pub(super) const UNSCOPED: [(&str, MissingScope); 2] =
    [("everything", MissingScope::Everything), ("refuse", MissingScope::Refuse)];

pub(super) const NOTHING: [(&str, EmptyGrant); 2] =
    [("refuse", EmptyGrant::Refuse), ("empty-token", EmptyGrant::EmptyToken)];

pub(super) const REPLAY: [(&str, ReplayRule); 3] = [
    ("client-assertions-once", ReplayRule::ClientAssertionsOnce),
    ("once", ReplayRule::Once),
    ("until-expiry", ReplayRule::UntilExpiry),
];

use std::time::Duration;

use super::ResourceServerBuilder;
#[cfg(feature = "status-list")]
use crate::status::StatusCheck;
use crate::{
    algorithm::Algorithm,
    scope::Matching,
    verify::{AudienceClaim, ClaimValue, ScopeSource, Verifier},
};

/// Settings of the tokens of the issuer named last: those of its [`Verifier`].
impl ResourceServerBuilder {
    /// Allows only these algorithms (RFC 8725 §3.1); all asymmetric ones by default.
    pub fn algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.last(|verifier| verifier.algorithms(algorithms))
    }

    /// Sets how far the issuer's clock may differ from this one: 30 seconds by default, at most 5
    /// minutes.
    pub fn leeway(self, leeway: Duration) -> Self {
        self.last(|verifier| verifier.leeway(leeway))
    }

    /// Refuses tokens that were issued longer ago than this, and tokens without `iat`.
    pub fn max_token_age(self, age: Duration) -> Self {
        self.last(|verifier| verifier.max_token_age(age))
    }

    /// Demands what RFC 9068 demands; see [`Verifier::strict_rfc9068`].
    pub fn strict_rfc9068(self) -> Self {
        self.last(Verifier::strict_rfc9068)
    }

    /// Sets how scopes are compared; see [`Verifier::matching`].
    pub fn matching(self, matching: Matching) -> Self {
        self.last(|verifier| verifier.matching(matching))
    }

    /// Reads the scopes from this claim instead of `scope`; see [`Verifier::scope_claim`].
    pub fn scope_claim(self, source: impl Into<ScopeSource>) -> Self {
        self.last(|verifier| verifier.scope_claim(source))
    }

    /// Reads the scopes from several sources; see [`Verifier::scope_claims`].
    pub fn scope_claims<S: Into<ScopeSource>>(self, sources: impl IntoIterator<Item = S>) -> Self {
        self.last(|verifier| verifier.scope_claims(sources))
    }

    /// Joins the scopes of all sources; see [`Verifier::add_user_roles_to_scopes`].
    pub fn add_user_roles_to_scopes(self) -> Self {
        self.last(Verifier::add_user_roles_to_scopes)
    }

    /// Reads the audience from another claim than `aud`; see [`Verifier::audience_claim`].
    pub fn audience_claim(self, claim: AudienceClaim) -> Self {
        self.last(|verifier| verifier.audience_claim(claim))
    }

    /// Allows further values of the header's `typ`; see [`Verifier::token_types`].
    pub fn token_types<T: Into<Box<str>>>(self, types: impl IntoIterator<Item = T>) -> Self {
        self.last(|verifier| verifier.token_types(types))
    }

    /// Introspects opaque tokens, which are then those of the issuer named last; see
    /// [`introspection`](crate::introspection) for which tokens these are. The settings of tokens
    /// apply to what the issuer says about them.
    #[cfg(feature = "introspection")]
    pub fn introspection(self, introspection: crate::introspection::Introspection) -> Self {
        self.last_issuer(|issuer| issuer.introspection(introspection))
    }

    /// Demands a claim that tells access tokens apart; see [`Verifier::access_token_claim`].
    pub fn access_token_claim(self, claim: ClaimValue) -> Self {
        self.last(|verifier| verifier.access_token_claim(claim))
    }

    /// Checks whether the issuer has taken a token back; off unless this is called. See
    /// [`StatusCheck`].
    #[cfg(feature = "status-list")]
    pub fn check_status(self, check: StatusCheck) -> Self {
        self.last_issuer(|issuer| issuer.check_status(check))
    }
}

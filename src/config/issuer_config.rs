use std::time::Duration;

use http::Uri;

use crate::{
    algorithm::Algorithm,
    claims::{Audience, Issuer},
    key::KeySet,
    verify::Verifier,
};

/// One issuer of a [`ResourceServerConfig`](super::ResourceServerConfig), for tools that verify
/// tokens without a server.
#[derive(Clone, Debug)]
pub struct IssuerConfig {
    pub(super) issuer: Issuer,
    pub(super) audiences: Vec<Audience>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) leeway: Option<Duration>,
    pub(super) max_token_age: Option<Duration>,
    pub(super) is_strict: bool,
    pub(super) scope_claim: Box<str>,
    pub(super) verifier: Verifier,
    pub(super) keys: KeyLocation,
}

/// The place of an issuer's keys.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeyLocation {
    /// The issuer's metadata names their address.
    Metadata,
    /// At this address.
    Address(Uri),
    /// In the description, or in a file that it names.
    Here(KeySet),
}

impl IssuerConfig {
    /// The `iss` of the tokens.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The identifiers of the API.
    #[must_use]
    pub fn audiences(&self) -> &[Audience] {
        &self.audiences
    }

    /// The signature algorithms that are allowed; empty if all asymmetric ones are.
    #[must_use]
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// Returns the allowed difference of clocks, if the description sets it.
    #[must_use]
    pub const fn leeway(&self) -> Option<Duration> {
        self.leeway
    }

    /// The age from which tokens are refused.
    #[must_use]
    pub const fn max_token_age(&self) -> Option<Duration> {
        self.max_token_age
    }

    /// Returns true if tokens must conform to RFC 9068.
    #[must_use]
    pub const fn is_strict(&self) -> bool {
        self.is_strict
    }

    /// The first claim that may hold the scopes, or the JSON pointer to it.
    #[must_use]
    pub fn scope_claim(&self) -> &str {
        &self.scope_claim
    }

    /// The verifier of the tokens.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Returns the place of the keys.
    #[must_use]
    pub const fn keys(&self) -> &KeyLocation {
        &self.keys
    }
}

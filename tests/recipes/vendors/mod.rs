//! What is particular to each vendor: the scope that a route needs, and the opt-ins to spoil.

mod hosted;
mod self_hosted;
mod workloads;

use serde_json::Value;

/// What is done to a good token.
pub(super) enum Spoil {
    /// These claims are set; null removes one.
    Claims(Value),
    /// The same for the header.
    Header(Value),
    /// It is signed with another algorithm, by a key that the issuer publishes.
    Algorithm,
    /// It has `alg` `none` and no signature.
    Unsigned,
    /// A character of the signature is changed.
    Signature,
}

/// The place of a token, what is spoiled in it, and how.
pub(super) type OwnSpoil = (usize, &'static str, fn() -> Spoil);

/// A page, and what its test needs to know.
pub(super) struct Recipe {
    pub(super) vendor: &'static str,
    pub(super) page: &'static str,
    /// The scope that a route needs, for each token of the page.
    pub(super) scopes: &'static [&'static str],
    /// The tokens' places whose audience is not in `aud`, and the claim that holds it.
    pub(super) audiences: &'static [(usize, &'static str)],
    /// The tokens' places, counted from 1, and what else is spoiled in them.
    pub(super) spoils: &'static [OwnSpoil],
    /// A key set that the vendor published, by its name in the test data.
    pub(super) key_set: Option<&'static str>,
    /// Metadata that the vendor published.
    pub(super) metadata: Option<&'static str>,
}

/// All recipes, in the order of the table.
pub(super) fn recipes() -> impl Iterator<Item = &'static Recipe> {
    hosted::RECIPES.iter().chain(&self_hosted::RECIPES).chain(&workloads::RECIPES)
}

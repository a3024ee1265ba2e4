//! The resource server: an API that admits requests by their bearer tokens.
//!
//! ```
//! use tower_bearer::{
//!     algorithm::Algorithm,
//!     claims::{Audience, Issuer},
//!     jwks::RemoteJwks,
//!     server::ResourceServer,
//! };
//!
//! let api = ResourceServer::builder(
//!     Issuer::new("https://issuer.example")?,
//!     Audience::new("urn:worldmappers")?,
//!     RemoteJwks::new("https://issuer.example/.well-known/jwks.json".parse()?),
//! )
//! .algorithms([Algorithm::RS256])
//! .build()?;
//! let layer = api.layer(); // for `Router::layer` or any tower stack
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod credential;
mod future;
mod guard;
mod layer;
mod service;
mod token_settings;

use std::sync::Arc;

use self::guard::Api;
pub use self::{
    builder::ResourceServerBuilder, future::ResponseFuture, layer::BearerLayer,
    service::BearerService,
};
pub use crate::trust::{MIN_CACHE_BYTES, TrustedIssuer};
use crate::{
    claims::Issuer,
    jwks::{Keys, KeysError, Readiness, RemoteJwks},
    verify::{AudienceRule, Verifier},
};

/// An API that admits requests by their bearer tokens.
///
/// A clone is another handle to the same keys. Keys are fetched when the first token comes, or by
/// [`warm_up`](Self::warm_up), and kept fresh while tokens come; nothing runs on after the last
/// handle, layer and service is dropped.
#[derive(Clone, Debug)]
pub struct ResourceServer(Arc<Api>);

impl ResourceServer {
    /// Admits tokens of `issuer` that are meant for `audience`, checked against `keys`: a
    /// [`RemoteJwks`] or a [`KeySet`](crate::key::KeySet).
    pub fn builder(
        issuer: Issuer,
        audience: impl Into<AudienceRule>,
        keys: impl Into<Keys>,
    ) -> ResourceServerBuilder {
        ResourceServerBuilder::new(vec![TrustedIssuer::new(Verifier::new(issuer, audience), keys)])
    }

    /// Admits tokens of `issuer` that are meant for `audience`. Where the keys are is looked up in
    /// the issuer's metadata (RFC 8414, then OpenID Connect Discovery).
    pub fn discover(issuer: Issuer, audience: impl Into<AudienceRule>) -> ResourceServerBuilder {
        let keys = RemoteJwks::discover(issuer.clone());
        Self::builder(issuer, audience, keys)
    }

    /// Admits tokens of these issuers, each with its own audience, keys and settings.
    pub fn from_issuers(issuers: impl IntoIterator<Item = TrustedIssuer>) -> ResourceServerBuilder {
        ResourceServerBuilder::new(issuers.into_iter().collect())
    }

    /// Admits tokens of the issuers that `resolve` trusts; see
    /// [`resolve_issuers`](ResourceServerBuilder::resolve_issuers).
    pub fn with_resolver(
        limit: usize,
        resolve: impl Fn(&str) -> Option<TrustedIssuer> + Send + Sync + 'static,
    ) -> ResourceServerBuilder {
        ResourceServerBuilder::new(Vec::new()).resolve_issuers(limit, resolve)
    }

    /// The layer that guards a service.
    #[must_use]
    pub fn layer(&self) -> BearerLayer {
        BearerLayer::new(self.0.clone())
    }

    /// Fetches the keys that are not there yet, so that the first request need not wait.
    ///
    /// # Errors
    /// The first failure. The others were tried, and requests try again.
    pub async fn warm_up(&self) -> Result<(), KeysError> {
        let mut outcome = Ok(());
        for issuer in self.0.authenticator.issuers_in_use() {
            outcome = outcome.and(issuer.keys.warm_up().await);
        }
        outcome
    }

    /// Fetches all keys at once, whatever the budgets say: for an emergency.
    ///
    /// # Errors
    /// The first failure. The others were tried, and keys that are there stay.
    pub async fn refresh_now(&self) -> Result<(), KeysError> {
        let mut outcome = Ok(());
        for issuer in self.0.authenticator.issuers_in_use() {
            outcome = outcome.and(issuer.keys.refresh_now().await);
        }
        outcome
    }

    /// Refuses a key of an issuer from now on, whatever the issuer publishes: for an emergency. An
    /// issuer that is not trusted here has none to refuse.
    pub fn revoke_kid(&self, issuer: &Issuer, kid: &str) {
        self.0.authenticator.revoke_kid(issuer, kid);
    }

    /// Trusts an issuer no longer because it was resolved once: its next token makes the resolver
    /// be asked again, and its keys be fetched anew. Issuers named by a setting stay.
    pub fn forget_issuer(&self, issuer: &Issuer) {
        self.0.authenticator.forget_issuer(issuer);
    }

    /// How the keys of each issuer are: those named by settings, in their order, and then those
    /// that were resolved and are in use.
    #[must_use]
    pub fn readiness(&self) -> Vec<Readiness> {
        let issuers = self.0.authenticator.issuers_in_use();
        issuers.iter().map(|issuer| issuer.keys.readiness()).collect()
    }
}

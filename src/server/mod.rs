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
mod check;
mod credential;
mod future;
mod guard;
mod layer;
mod metadata_layer;
mod publish;
mod refusal_settings;
mod resource_metadata;
mod service;
mod token_settings;
mod token_source;

use std::sync::Arc;

use self::guard::Api;
pub use self::{
    builder::ResourceServerBuilder,
    future::ResponseFuture,
    layer::BearerLayer,
    metadata_layer::{MetadataFuture, MetadataLayer, MetadataService},
    service::BearerService,
    token_source::{RequestHead, TokenSource},
};
pub use crate::trust::{MIN_CACHE_BYTES, TrustedIssuer};
use crate::{
    claims::{IdentifierError, Issuer},
    denylist::{Denial, Denylist, DenylistFull},
    jwks::{Keys, KeysError, Readiness},
    verify::AudienceRule,
};

/// An API that admits requests by their bearer tokens.
///
/// Cheap to clone: clones share keys and cache. Keys are fetched on first use, or by
/// [`warm_up`](Self::warm_up), and refreshed in the background while there is traffic. Background
/// work stops when the last clone, layer and service is dropped.
#[derive(Clone, Debug)]
pub struct ResourceServer(Arc<Api>);

impl ResourceServer {
    /// Admits tokens of `issuer` that are addressed to `audience` and verified by `keys`: a
    /// [`RemoteJwks`](crate::jwks::RemoteJwks) or a [`KeySet`](crate::key::KeySet).
    ///
    /// Issuer and audience may be texts; [`build`](ResourceServerBuilder::build) reports one that
    /// cannot be an identifier.
    pub fn builder(
        issuer: impl TryInto<Issuer, Error: Into<IdentifierError>>,
        audience: impl TryInto<AudienceRule, Error: Into<IdentifierError>>,
        keys: impl Into<Keys>,
    ) -> ResourceServerBuilder {
        ResourceServerBuilder::new(Vec::new()).issuer(issuer, audience, keys)
    }

    /// Admits tokens of `issuer` that are addressed to `audience`. **Scopes are patterns by default: a
    /// token with the scope `read` passes `RequireScope("read:appointments")`.** If the issuer's scopes
    /// are plain strings, set [`Matching::Exact`](crate::scope::Matching) by
    /// [`matching`](ResourceServerBuilder::matching). The keys are found by the issuer's metadata
    /// (RFC 8414, then OpenID Connect Discovery).
    ///
    /// ```no_run
    /// # use tower_bearer::ResourceServer;
    /// let api = ResourceServer::discover("https://issuer.example", "urn:worldmappers").build()?;
    /// # Ok::<(), tower_bearer::error::ConfigError>(())
    /// ```
    pub fn discover(
        issuer: impl TryInto<Issuer, Error: Into<IdentifierError>>,
        audience: impl TryInto<AudienceRule, Error: Into<IdentifierError>>,
    ) -> ResourceServerBuilder {
        ResourceServerBuilder::new(Vec::new()).discovered_issuer(issuer, audience)
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

    /// Fetches the keys that have not been fetched yet, so that the first request need not wait, and
    /// a wrong address is found at start-up.
    ///
    /// # Errors
    /// The first failure. The other issuers' keys were tried, and requests try again.
    ///
    /// # Cancel safety
    /// A fetch that has begun goes on when the future is dropped, and requests use what it brings.
    pub async fn warm_up(&self) -> Result<(), KeysError> {
        let mut outcome = Ok(());
        for issuer in self.0.authenticator.issuers_to_fetch() {
            outcome = outcome.and(issuer.keys.warm_up().await);
        }
        outcome
    }

    /// Fetches the keys of all issuers now, without regard to budgets: for an emergency.
    ///
    /// # Errors
    /// The first failure. The other issuers' keys were tried, and a failure removes no key.
    ///
    /// # Cancel safety
    /// A fetch that has begun goes on when the future is dropped; issuers that were not reached yet
    /// are not fetched.
    pub async fn refresh_now(&self) -> Result<(), KeysError> {
        let mut outcome = Ok(());
        for issuer in self.0.authenticator.issuers_to_fetch() {
            outcome = outcome.and(issuer.keys.refresh_now().await);
        }
        outcome
    }

    /// Refuses a key of an issuer from now on, whatever the issuer publishes: for an emergency.
    ///
    /// It has no effect for an issuer that is not trusted here. **It does not outlive this process,
    /// and other processes do not learn of it**: after a restart the key is admitted again as long as
    /// the issuer publishes it. Have the issuer withdraw the key as well.
    pub fn revoke_kid(&self, issuer: &Issuer, kid: &str) {
        self.0.authenticator.revoke_kid(issuer, kid);
    }

    /// Refuses the tokens that an entry is about, at once and until the entry ends; see
    /// [`denylist`](crate::denylist).
    ///
    /// It has no effect on the tokens of an issuer that is not trusted here. **It does not outlive
    /// this process, and other processes do not learn of it**: [`denylist`](Self::denylist) has what
    /// they need to agree.
    ///
    /// # Errors
    /// The list is full: the tokens are **not** denied.
    pub fn deny(&self, denial: Denial) -> Result<(), DenylistFull> {
        self.0.authenticator.denylist.apply([denial])
    }

    /// The denylist: to save it, or to share it with other processes.
    #[must_use]
    pub fn denylist(&self) -> Denylist {
        self.0.authenticator.denylist.clone()
    }

    /// Evicts a resolved issuer: at its next token the resolver is asked again, and its keys are
    /// fetched anew. Issuers named by a setting stay.
    pub fn forget_issuer(&self, issuer: &Issuer) {
        self.0.authenticator.forget_issuer(issuer);
    }

    /// The state of each issuer's keys: first the issuers named by settings, in their order, then
    /// those that were resolved and are in use.
    #[must_use]
    pub fn readiness(&self) -> Vec<Readiness> {
        let issuers = self.0.authenticator.issuers_in_use();
        issuers.iter().map(|issuer| issuer.keys.readiness()).collect()
    }
}

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

mod bearer;
mod builder;
mod future;
mod layer;
mod service;
mod shared;

use std::sync::Arc;

pub use self::{
    builder::ResourceServerBuilder, future::ResponseFuture, layer::BearerLayer,
    service::BearerService,
};
use self::shared::Shared;
use crate::{
    claims::Issuer,
    jwks::{Keys, RemoteJwks},
    verify::{AudienceRule, Verifier},
};

/// An API that admits requests by their bearer tokens.
///
/// A clone is another handle to the same keys. Keys are fetched when the first token comes, or by
/// [`warm_up`](Self::warm_up), and kept fresh while tokens come; nothing runs on after the last
/// handle, layer and service is dropped.
#[derive(Clone, Debug)]
pub struct ResourceServer(Arc<Shared>);

impl ResourceServer {
    /// Admits tokens of `issuer` that are meant for `audience`, checked against `keys`: a
    /// [`RemoteJwks`] or a [`KeySet`](crate::key::KeySet).
    pub fn builder(
        issuer: Issuer,
        audience: impl Into<AudienceRule>,
        keys: impl Into<Keys>,
    ) -> ResourceServerBuilder {
        ResourceServerBuilder::new(Verifier::new(issuer, audience), keys.into())
    }

    /// Admits tokens of `issuer` that are meant for `audience`. Where the keys are is looked up in
    /// the issuer's metadata (RFC 8414, then OpenID Connect Discovery).
    pub fn discover(issuer: Issuer, audience: impl Into<AudienceRule>) -> ResourceServerBuilder {
        let keys = RemoteJwks::discover(issuer.clone());
        Self::builder(issuer, audience, keys)
    }

    /// The layer that guards a service.
    #[must_use]
    pub fn layer(&self) -> BearerLayer {
        BearerLayer::new(self.0.clone())
    }
}

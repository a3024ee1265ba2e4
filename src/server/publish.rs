//! Where an API publishes its metadata (RFC 9728).

use std::sync::Arc;

#[cfg(feature = "axum")]
use http::Method;

use super::{
    ResourceServer, ResourceServerBuilder, metadata_layer::MetadataLayer,
    resource_metadata::Metadata,
};
use crate::metadata::ProtectedResource;

/// The metadata of the API itself.
impl ResourceServerBuilder {
    /// Describes the API in metadata that it serves itself (RFC 9728), by
    /// [`metadata_router`](ResourceServer::metadata_router) or
    /// [`metadata_layer`](ResourceServer::metadata_layer). Once one of them was called, challenges
    /// name the address of the metadata, and in a 401 the scopes of the
    /// [baseline](crate::scope::Requirements::add_baseline): so they never name an address that
    /// nobody serves.
    ///
    /// ```
    /// # #[cfg(feature = "axum")] fn app() -> Result<axum::Router, Box<dyn std::error::Error>> {
    /// use axum::{Router, routing::get};
    /// use tower_bearer::{ResourceServer, metadata::ProtectedResource, scope::Requirements};
    ///
    /// let address = "https://api.example/announcements"; // as clients know it
    /// let requirements = Requirements::new();
    /// let api = ResourceServer::discover("https://issuer.example", address)
    ///     .protected_resource(ProtectedResource::new(address).requirements(&requirements))
    ///     .build()?;
    /// let app = Router::new()
    ///     .route("/announcements", get(|| async { "the lift works again" }))
    ///     .route_layer(requirements.require("announce:read"))
    ///     .layer(api.layer())
    ///     .merge(api.metadata_router());
    /// # Ok(app)
    /// # }
    /// ```
    pub fn protected_resource(self, resource: ProtectedResource) -> Self {
        Self { protected_resource: Some(resource), ..self }
    }
}

/// The metadata of the API itself.
impl ResourceServer {
    /// Routes for axum that serve the API's metadata, open to everybody and to pages of every
    /// origin. Merge it into the outermost router: the paths begin at the root of the host, whatever
    /// the path of the API.
    ///
    /// It has no route, and an error is logged, if
    /// [`protected_resource`](ResourceServerBuilder::protected_resource) is not set.
    ///
    /// A proxy must pass these paths on as they are, also where it removes a prefix of the API's.
    #[cfg(feature = "axum")]
    pub fn metadata_router<S: Clone + Send + Sync + 'static>(&self) -> axum::Router<S> {
        let router = axum::Router::new();
        let Some(metadata) = self.publish() else { return router };
        metadata.paths().iter().fold(router, |router, path| {
            let metadata = metadata.clone();
            let answer = move |method: Method| async move {
                metadata.answer(&method).map(axum::body::Body::from)
            };
            router.route(path, axum::routing::any(answer))
        })
    }

    /// A layer that serves the API's metadata, and passes other requests on: the same as
    /// `metadata_router` for any tower service. It must be outside of [`layer`](Self::layer).
    ///
    /// ```
    /// # use tower_bearer::{ResourceServer, metadata::ProtectedResource};
    /// # fn service() -> Result<(), Box<dyn std::error::Error>> {
    /// use bytes::Bytes;
    /// use http::{Request, Response};
    /// use http_body_util::Full;
    /// use tower::ServiceBuilder;
    ///
    /// let api = ResourceServer::discover("https://issuer.example", "https://api.example")
    ///     .protected_resource(ProtectedResource::new("https://api.example"))
    ///     .build()?;
    /// let service = ServiceBuilder::new()
    ///     .layer(api.metadata_layer())
    ///     .layer(api.layer())
    ///     .service_fn(|_: Request<Full<Bytes>>| async {
    ///         Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from("in")))
    ///     });
    /// # drop(service);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It passes everything on, and an error is logged, if
    /// [`protected_resource`](ResourceServerBuilder::protected_resource) is not set.
    #[must_use]
    pub fn metadata_layer(&self) -> MetadataLayer {
        MetadataLayer::new(self.publish())
    }

    /// Lets challenges name the address of the metadata from now on.
    fn publish(&self) -> Option<Arc<Metadata>> {
        let Some(metadata) = &self.0.metadata else {
            tracing::error!(
                "the API has no metadata to serve: call `protected_resource` before `build`"
            );
            return None;
        };
        self.0.refusals.publish(metadata.url(), &metadata.baseline());
        Some(metadata.clone())
    }
}

use http::response::Parts;

use super::ResourceServerBuilder;
use crate::{error::BearerError, refusal::Refusals};

/// How requests are refused.
impl ResourceServerBuilder {
    /// Makes the body of refused responses; status, challenge and `Retry-After` are set already.
    ///
    /// `B` is the body type of the guarded service: with axum, `axum::body::Body`. If the service has
    /// another body type, bodies are empty and an error is logged.
    ///
    /// ```
    /// # use tower_bearer::{claims::{Audience, Issuer}, jwks::RemoteJwks, server::ResourceServer};
    /// # use http_body_util::Full;
    /// # let builder = ResourceServer::builder(
    /// #     Issuer::new("https://issuer.example").unwrap(),
    /// #     Audience::new("urn:worldmappers").unwrap(),
    /// #     RemoteJwks::new("https://issuer.example/jwks".parse().unwrap()),
    /// # );
    /// builder.on_refusal(|error, _parts| Full::<bytes::Bytes>::from(error.to_string()));
    /// ```
    pub fn on_refusal<B: 'static>(
        self,
        body: impl Fn(&BearerError, &mut Parts) -> B + Send + Sync + 'static,
    ) -> Self {
        Self { hook: Some(Box::new(|refusals: Refusals| refusals.with_hook(body))), ..self }
    }

    /// Gives refused responses of axum a JSON problem body (RFC 9457); see
    /// [`problem_details`](crate::refusal::problem_details).
    #[cfg(feature = "axum")]
    pub fn problem_details(self) -> Self {
        self.on_refusal(crate::refusal::problem_details::<axum::body::Body>)
    }

    /// Answers calls of gRPC with a status of gRPC: HTTP 200, `grpc-status` 16 for a missing or bad
    /// token, 7 for a missing scope, 14 without keys, and the details of `google.rpc`. A call is
    /// recognized by its content type, `application/grpc` and what begins so. Such an answer has no
    /// body, so [`on_refusal`](Self::on_refusal) is not asked.
    ///
    /// Do not set it where a proxy asks this server for a verdict and goes by the HTTP status: every
    /// caller can send that content type.
    #[cfg(feature = "grpc")]
    pub fn grpc_statuses(self) -> Self {
        Self { grpc_statuses: true, ..self }
    }
}

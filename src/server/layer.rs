use std::sync::Arc;

use tower_layer::Layer;

use super::{BearerService, shared::Shared};

/// Guards a service: only requests with a valid access token reach it. Made by
/// [`ResourceServer::layer`](super::ResourceServer::layer).
///
/// It inserts the [`AccessToken`](crate::token::AccessToken) into the extensions of each request
/// that it admits. It does not check scopes: that is what
/// [`RequireScope`](struct@crate::RequireScope) inside it is for.
#[derive(Clone, Debug)]
pub struct BearerLayer {
    shared: Arc<Shared>,
    presence: Presence,
}

/// What becomes of a request without credentials.
#[derive(Clone, Copy, Debug)]
pub(super) enum Presence {
    Required,
    Optional,
}

impl BearerLayer {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, presence: Presence::Required }
    }

    /// Lets requests without any bearer credential pass, without a token. A bad token is still
    /// refused.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { presence: Presence::Optional, ..self }
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = BearerService<S>;

    fn layer(&self, inner: S) -> BearerService<S> {
        BearerService::new(inner, self.shared.clone(), self.presence)
    }
}

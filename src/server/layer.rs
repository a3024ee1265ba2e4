use std::sync::Arc;

use tower_layer::Layer;

use super::{
    BearerService,
    guard::{Api, Guard, Mode},
};

/// Guards a service: only requests with a valid access token reach it. Made by
/// [`ResourceServer::layer`](super::ResourceServer::layer).
///
/// It inserts the [`AccessToken`](crate::token::AccessToken) into the extensions of each request
/// that it admits. It does not check scopes: that is what
/// [`RequireScope`](struct@crate::RequireScope) inside it is for.
#[derive(Clone, Debug)]
pub struct BearerLayer {
    guard: Guard,
}

impl BearerLayer {
    pub(super) const fn new(api: Arc<Api>) -> Self {
        Self { guard: Guard { api, mode: Mode::Required } }
    }

    /// Lets requests without any bearer credential pass, without a token. A bad token is still
    /// refused.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.guard.mode = Mode::Optional;
        self
    }

    /// Returns true if requests without a credential pass.
    #[cfg(any(feature = "utoipa", feature = "aide"))]
    pub(crate) const fn is_optional(&self) -> bool {
        matches!(self.guard.mode, Mode::Optional)
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = BearerService<S>;

    fn layer(&self, inner: S) -> BearerService<S> {
        BearerService::new(inner, self.guard.clone())
    }
}

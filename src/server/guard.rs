use std::sync::Arc;

use http::{Request, Response};

use super::{resource_metadata::Metadata, token_source::TokenSource};
use crate::{
    error::{BearerError, BearerErrorKind},
    metrics::RequestMetrics,
    refusal::{Refusals, Unauthenticated, reason},
    token::AccessToken,
    trust::Authenticator,
};

/// The state that all layers and services of one resource server share.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) authenticator: Authenticator,
    pub(super) refusals: Arc<Refusals>,
    pub(super) metrics: RequestMetrics,
    /// The places of the token in a request: `Authorization` if there are none.
    pub(super) token_sources: Box<[TokenSource]>,
    /// What the API publishes about itself.
    pub(super) metadata: Option<Arc<Metadata>>,
}

/// Guards the service of one layer.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) api: Arc<Api>,
    pub(super) mode: Mode,
}

/// The treatment of a request without credentials.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    Required,
    Optional,
}

impl Guard {
    /// Lets a request without a token pass if it has no credential and this layer is optional, or
    /// if it asks for the API's own metadata, whose routes may be inside this layer.
    ///
    /// # Errors
    /// The response to a request that is refused.
    #[cold]
    pub(super) fn admit_without_token<ReqB, ResB: Default + 'static>(
        &self,
        request: &mut Request<ReqB>,
        error: BearerError,
    ) -> Result<(), Response<ResB>> {
        let is_open = |request: &Request<ReqB>| match (self.mode, &self.api.metadata) {
            (Mode::Optional, _) => true,
            (Mode::Required, Some(metadata)) if self.api.refusals.is_published() => {
                metadata.is_asked_for_by(request.method(), request.uri().path())
            }
            (Mode::Required, _) => false,
        };
        match error.kind() {
            BearerErrorKind::MissingToken if is_open(request) => {
                let extensions = request.extensions_mut();
                extensions.remove::<AccessToken>();
                extensions.insert(Unauthenticated(self.api.refusals.clone()));
                self.api.metrics.admitted_without_token();
                Ok(())
            }
            _ => {
                self.api.metrics.refused(reason(&error));
                let refusals = &self.api.refusals;
                Err(refusals.response(error, refusals.protocol(request.headers())))
            }
        }
    }
}

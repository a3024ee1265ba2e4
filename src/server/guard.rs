use std::sync::Arc;

use http::{Request, Response};

use super::credential::bearer_credential;
use crate::{
    error::{BearerError, BearerErrorKind},
    refusal::{Refusals, Unauthenticated},
    token::AccessToken,
    trust::{Authentication, Authenticator},
};

/// What all layers and services of one resource server share.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) authenticator: Authenticator,
    pub(super) refusals: Arc<Refusals>,
}

/// Guards the service of one layer.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) api: Arc<Api>,
    pub(super) mode: Mode,
}

/// What to do with a request without credentials.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    Required,
    Optional,
}

impl Guard {
    /// Judges the credential of a request.
    pub(super) fn authenticate<B>(&self, request: &Request<B>) -> Authentication {
        match bearer_credential(request.headers()) {
            Ok(credential) => self.api.authenticator.authenticate(credential),
            Err(kind) => Authentication::Done(Err(kind.into())),
        }
    }

    /// Inserts the token of an admitted request into its extensions. Lets a request without
    /// credentials pass if this layer is optional.
    pub(super) fn admit<B>(
        &self,
        request: &mut Request<B>,
        outcome: Result<AccessToken, BearerError>,
    ) -> Result<(), BearerError> {
        match outcome {
            Ok(token) => {
                request.extensions_mut().insert(token);
                Ok(())
            }
            Err(error) => self.admit_without_token(request, error),
        }
    }

    #[cold]
    fn admit_without_token<B>(
        &self,
        request: &mut Request<B>,
        error: BearerError,
    ) -> Result<(), BearerError> {
        match (error.kind(), self.mode) {
            (BearerErrorKind::MissingToken, Mode::Optional) => {
                let extensions = request.extensions_mut();
                extensions.remove::<AccessToken>();
                extensions.insert(Unauthenticated(self.api.refusals.clone()));
                Ok(())
            }
            _ => Err(error),
        }
    }

    pub(super) fn refuse<B: Default + 'static>(&self, error: BearerError) -> Response<B> {
        self.api.refusals.response(error)
    }
}

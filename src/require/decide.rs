//! Judges a request that a Layer has seen by what its route requires. One place for the layer and
//! the extractor, so that they cannot differ.

use std::sync::Arc;

use http::Extensions;

use super::params::PathParams;
use crate::{
    error::{BearerError, BearerErrorKind},
    refusal::{Guarded, Refusals},
    scope::{Requirement, TemplateError},
    token::AccessToken,
};

/// A refusal, with how the API answers it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) error: BearerError,
    /// `None` when no Layer has seen the request.
    pub(super) refusals: Option<Arc<Refusals>>,
}

/// The verified token of a request.
pub(super) fn token(extensions: &Extensions) -> Result<&AccessToken, Refused> {
    if let Some(token) = extensions.get::<AccessToken>() {
        return Ok(token);
    }
    Err(match extensions.get::<Guarded>() {
        Some(Guarded(refusals)) => Refused {
            error: BearerErrorKind::MissingToken.into(),
            refusals: Some(refusals.clone()),
        },
        None => Refused { error: misconfigured(NO_LAYER), refusals: None },
    })
}

const NO_LAYER: &str = "no layer has checked this request's token; \
    put `.layer(api.layer())` of a `ResourceServer` outside this route";

/// Checks that a token grants what a route requires; `params` fill its templates.
pub(super) fn permit(
    token: &AccessToken,
    requirement: &Requirement,
    params: Result<&PathParams, BearerErrorKind>,
) -> Result<(), Refused> {
    let refused = |error: BearerError| Refused { error, refusals: token.refusals().cloned() };
    let params = params.map_err(|kind| refused(kind.into()))?;
    let fill = |name: &str| params.value(name);
    match requirement.satisfied_by(token.scopes(), token.matching(), &fill) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let scope = requirement.shown(&fill);
            Err(refused(BearerErrorKind::InsufficientScope { scope }.into()))
        }
        Err(error) => Err(refused(template(&error))),
    }
}

/// The refusal of a route whose requirement is malformed: nobody is admitted.
pub(super) fn malformed(token: &AccessToken, error: &impl std::fmt::Display) -> Refused {
    Refused {
        error: misconfigured(format!("a `RequireScope` is malformed: {error}")),
        refusals: token.refusals().cloned(),
    }
}

fn template(error: &TemplateError) -> BearerError {
    misconfigured(format!("a `RequireScope` cannot be filled from the route: {error}"))
}

fn misconfigured(cure: impl Into<std::borrow::Cow<'static, str>>) -> BearerError {
    BearerErrorKind::Misconfigured { cure: cure.into() }.into()
}

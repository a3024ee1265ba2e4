//! Judges a request that a Layer has seen by what its route requires. One place for the layer and
//! the extractor, so that they cannot differ.

use std::sync::Arc;

use http::Extensions;

use super::params;
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

/// Checks that the token of a request grants what a route requires, and gives it back.
pub(super) fn permit<'e>(
    extensions: &'e mut Extensions,
    requirement: &Requirement,
) -> Result<&'e AccessToken, Refused> {
    let params = requirement.is_template().then(|| params::of(extensions));
    let token = token(extensions)?;
    let refused = |error: BearerError| Refused { error, refusals: token.refusals().cloned() };
    let params = match &params {
        None => params::NONE,
        Some(Ok(params)) => params,
        Some(Err(kind)) => return Err(refused(kind.clone().into())),
    };
    let fill = |name: &str| params.value(name);
    match requirement.satisfied_by(token.scopes(), token.matching(), &fill) {
        Ok(true) => Ok(token),
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

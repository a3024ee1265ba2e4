//! Judges a request that a Layer has seen by what its route requires. One place for the layer and
//! the extractor, so that they cannot differ.

use std::sync::Arc;

use http::Extensions;

use super::params::{self, PathParams};
use crate::{
    error::{BearerError, BearerErrorKind},
    refusal::{Refusals, Unauthenticated},
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
    Err(match extensions.get::<Unauthenticated>() {
        Some(Unauthenticated(refusals)) => Refused {
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
    if !requirement.is_template() {
        return judge(token(extensions)?, requirement, params::NONE);
    }
    let params = params::of(extensions);
    let token = token(extensions)?;
    match params {
        Ok(params) => judge(token, requirement, &params),
        Err(kind) => Err(refused(token, kind.into())),
    }
}

fn judge<'t>(
    token: &'t AccessToken,
    requirement: &Requirement,
    params: &PathParams,
) -> Result<&'t AccessToken, Refused> {
    let fill = |name: &str| params.value(name);
    match requirement.satisfied_by(token.scopes(), token.matching(), &fill) {
        Ok(true) => Ok(token),
        Ok(false) => {
            let scope = requirement.shown(&fill);
            Err(refused(token, BearerErrorKind::InsufficientScope { scope }.into()))
        }
        Err(error) => Err(refused(token, template(&error))),
    }
}

fn refused(token: &AccessToken, error: BearerError) -> Refused {
    Refused { error, refusals: token.attachment() }
}

/// The refusal of a route whose requirement is malformed: nobody is admitted.
pub(super) fn malformed(token: &AccessToken, error: &impl std::fmt::Display) -> Refused {
    refused(token, misconfigured(format!("a `RequireScope` is malformed: {error}")))
}

fn template(error: &TemplateError) -> BearerError {
    misconfigured(format!("a `RequireScope` cannot be filled from the route: {error}"))
}

fn misconfigured(help: impl Into<std::borrow::Cow<'static, str>>) -> BearerError {
    BearerErrorKind::Misconfigured { help: help.into() }.into()
}

//! Checks the token of a request against what its route requires. The layer and the extractor share
//! it, so that they cannot differ.

use std::sync::Arc;

use http::{Extensions, HeaderMap, Response};

use super::params::{self, PathParams, RouteParams};
use crate::{
    error::{BearerError, BearerErrorKind},
    refusal::{self, Protocol, Refusals, Unauthenticated},
    scope::{Requirement, TemplateError},
    token::AccessToken,
};

/// A refusal, with the API's settings for the response.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(super) error: BearerError,
    /// `None` if no bearer layer has seen the request.
    refusals: Option<Arc<Refusals>>,
}

impl Refused {
    /// The protocol in which the API refuses a request with these headers.
    pub(crate) fn protocol(&self, headers: &HeaderMap) -> Protocol {
        self.refusals.as_ref().map_or(Protocol::Http, |refusals| refusals.protocol(headers))
    }

    pub(crate) fn response<B: Default + 'static>(self, protocol: Protocol) -> Response<B> {
        match self.refusals {
            Some(refusals) => refusals.response_of_route(self.error, protocol),
            None => refusal::unguarded(self.error, protocol),
        }
    }
}

/// The verified token of a request.
pub(crate) fn token(extensions: &Extensions) -> Result<&AccessToken, Refused> {
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

const NO_LAYER: &str = "`RequireScope` or `AccessToken` ran before the bearer layer. With axum, call \
    `.layer(api.layer())` after the routes and after `RequireScope(..)`; with `ServiceBuilder`, put it \
    before `RequireScope(..)`";

/// Checks that the token of a request grants what a route requires, and returns it.
pub(super) fn permit<'e>(
    extensions: &'e mut Extensions,
    requirement: &Requirement,
) -> Result<&'e AccessToken, Refused> {
    if !requirement.is_template() {
        return judge(token(extensions)?, requirement, params::NONE, false);
    }
    let params = params::from_extensions(extensions);
    let token = token(extensions)?;
    match params {
        Ok(RouteParams { params, is_unrouted }) => judge(token, requirement, &params, is_unrouted),
        Err(kind) => Err(refused(token, kind.into())),
    }
}

/// Checks that the token of a request grants all that an operation requires, each requirement with
/// the values of its names in braces. A refusal names all scopes of the operation at once.
#[cfg(any(feature = "grpc", feature = "mcp"))]
pub(crate) fn permit_operation(
    extensions: &Extensions,
    required: &[(&Requirement, PathParams)],
) -> Result<(), Refused> {
    let token = token(extensions)?;
    let mut is_granted = true;
    for (requirement, params) in required {
        let fill = |name: &str| params.value(name);
        is_granted &= requirement
            .satisfied_by(token.scopes(), token.matching(), &fill)
            .map_err(|error| refused(token, template(&error)))?;
    }
    if is_granted {
        return Ok(());
    }
    let mut scopes: Vec<String> = Vec::new();
    for (requirement, params) in required {
        for scope in requirement.render(&|name| params.value(name)).split(' ') {
            if !scope.is_empty() && !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
    }
    let scope = scopes.join(" ").into();
    Err(refused(token, BearerErrorKind::InsufficientScope { scope }.into()))
}

/// Refuses a request for a reason other than its token; if it has none, for that reason.
#[cfg(any(feature = "grpc", feature = "mcp"))]
pub(crate) fn refuse(extensions: &Extensions, kind: BearerErrorKind) -> Refused {
    match token(extensions) {
        Ok(token) => refused(token, kind.into()),
        Err(refused) => refused,
    }
}

fn judge<'t>(
    token: &'t AccessToken,
    requirement: &Requirement,
    params: &PathParams,
    is_unrouted: bool,
) -> Result<&'t AccessToken, Refused> {
    let fill = |name: &str| params.value(name);
    match requirement.satisfied_by(token.scopes(), token.matching(), &fill) {
        Ok(true) => Ok(token),
        Ok(false) => Err(insufficient(token, requirement, params)),
        // The fallback of a router: there is no route that could be misconfigured, and nothing to
        // grant.
        Err(_) if is_unrouted => Err(insufficient(token, requirement, params)),
        Err(error) => Err(refused(token, template(&error))),
    }
}

fn insufficient(token: &AccessToken, requirement: &Requirement, params: &PathParams) -> Refused {
    let scope = requirement.render(&|name| params.value(name));
    refused(token, BearerErrorKind::InsufficientScope { scope }.into())
}

fn refused(token: &AccessToken, error: BearerError) -> Refused {
    Refused { error, refusals: token.attachment() }
}

/// The refusal by a route whose requirement is malformed: nobody is admitted.
pub(super) fn malformed(token: &AccessToken, error: &impl std::fmt::Display) -> Refused {
    refused(token, misconfigured(format!("a `RequireScope` is malformed: {error}")))
}

fn template(error: &TemplateError) -> BearerError {
    misconfigured(format!("a `RequireScope` cannot be filled from the route: {error}"))
}

fn misconfigured(help: impl Into<std::borrow::Cow<'static, str>>) -> BearerError {
    BearerErrorKind::Misconfigured { help: help.into() }.into()
}

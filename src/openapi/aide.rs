//! For documents that `aide` makes.
//!
//! The extractor [`RequireScope!`](macro@crate::RequireScope) describes itself:
//!
//! ```
//! use aide::{axum::{ApiRouter, routing::get}, openapi::OpenApi};
//! use tower_bearer::{RequireScope, openapi::{SecurityScheme, aide::{add_scheme, guarded}}};
//!
//! async fn list(RequireScope(_token): RequireScope!["announce:read"]) {}
//!
//! # fn app(api: &tower_bearer::ResourceServer) -> axum::Router {
//! let mut document = OpenApi::default();
//! let app = guarded(api.layer(), ApiRouter::new().api_route("/announcements", get(list)))
//!     .finish_api(&mut document);
//! let scheme = SecurityScheme::client_credentials("https://issuer.example/oauth/token");
//! add_scheme(&mut document, &scheme);
//! # app
//! # }
//! ```
//!
//! So does [`AccessToken`], which needs a token whatever its scopes. aide cannot tell
//! `Option<AccessToken>` from it: take [`OptionalToken`] instead, or the document asks for a token
//! that the server does not need.

use std::collections::BTreeSet;

use ::aide::{
    OperationInput,
    axum::ApiRouter,
    generate::GenContext,
    openapi::{
        Header, OAuth2Flow, OAuth2Flows, OpenApi, Operation, PathItem, ReferenceOr, Response,
        SecurityScheme as AideScheme, StatusCode,
    },
};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use serde_json::json;

use super::{
    responses::{Refused, WITH_SCOPES, WITHOUT_SCOPES},
    scheme::{Kind, SecurityScheme},
    security::{SCHEME_NAME, Security},
};
use crate::{
    require::{Granted, Rejection, RequireScope, Required, ToRequirement},
    server::BearerLayer,
    token::AccessToken,
};

/// Requires scopes for all routes of a router: adds [`RequireScope`](struct@RequireScope) to them,
/// and the requirement to each of their operations.
///
/// It needs a bearer layer outside, as `RequireScope` does: pass the router to [`guarded`].
///
/// ```
/// use aide::axum::{ApiRouter, routing::get};
/// use tower_bearer::openapi::aide::requires;
///
/// async fn revenue() {}
///
/// let router: ApiRouter =
///     requires("revenue:read", ApiRouter::new().api_route("/revenue", get(revenue)));
/// ```
///
/// # Panics
/// When the router has no routes, as axum's `route_layer` does.
pub fn requires<T, S>(requirement: T, router: ApiRouter<S>) -> ApiRouter<S>
where
    T: ToRequirement + Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
{
    let security = Security::of(&requirement);
    describe_all(router.route_layer(RequireScope(requirement)), &security, WITH_SCOPES)
}

/// Guards all routes of a router: adds the layer, also to its fallback, and the need for a token to
/// each operation. Routes that are added later are open to everybody.
///
/// With an [`optional`](BearerLayer::optional) layer, operations without a required scope can be
/// called without a token, and the document says so.
pub fn guarded<S>(layer: BearerLayer, router: ApiRouter<S>) -> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let security = Security::of_layer(&layer);
    describe_all(router.layer(layer), &security, WITHOUT_SCOPES)
}

/// Adds the security scheme that the operations refer to, with every scope that they name. Call it
/// last, when the document has all its operations.
pub fn add_scheme(document: &mut OpenApi, scheme: &SecurityScheme) {
    let mut scopes = BTreeSet::new();
    let items = document.paths.iter_mut().flat_map(|paths| paths.paths.values_mut());
    for operation in items.filter_map(ReferenceOr::as_item_mut).flat_map(operations_mut) {
        for alternative in &operation.security {
            scopes.extend(alternative.get(SCHEME_NAME).cloned().unwrap_or_default());
        }
    }
    let scheme = match &scheme.kind {
        Kind::ClientCredentials { token_url } => AideScheme::OAuth2 {
            flows: OAuth2Flows {
                client_credentials: Some(OAuth2Flow::ClientCredentials {
                    token_url: token_url.clone(),
                    // Tokens are refreshed at the token endpoint (RFC 6749 §6). aide writes `None` as
                    // null, which OpenAPI does not allow.
                    refresh_url: Some(token_url.clone()),
                    scopes: scheme.describe(scopes).into_iter().collect(),
                }),
                ..OAuth2Flows::default()
            },
            description: None,
            extensions: Default::default(),
        },
        Kind::OpenIdConnect { url } => AideScheme::OpenIdConnect {
            open_id_connect_url: url.clone(),
            description: None,
            extensions: Default::default(),
        },
    };
    let components = document.components.get_or_insert_with(Default::default);
    components.security_schemes.insert(SCHEME_NAME.to_owned(), ReferenceOr::Item(scheme));
}

/// A token or none, as an extractor that describes itself: `None` for a request without credentials
/// behind a layer that is [`optional`](BearerLayer::optional).
#[derive(Clone, Debug)]
pub struct OptionalToken(pub Option<AccessToken>);

impl<S: Sync> FromRequestParts<S> for OptionalToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let token = <AccessToken as OptionalFromRequestParts<S>>::from_request_parts(parts, state);
        token.await.map(Self)
    }
}

impl OperationInput for OptionalToken {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe(operation, &Security::optional_token(), WITHOUT_SCOPES);
    }
}

impl OperationInput for AccessToken {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe(operation, &Security::token(), WITHOUT_SCOPES);
    }
}

impl<L: Required> OperationInput for RequireScope<Granted<L>> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        describe(operation, &Security::scopes(&L::REQUIREMENT), WITH_SCOPES);
    }
}

fn describe_all<S>(router: ApiRouter<S>, security: &Security, refused: &[Refused]) -> ApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    router.with_path_items(|mut item| {
        for operation in operations_mut(item.inner_mut()) {
            describe(operation, security, refused);
        }
        item
    })
}

fn describe(operation: &mut Operation, security: &Security, refused: &[Refused]) {
    let known = operation.security.iter();
    let known = known.map(|needs| needs.clone().into_iter().collect());
    let both = Security::new(known).and(security).into_alternatives();
    operation.security = both.into_iter().map(|needs| needs.into_iter().collect()).collect();
    let responses = &mut operation.responses.get_or_insert_with(Default::default).responses;
    for refused in refused {
        let status = StatusCode::Code(refused.status);
        responses.entry(status).or_insert_with(|| ReferenceOr::Item(response(refused)));
    }
}

fn response(refused: &Refused) -> Response {
    let (name, holds) = refused.header;
    let mut response = Response { description: refused.description.into(), ..Response::default() };
    let header = json!({"description": holds, "style": "simple", "schema": {"type": "string"}});
    if let Ok(header) = serde_json::from_value::<Header>(header) {
        response.headers.insert(name.to_owned(), ReferenceOr::Item(header));
    }
    response
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ];
    methods.into_iter().flatten()
}

//! For documents that `utoipa` makes, with the router of `utoipa-axum`.

use std::collections::BTreeSet;

use ::utoipa::openapi::{
    Header, OpenApi, Response,
    header::HeaderBuilder,
    path::{Operation, PathItem},
    response::ResponseBuilder,
    schema::{ObjectBuilder, Type},
    security::{
        ClientCredentials, Flow, OAuth2, OpenIdConnect, Scopes, SecurityRequirement,
        SecurityScheme as UtoipaScheme,
    },
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::{
    responses::{Refused, WITH_SCOPES, WITHOUT_SCOPES},
    scheme::{Kind, SecurityScheme},
    security::{Alternative, SCHEME_NAME, Security},
};
use crate::{
    require::{RequireScope, ToRequirement},
    server::BearerLayer,
};

/// Requires scopes for routes: adds [`RequireScope`](struct@RequireScope) to them, and the
/// requirement to each of their operations.
///
/// It needs a bearer layer outside, as `RequireScope` does: pass the router to [`guarded`].
///
/// ```
/// use tower_bearer::{openapi::utoipa::requires, require::any_of};
/// use utoipa_axum::{router::OpenApiRouter, routes};
///
/// #[utoipa::path(get, path = "/books/{id}", responses((status = 200)))]
/// async fn read() {}
///
/// #[utoipa::path(post, path = "/books", responses((status = 201)))]
/// async fn create() {}
///
/// let router: OpenApiRouter = OpenApiRouter::new()
///     .routes(requires("book:{id}:read", routes!(read)))
///     .routes(requires(any_of(["book:create", "admin"]), routes!(create)));
/// ```
///
/// # Panics
/// When there are no routes, as axum's `route_layer` does.
pub fn requires<T, S, E>(
    requirement: T,
    routes: UtoipaMethodRouter<S, E>,
) -> UtoipaMethodRouter<S, E>
where
    T: ToRequirement + Clone + Send + Sync + 'static,
    S: Clone + Send + Sync + 'static,
    E: 'static,
{
    let (schemas, mut paths, router) = routes;
    let security = Security::of(&requirement);
    for operation in paths.paths.values_mut().flat_map(operations_mut) {
        describe(operation, &security, WITH_SCOPES);
    }
    (schemas, paths, router.route_layer(RequireScope(requirement)))
}

/// Guards all routes of a router: adds the layer, also to its fallback, and the need for a token to
/// each operation. Routes that are added later are open to everybody.
///
/// With an [`optional`](BearerLayer::optional) layer, operations without a required scope can be
/// called without a token, and the document says so.
#[must_use]
pub fn guarded<S>(layer: BearerLayer, router: OpenApiRouter<S>) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let security = Security::of_layer(&layer);
    let mut router = router.layer(layer);
    for operation in router.get_openapi_mut().paths.paths.values_mut().flat_map(operations_mut) {
        describe(operation, &security, WITHOUT_SCOPES);
    }
    router
}

/// Adds the security scheme that the operations refer to, with every scope that they name. Call it
/// last, when the document has all its operations.
pub fn add_scheme(document: &mut OpenApi, scheme: &SecurityScheme) {
    let mut scopes = BTreeSet::new();
    for operation in document.paths.paths.values_mut().flat_map(operations_mut) {
        for mut alternative in alternatives(operation) {
            scopes.extend(alternative.remove(SCHEME_NAME).unwrap_or_default());
        }
    }
    let scheme = match &scheme.kind {
        Kind::ClientCredentials { token_url } => {
            let scopes: Scopes = scheme.describe(scopes).into_iter().collect();
            let flow = ClientCredentials::new(token_url.clone(), scopes);
            UtoipaScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(flow)]))
        }
        Kind::OpenIdConnect { url } => UtoipaScheme::OpenIdConnect(OpenIdConnect::new(url.clone())),
    };
    let components = document.components.get_or_insert_with(Default::default);
    components.add_security_scheme(SCHEME_NAME, scheme);
}

fn describe(operation: &mut Operation, security: &Security, refused: &[Refused]) {
    let both = Security::new(alternatives(operation)).and(security);
    let requirements = both.into_alternatives().into_iter().map(|alternative| {
        let needs = SecurityRequirement::default();
        alternative.into_iter().fold(needs, |needs, (scheme, scopes)| needs.add(scheme, scopes))
    });
    operation.security = Some(requirements.collect());
    for refused in refused {
        let status = refused.status.to_string();
        operation.responses.responses.entry(status).or_insert_with(|| response(refused).into());
    }
}

/// What an operation needs already. utoipa shows the content of a requirement only as JSON.
fn alternatives(operation: &Operation) -> Vec<Alternative> {
    let alternative = |requirement: &SecurityRequirement| {
        let json = serde_json::to_value(requirement).unwrap_or_default();
        serde_json::from_value(json).unwrap_or_default()
    };
    operation.security.iter().flatten().map(alternative).collect()
}

fn response(refused: &Refused) -> Response {
    let (name, holds) = refused.header;
    ResponseBuilder::new().description(refused.description).header(name, header(holds)).build()
}

fn header(holds: &'static str) -> Header {
    let text = ObjectBuilder::new().schema_type(Type::String);
    HeaderBuilder::new().schema(Some(text)).description(Some(holds)).build()
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
        &mut item.query,
    ];
    methods.into_iter().flatten().chain(item.additional_operations.values_mut())
}

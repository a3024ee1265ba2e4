//! The guards of other crates, set up as their documentation says.

use std::{num::NonZero, rc::Rc, sync::Arc, time::Duration};

use aliri::{jwa, jwt};
use aliri_oauth2::{Authority, ScopePolicy};
use aliri_tower::Oauth2Authorizer;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use axum_jose::{AuthorizationLayer, RemoteJwkSet};
use huskarl_reqwest::ReqwestClient;
use huskarl_resource_server::validator::rfc9068::Rfc9068Validator;
use jwt_authorizer::{Authorizer, IntoLayer, JwtAuthorizer, RegisteredClaims, Validation};
use oauth_resource_server::{
    KeyNaming, OAuthConfig, OAuthValidator, axum::AuthLayer, static_token_policy,
};
use tokio::runtime::Runtime;
use tower_bearer_bench::{AUDIENCE, ISSUER, race::Race, stacks};
use tower_oauth2_resource_server::{
    claims::DefaultClaims, server::OAuth2ResourceServer, tenant::TenantConfiguration,
};
use url::Url;

/// Enters all of them into the race.
pub async fn enter(runtime: &Rc<Runtime>, race: &mut Race, keys: &str, tokens: &[String]) {
    let routers = [
        ("aliri_tower", aliri(keys).await),
        ("tower-oauth2-resource-server", tower_oauth2(keys).await),
        ("axum-jose", axum_jose(keys)),
        ("oauth-resource-server", oauth_resource_server(keys).await),
        ("huskarl-resource-server", huskarl(keys).await),
    ];
    for (name, router) in routers {
        race.add(name, stacks::calls(runtime, router, tokens.into(), 200));
    }
    // It guards routers of an older axum, so that is what it is measured above.
    let (bare, guarded) = jwt_authorizer(keys).await;
    race.add("bare route of axum 0.7", stacks::calls(runtime, bare, tokens.into(), 200));
    race.add("jwt-authorizer", stacks::calls(runtime, guarded, tokens.into(), 200));
}

async fn aliri(keys: &str) -> Router {
    let validator = jwt::CoreValidator::default()
        .check_expiration()
        .add_approved_algorithm(jwa::Algorithm::RS256)
        .add_allowed_audience(jwt::Audience::new(AUDIENCE.into()))
        .require_issuer(jwt::Issuer::new(ISSUER.into()));
    let authority = Authority::new_from_url(keys.into(), validator).await.expect("keys");
    let authorizer = Oauth2Authorizer::new().with_terse_error_handler::<Body>();
    let scope = ScopePolicy::allow_one("announce:read".parse().expect("a scope"));
    stacks::bare()
        .route_layer(authorizer.scope_layer::<Body>(scope))
        .layer(authorizer.jwt_layer::<Body>(authority))
}

async fn tower_oauth2(keys: &str) -> Router {
    let tenant = TenantConfiguration::builder(ISSUER).jwks_url(keys).audiences(&[AUDIENCE]).build();
    let server = OAuth2ResourceServer::<DefaultClaims>::builder()
        .add_tenant(tenant.await.expect("a tenant"))
        .build()
        .await
        .expect("a server");
    stacks::bare().layer(server.into_layer())
}

fn axum_jose(keys: &str) -> Router {
    let keys = RemoteJwkSet::builder(Url::parse(keys).expect("a URL"))
        .with_cache(Duration::from_secs(300))
        .with_rate_limit(NonZero::new(10).expect("not zero"), Duration::from_secs(60))
        .build();
    let issuer = Url::parse(ISSUER).expect("a URL");
    stacks::bare().layer(AuthorizationLayer::with_remote_jwk_set(keys, issuer, AUDIENCE.into()))
}

async fn oauth_resource_server(keys: &str) -> Router {
    let config = OAuthConfig {
        enabled: true,
        issuer: ISSUER.into(),
        jwks_uri: Some(keys.into()),
        audience: AUDIENCE.into(),
        resource: "https://api.example/".into(),
        required_scope: Some("announce:read".into()),
        ..OAuthConfig::default()
    };
    let resolved = config.resolve(KeyNaming::Dotted("oauth")).expect("settings").expect("enabled");
    let validator = Arc::new(OAuthValidator::new(&resolved).expect("a validator"));
    validator.refresh_now().await.expect("keys");
    let decision = static_token_policy(None, Some(&resolved), false).expect("a decision");
    stacks::bare()
        .route_layer(AuthLayer::from_decision(decision, Some(validator)).expect("a layer"))
}

async fn huskarl(keys: &str) -> Router {
    let client = ReqwestClient::builder().build().await.expect("a client");
    let validator: Rfc9068Validator = Rfc9068Validator::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .jwks_uri(keys.parse().expect("a URL"))
        .jwks_source(client)
        .build()
        .await
        .expect("a validator");
    // It has no layer of its own: its documentation shows this call.
    async fn guard(
        State(validator): State<Arc<Rfc9068Validator>>,
        mut request: Request,
        next: Next,
    ) -> Response {
        let (headers, method, uri) = (request.headers(), request.method(), request.uri());
        let judged = validator.validate_request(headers, method, uri, None).await;
        match judged.outcome {
            Ok(Some(valid)) => {
                request.extensions_mut().insert(Arc::new(valid));
                next.run(request).await
            }
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    }
    stacks::bare().layer(from_fn_with_state(Arc::new(validator), guard))
}

async fn jwt_authorizer(keys: &str) -> (axum_07::Router, axum_07::Router) {
    let validation = Validation::new().iss(&[ISSUER]).aud(&[AUDIENCE]);
    let authorizer: Authorizer<RegisteredClaims> =
        JwtAuthorizer::from_jwks_url(keys).validation(validation).build().await.expect("keys");
    let bare = || {
        let handler = axum_07::routing::get(|| async { stacks::ANSWER });
        axum_07::Router::new().route(stacks::PATH, handler)
    };
    (bare(), bare().layer(authorizer.into_layer()))
}

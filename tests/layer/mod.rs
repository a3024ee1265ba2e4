//! The Layer and `RequireScope`, driven by `oneshot` and over real sockets.

mod axum_app;
mod challenges;
mod logs;
mod optional;
mod resource_metadata;
mod scopes;
mod token_sources;
mod tower_stack;
mod wild;

use std::time::Duration;

use axum::{Router, body::Body, response::Response, routing::get};
use http::{Request, StatusCode, header};
use tower::ServiceExt;
use tower_bearer::{ResourceServer, server::ResourceServerBuilder};

use crate::support::{ManualClock, Mint, NOW};

/// An API that trusts the keys of `mint`, at a standing clock.
fn builder(mint: &Mint) -> ResourceServerBuilder {
    ResourceServer::builder(Mint::issuer(), Mint::audience(), mint.keys())
        .clock(ManualClock::at(NOW))
}

fn api(mint: &Mint) -> ResourceServer {
    builder(mint).build().unwrap()
}

/// A route that any valid token may call.
fn open_app(mint: &Mint) -> Router {
    Router::new().route("/", get(|| async { "in" })).layer(api(mint).layer())
}

fn request(path: &str, authorization: Option<&str>) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = path.parse().unwrap();
    if let Some(value) = authorization {
        request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
    }
    request
}

async fn call(app: &Router, request: Request<Body>) -> Response {
    app.clone().oneshot(request).await.unwrap()
}

async fn get_with(app: &Router, path: &str, token: &str) -> Response {
    call(app, request(path, Some(&format!("Bearer {token}")))).await
}

#[test]
fn texts_that_are_not_identifiers_are_reported_together_by_build() {
    let error =
        ResourceServer::discover("", "urn: api").leeway(Duration::ZERO).build().unwrap_err();
    let settings: Vec<_> = error.problems().iter().map(|it| it.setting().to_string()).collect();
    assert_eq!(settings, ["issuer", "audience"], "{error}");
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(error.to_string().starts_with("issuer is empty; give the issuer exactly as it is in"));
    assert!(ResourceServer::discover("https://issuer.example", "urn:api").build().is_ok());
}

/// The status, and the challenge if there is one.
fn outcome(response: &Response) -> (StatusCode, Option<&str>) {
    let fields: Vec<_> = response.headers().get_all(header::WWW_AUTHENTICATE).iter().collect();
    assert!(fields.len() <= 1, "one challenge at most");
    (response.status(), fields.first().map(|field| field.to_str().unwrap()))
}

async fn text(response: Response) -> String {
    let body = axum::body::to_bytes(response.into_body(), 65_536).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

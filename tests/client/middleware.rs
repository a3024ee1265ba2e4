//! The token client as a middleware of reqwest.

use reqwest_middleware::ClientWithMiddleware;
use tower_bearer::{
    client::{AddTokenLayer, InsufficientScope, TokenRequestError},
    scope::ScopeSet,
};

use super::scripted::ScriptedIssuer;
use crate::support::{ManualClock, NOW, Reply, Server};

fn layer(issuer: &ScriptedIssuer, api: &Server) -> AddTokenLayer {
    let client = issuer.client(&ManualClock::at(NOW));
    AddTokenLayer::allow_loopback_http(client, api.url("/").parse().unwrap()).unwrap()
}

fn http(layer: AddTokenLayer) -> ClientWithMiddleware {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    reqwest_middleware::ClientBuilder::new(http).with(layer.into_middleware()).build()
}

fn refused(status: u16, challenge: &str) -> Reply {
    Reply::status(status).with("www-authenticate", challenge)
}

#[tokio::test]
async fn a_middleware_renews_a_refused_token_and_sends_the_body_again() {
    let api = Server::start(|request| match request.field("authorization") {
        Some("Bearer token-1") => refused(401, "Bearer error=\"invalid_token\""),
        _ => Reply::status(200),
    })
    .await;
    let issuer = ScriptedIssuer::granting();
    let answer = http(layer(&issuer, &api)).post(api.url("/")).body("x").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let bodies: Vec<_> = api.received().into_iter().map(|request| request.body).collect();
    assert_eq!(bodies, ["x", "x"]);
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn a_middleware_sends_a_request_twice_at_most() {
    let api = Server::start(|_| refused(401, "Bearer error=\"invalid_token\"")).await;
    let issuer = ScriptedIssuer::granting();
    let http = http(layer(&issuer, &api));
    assert_eq!(http.get(api.url("/")).send().await.unwrap().status(), 401);
    assert_eq!((api.count(), issuer.count()), (2, 2));
    assert_eq!(http.get(api.url("/")).send().await.unwrap().status(), 401);
    assert_eq!((api.count(), issuer.count()), (3, 2));
}

#[tokio::test]
async fn a_middleware_says_what_is_missing_or_steps_up() {
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"geocode\"";
    let api = Server::start(move |request| match request.field("authorization") {
        Some("Bearer token-1") => refused(403, challenge),
        _ => Reply::status(200),
    })
    .await;
    let issuer = ScriptedIssuer::granting();
    let plain = layer(&issuer, &api);
    let error = http(plain.clone()).get(api.url("/")).send().await.unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error}") };
    let error = error.downcast_ref::<InsufficientScope>().unwrap();
    assert_eq!(error.missing().as_str(), "geocode");
    let stepping_up = plain.step_up_within(ScopeSet::parse("geocode").unwrap());
    assert_eq!(http(stepping_up).get(api.url("/")).send().await.unwrap().status(), 200);
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn a_middleware_without_a_token_sends_nothing_and_leaves_other_requests_alone() {
    let api = Server::start(|_| Reply::status(200)).await;
    let other = Server::start(|_| Reply::status(200)).await;
    let issuer = ScriptedIssuer::new(|_| Reply::status(500));
    let http = http(layer(&issuer, &api));
    let error = http.get(api.url("/")).send().await.unwrap_err();
    let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error}") };
    assert!(error.downcast_ref::<TokenRequestError>().is_some());
    assert_eq!(api.count(), 0);
    assert_eq!(http.get(other.url("/")).send().await.unwrap().status(), 200);
    assert_eq!(other.received()[0].field("authorization"), None);
    let own = http.get(api.url("/")).header("authorization", "Basic x").send().await.unwrap();
    assert_eq!(own.status(), 200);
    assert_eq!(api.received()[0].field("authorization"), Some("Basic x"));
}

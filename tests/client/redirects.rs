//! A token does not follow a redirect to another origin, in any face.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_bearer::client::{AddTokenLayer, TokenClient};
use tower_http::follow_redirect::FollowRedirectLayer;

use super::scripted::ScriptedIssuer;
use crate::support::{ManualClock, NOW, Reply, Server};

/// An API that sends each request on to another origin, and that origin, which refuses whatever it
/// gets in order to learn more.
async fn origins() -> (Server, Server) {
    let evil = Server::start(|_| {
        Reply::status(401).with("www-authenticate", "Bearer error=\"invalid_token\"")
    })
    .await;
    let target = evil.url("/harvest");
    let api = Server::start(move |request| {
        assert!(request.field("authorization").is_some());
        Reply::status(307).with("location", target.clone())
    })
    .await;
    (api, evil)
}

fn layer(client: TokenClient, api: &Server) -> AddTokenLayer {
    AddTokenLayer::allow_loopback_http(client, api.url("/").parse().unwrap()).unwrap()
}

/// An HTTP client as a service; it does not follow redirects itself.
fn http_client()
-> impl Service<Request<Full<Bytes>>, Response = Response<Bytes>, Error = reqwest::Error, Future: Send>
+ Clone
+ Send {
    let policy = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().no_proxy().redirect(policy).build().unwrap();
    service_fn(move |request: Request<Full<Bytes>>| {
        let client = client.clone();
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let request = Request::from_parts(head, body);
            let answer = client.execute(request.try_into()?).await?;
            let mut head = Response::new(());
            *head.status_mut() = answer.status();
            *head.headers_mut() = answer.headers().clone();
            let body = answer.bytes().await?;
            Ok(head.map(|()| body))
        }
    })
}

fn assert_no_token_reached(evil: &Server) {
    let received = evil.received();
    assert!(!received.is_empty(), "the redirect was followed");
    for request in received {
        assert_eq!(request.field("authorization"), None);
        assert!(!request.head.contains("token-"), "{}", request.head);
    }
}

#[tokio::test]
async fn c6_a_redirect_followed_outside_the_layer_takes_no_token_along() {
    let (api, evil) = origins().await;
    let issuer = ScriptedIssuer::granting();
    let adding = layer(issuer.client(&ManualClock::at(NOW)), &api).layer(http_client());
    let service = FollowRedirectLayer::new().layer(adding);
    let request = Request::get(api.url("/way")).body(Full::<Bytes>::default()).unwrap();
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_no_token_reached(&evil);
    assert_eq!(issuer.count(), 1, "another origin says nothing about the token");
}

#[tokio::test]
async fn c6_a_redirect_followed_inside_the_layer_takes_no_token_along() {
    let (api, evil) = origins().await;
    let issuer = ScriptedIssuer::granting();
    let following = FollowRedirectLayer::new().layer(http_client());
    let service = layer(issuer.client(&ManualClock::at(NOW)), &api).layer(following);
    let request = Request::get(api.url("/way")).body(Full::<Bytes>::default()).unwrap();
    service.oneshot(request).await.unwrap();
    assert_no_token_reached(&evil);
}

#[tokio::test]
async fn c6_a_redirect_followed_by_reqwest_takes_no_token_along() {
    let (api, evil) = origins().await;
    let issuer = ScriptedIssuer::granting();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let http = reqwest_middleware::ClientBuilder::new(http)
        .with(layer(issuer.client(&ManualClock::at(NOW)), &api).into_middleware())
        .build();
    let answer = http.get(api.url("/way")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_no_token_reached(&evil);
    assert_eq!(issuer.count(), 1, "another origin says nothing about the token");
}

#[tokio::test]
async fn c6_the_value_of_authorization_is_removed_by_reqwest_along_a_redirect() {
    let (api, evil) = origins().await;
    let client = ScriptedIssuer::granting().client(&ManualClock::at(NOW));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let authorization = client.authorization().await.unwrap();
    assert!(authorization.is_sensitive());
    http.get(api.url("/way")).header("authorization", authorization).send().await.unwrap();
    assert_no_token_reached(&evil);
}

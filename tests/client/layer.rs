use std::{convert::Infallible, future::ready};

use http::{Request, Response, header};
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::client::{AddTokenError, AddTokenLayer};

use super::{client, granted};
use crate::support::{Reply, Server};

/// Calls through the layer; the API answers 200 with what it got in `Authorization`.
async fn authorization(layer: &AddTokenLayer, request: Request<()>) -> Option<String> {
    let api = service_fn(async |request: Request<()>| {
        let field = request.headers().get(header::AUTHORIZATION);
        let field = field.map(|field| field.to_str().unwrap().to_owned());
        Ok::<_, Infallible>(Response::new(field))
    });
    layer.layer(api).oneshot(request).await.unwrap().into_body()
}

fn get(url: &str) -> Request<()> {
    Request::get(url).body(()).unwrap()
}

#[tokio::test]
async fn c6_a_token_goes_to_its_own_origin_only() {
    let server = Server::start(|_| granted("a")).await;
    let layer =
        AddTokenLayer::new(client(&server), "https://maps.example".parse().unwrap()).unwrap();
    for own in ["https://maps.example/api", "https://MAPS.example:443/", "https://maps.example/?x"]
    {
        let sent = authorization(&layer, get(own)).await;
        assert_eq!(sent.as_deref(), Some("Bearer a"), "{own}");
    }
    for other in [
        "http://maps.example/api",
        "https://maps.example:8443/",
        "https://maps.example.evil.example/",
        "https://evil.example/",
        "/relative",
    ] {
        assert_eq!(authorization(&layer, get(other)).await, None, "{other}");
    }
    let mut own = get("https://maps.example/");
    own.headers_mut().insert(header::AUTHORIZATION, "Basic x".parse().unwrap());
    assert_eq!(authorization(&layer, own).await.as_deref(), Some("Basic x"));
    assert!(AddTokenLayer::new(client(&server), "http://127.0.0.1:1".parse().unwrap()).is_err());
    let loopback = "http://127.0.0.1:1".parse().unwrap();
    assert!(AddTokenLayer::allow_loopback_http(client(&server), loopback).is_ok());
}

#[tokio::test]
async fn a_refused_token_is_replaced_for_the_next_request() {
    let server = Server::start(|_| granted("first")).await;
    let client = client(&server);
    let layer =
        AddTokenLayer::new(client.clone(), "https://maps.example".parse().unwrap()).unwrap();
    let refusing = |challenge: &'static str| {
        layer.layer(service_fn(move |_: Request<()>| {
            let answer =
                Response::builder().status(401).header(header::WWW_AUTHENTICATE, challenge);
            ready(Ok::<_, Infallible>(answer.body(()).unwrap()))
        }))
    };
    refusing("Bearer realm=\"x\"").oneshot(get("https://maps.example/")).await.unwrap();
    server.always(granted("second"));
    let sent = authorization(&layer, get("https://maps.example/")).await;
    assert_eq!(sent.as_deref(), Some("Bearer first"));
    let invalid = "Bearer realm=\"x\", error=\"invalid_token\"";
    refusing(invalid).oneshot(get("https://maps.example/")).await.unwrap();
    let sent = authorization(&layer, get("https://maps.example/")).await;
    assert_eq!(sent.as_deref(), Some("Bearer second"));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let server = Server::start(|_| Reply::status(500)).await;
    let layer =
        AddTokenLayer::new(client(&server), "https://maps.example".parse().unwrap()).unwrap();
    let api = service_fn(async |_: Request<()>| -> Result<Response<()>, Infallible> {
        panic!("the request must not be sent")
    });
    let failed = layer.layer(api).oneshot(get("https://maps.example/")).await;
    assert!(matches!(failed, Err(AddTokenError::Token(_))));
}

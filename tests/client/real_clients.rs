//! The layer on the clients that services use, over real sockets: a channel of tonic and a client of
//! hyper-util, with tokens of a real issuer for an API that checks them.

use std::{error::Error, time::Duration};

use axum::{Router, routing::post};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tonic::{
    Code,
    transport::{Channel, Server, server::TcpIncoming},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::{Layer as _, ServiceExt as _};
use tower_bearer::{
    Issuer, RequireScope, ResourceServer,
    algorithm::Algorithm,
    client::{AddTokenError, AddTokenLayer, ClientCredentials, TokenClient},
    issuer::{Account, Application, RunningIssuer, TokenIssuer},
};

const AUDIENCE: &str = "urn:worldmappers";
const PATIENCE: Duration = Duration::from_secs(20);

/// An issuer, a client of it, and the guard of an API that trusts it.
struct World {
    issuer: RunningIssuer,
    tokens: TokenClient,
    api: ResourceServer,
}

impl World {
    async fn start() -> Self {
        let issuer = TokenIssuer::on_loopback()
            .algorithm(Algorithm::ES256)
            .application(Application::new("maps").audience(AUDIENCE).scopes("directions geocode"))
            .start()
            .await
            .unwrap();
        let account = Account::new("gift-deliveries").allow("maps", "directions");
        let account = issuer.create_account(account).unwrap();
        let credentials = ClientCredentials::new(account.client_id, account.client_secret);
        let name = Issuer::new(issuer.url()).unwrap();
        let tokens = TokenClient::discover(name.clone(), credentials)
            .audience(AUDIENCE)
            .allow_loopback_http()
            .build()
            .unwrap();
        let api = ResourceServer::discover(name, AUDIENCE).allow_loopback_http().build().unwrap();
        Self { issuer, tokens, api }
    }

    fn layer(&self, api: &str) -> AddTokenLayer {
        AddTokenLayer::allow_loopback_http(self.tokens.clone(), api.parse().unwrap()).unwrap()
    }
}

/// A server until it is dropped.
struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn a_client_of_hyper_util_gets_in_with_the_layer_and_not_without() {
    let world = World::start().await;
    let (listener, url) = listen().await;
    let app = Router::new()
        .route("/way", post(async |body: String| body).route_layer(RequireScope("directions")))
        .route("/place", post(async || "here").route_layer(RequireScope("geocode")))
        .layer(world.api.layer());
    let _serving = Serving(tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }));
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let post = |path: &str| {
        Request::post(format!("{url}{path}")).body(Full::from("Auth0 Office")).unwrap()
    };
    let bare = client.request(post("/way")).await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    let service = world.layer(&url).replay_bodies::<Full<Bytes>>().layer(client);
    let calls = (0..20).map(|_| {
        let (service, request) = (service.clone(), post("/way"));
        tokio::spawn(async move { service.oneshot(request).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let answer = timeout(PATIENCE, call).await.unwrap().unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "Auth0 Office");
    }
    let refused = service.clone().oneshot(post("/place")).await.unwrap_err();
    let AddTokenError::InsufficientScope(missing) = refused else { panic!("{refused}") };
    assert!(missing.to_string().contains("geocode"), "{missing}");

    // The API no longer accepts the token: the layer renews it and sends the body again.
    let kid = world.issuer.kid();
    world.issuer.rotate().unwrap();
    world.api.revoke_kid(world.issuer.issuer(), &kid);
    let answer = service.oneshot(post("/way")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "Auth0 Office");
}

#[tokio::test]
async fn a_channel_of_tonic_gets_in_with_the_layer_and_not_without() {
    let world = World::start().await;
    let (listener, url) = listen().await;
    let (_reporter, health) = tonic_health::server::health_reporter();
    let server = Server::builder().layer(world.api.layer()).add_service(health);
    let incoming = TcpIncoming::from(listener);
    let _serving = Serving(tokio::spawn(async move {
        server.serve_with_incoming(incoming).await.unwrap();
    }));
    let channel = Channel::from_shared(url.clone()).unwrap().connect().await.unwrap();
    let asked = || HealthCheckRequest { service: String::new() };
    let bare = HealthClient::new(channel.clone()).check(asked()).await.unwrap_err();
    assert_eq!(bare.code(), Code::Unauthenticated);
    let layer = world.layer(&url).relative_urls();
    let with_token = HealthClient::new(layer.layer(channel.clone()));
    for _ in 0..5 {
        let mut client = with_token.clone();
        let answer = timeout(PATIENCE, client.check(asked())).await.unwrap().unwrap();
        assert_eq!(answer.into_inner().status, 1, "SERVING");
    }
    let mut streaming = with_token.clone();
    let mut stream = streaming.watch(asked()).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap().map(|it| it.status), Some(1));

    // Without an issuer there is no token, and the call says why.
    let World { issuer, tokens, .. } = world;
    issuer.shutdown().await;
    tokens.invalidate(&tokens.token().await.unwrap());
    let error = HealthClient::new(layer.layer(channel)).check(asked()).await.unwrap_err();
    let source = error.source().map(ToString::to_string).unwrap_or_default();
    assert!(source.contains("issuer"), "{error:?}: {source}");
}

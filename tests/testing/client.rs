//! A token client whose issuer fails.

use std::sync::Arc;

use http::StatusCode;
use tower_bearer::{
    client::{ClientCredentials, TokenClient, TokenRequestErrorKind},
    issuer::testing::{Endpoint, Outage},
};

use super::*;

fn client(world: &World) -> TokenClient {
    let credentials = ClientCredentials::new("screen", world.secret.clone());
    TokenClient::builder(world.issuer.token_endpoint().parse().unwrap(), credentials)
        .clock(world.clock.clone())
        .allow_loopback_http()
        .build()
        .unwrap()
}

fn status(status: u16) -> Outage {
    Outage::Status(StatusCode::from_u16(status).unwrap())
}

#[tokio::test]
async fn a_client_says_why_it_has_no_token_and_gets_one_when_the_issuer_is_back() {
    let world = World::start().await;
    for (outage, kind) in [
        (Outage::Close, TokenRequestErrorKind::Unreachable),
        (status(503), TokenRequestErrorKind::Status(StatusCode::SERVICE_UNAVAILABLE)),
    ] {
        world.set(Faults::none().outage(outage));
        let client = client(&world);
        assert_eq!(*client.token().await.unwrap_err().kind(), kind);
        world.issuer.clear_faults();
        world.clock.advance(2 * MINUTE);
        assert_eq!(client.token().await.unwrap().scope().as_str(), "announce:read");
    }
}

#[tokio::test]
async fn a_client_asks_again_when_a_429_says_so_and_not_before() {
    let world = World::start().await;
    let client = client(&world);
    world.set(Faults::none().outage(status(429)).retry_after(2 * MINUTE));
    assert_eq!(client.token().await.unwrap_err().retry_after(), Some(2 * MINUTE));
    world.issuer.clear_faults();
    world.clock.advance(MINUTE);
    assert!(client.token().await.is_err(), "nobody is asked yet");
    world.clock.advance(MINUTE);
    assert!(client.token().await.is_ok());
}

#[tokio::test]
async fn a_client_with_a_token_does_not_miss_its_issuer_while_the_token_lives() {
    let world = World::start().await;
    let client = client(&world);
    let token = client.token().await.unwrap();
    world.set(Faults::none().outage(Outage::Close).endpoints([Endpoint::Token]));
    world.clock.advance(50 * MINUTE);
    assert!(Arc::ptr_eq(&token, &client.token().await.unwrap()));
    world.clock.advance(10 * MINUTE);
    assert!(client.token().await.is_err(), "its hour is over");
    world.issuer.clear_faults();
    world.clock.advance(2 * MINUTE);
    assert_eq!(world.call(bearer(&client).await.as_str()).await, admitted());
}

/// The token itself, as the API gets it.
async fn bearer(client: &TokenClient) -> String {
    let authorization = client.token().await.unwrap().authorization();
    authorization.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned()
}

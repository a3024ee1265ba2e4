//! Both sides over real sockets: what the issuer takes back, an API refuses.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use http_body_util::Empty;
use tower::{Layer, ServiceExt, service_fn};
use tower_bearer::{
    ResourceServer,
    algorithm::Algorithm,
    issuer::{Application, Revocation, TokenIssuer},
    status::{StatusCheck, StatusOutage},
};

use super::{
    client::{NOW, outsourcer_a},
    statuses::{outsourcer_b, token_of},
    tokens::payload,
};
use crate::support::ManualClock;

async fn status(api: &ResourceServer, token: &str) -> u16 {
    let request = Request::builder().header(AUTHORIZATION, format!("Bearer {token}"));
    let service = service_fn(async |_: Request<()>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let call = api.layer().layer(service).oneshot(request.body(()).unwrap());
    call.await.unwrap().status().as_u16()
}

#[tokio::test]
async fn s24_what_the_issuer_takes_back_an_api_refuses_within_the_ttl_and_no_other_token() {
    let clock = ManualClock::at(NOW);
    let issuer = TokenIssuer::on_loopback()
        .algorithm(Algorithm::ES256)
        .application(Application::new("display"))
        .account(outsourcer_a())
        .account(outsourcer_b())
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let of_a = token_of(&issuer, "outsourcer-a").await;
    let of_b = token_of(&issuer, "outsourcer-b").await;
    let audience = payload(&of_a)["aud"].as_str().unwrap().to_owned();
    let api = ResourceServer::discover(issuer.url(), &*audience)
        .check_status(StatusCheck::require(StatusOutage::Refuse))
        .cache_verified_tokens(1 << 20)
        .clock(clock.clone())
        .allow_loopback_http()
        .build()
        .unwrap();
    for _ in 0..3 {
        assert_eq!((status(&api, &of_a).await, status(&api, &of_b).await), (200, 200));
    }
    assert!(issuer.revoke(&Revocation::account("outsourcer-a")).unwrap());
    // The list that is held says 60 seconds.
    clock.advance(Duration::from_secs(61));
    for _ in 0..3 {
        assert_eq!((status(&api, &of_a).await, status(&api, &of_b).await), (401, 200));
    }
    let of_a = token_of(&issuer, "outsourcer-a").await;
    assert_eq!(status(&api, &of_a).await, 200, "a new one");
}

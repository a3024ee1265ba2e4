use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt};
use tower_bearer::{AccessToken, RequireScope, refusal::problem_details, require::PathParams};

use super::{api, builder};
use crate::support::Mint;

/// A service that panics when it is called without having been polled ready, and is ready once.
#[derive(Debug, Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<B> Service<Request<B>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without having been polled ready");
        assert!(request.extensions().get::<AccessToken>().is_some());
        ready(Ok(Response::new(Full::from("in"))))
    }
}

/// A body of nobody's.
struct Unusual;

fn request(token: &str) -> Request<Unusual> {
    let mut request = Request::new(Unusual);
    let value = format!("Bearer {token}").parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

async fn ready_call<S>(stack: &mut S, request: Request<Unusual>) -> S::Response
where
    S: Service<Request<Unusual>, Error = Infallible>,
{
    stack.ready().await.unwrap().call(request).await.unwrap()
}

#[tokio::test]
async fn the_inner_service_is_called_as_it_was_polled() {
    let mint = Mint::new();
    let mut stack =
        api(&mint).layer().layer(RequireScope("announce:read").layer(Strict::default()));
    for _ in 0..2 {
        let response = ready_call(&mut stack, request(&mint.sign())).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
    let poor = mint.clone().scope("other").sign();
    let refused = ready_call(&mut stack, request(&poor)).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn any_stack_may_bring_its_own_path_parameters() {
    let mint = Mint::new();
    let stack = api(&mint).layer().layer(RequireScope("book:{id}:read").layer(Strict::default()));
    let call = async |params: Option<PathParams>| {
        let mut request = request(&mint.clone().scope("book:1:read").sign());
        if let Some(params) = params {
            request.extensions_mut().insert(params);
        }
        stack.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(call(Some(PathParams::new([("id", "1")]))).await, StatusCode::OK);
    assert_eq!(call(Some(PathParams::new([("id", "2")]))).await, StatusCode::FORBIDDEN);
    assert_eq!(call(Some(PathParams::new([("id", "*")]))).await, StatusCode::FORBIDDEN);
    assert_eq!(call(None).await, StatusCode::INTERNAL_SERVER_ERROR);
    let twice = PathParams::new([("id", "1"), ("id", "1")]);
    assert_eq!(call(Some(twice)).await, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn the_hook_makes_bodies_of_the_stacks_own_type() {
    let mint = Mint::new();
    let own = builder(&mint).on_refusal(problem_details::<Full<Bytes>>).build().unwrap();
    let other = builder(&mint).on_refusal(problem_details::<axum::body::Body>).build().unwrap();
    let poor = mint.clone().scope("other").sign();
    let body = async |api: tower_bearer::ResourceServer| {
        let stack = api.layer().layer(RequireScope("announce:read").layer(Strict::default()));
        let response = stack.oneshot(request(&poor)).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        response.into_body().collect().await.unwrap().to_bytes()
    };
    let expected = "{\"title\":\"Forbidden\",\"status\":403,\
        \"detail\":\"the token lacks a required scope\",\
        \"error\":\"insufficient_scope\",\"scope\":\"announce:read\"}";
    assert_eq!(body(own).await, expected);
    assert_eq!(body(other).await, "", "a hook for another body type is not called");
}

//! `/healthz`, for load balancers and container probes.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use tower_bearer::issuer::{RequestBody, ResponseBody, TokenIssuer};
use tower_service::Service;

const PATH: &str = "/healthz";

/// An issuer that answers `/healthz` with 200 and `ok` while it serves.
#[derive(Clone, Debug)]
pub(super) struct WithHealth(pub(super) TokenIssuer);

type BoxFuture = Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, Infallible>> + Send>>;

impl Service<Request<RequestBody>> for WithHealth {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = BoxFuture;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <TokenIssuer as Service<Request<RequestBody>>>::poll_ready(&mut self.0, context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> BoxFuture {
        if request.uri().path() == PATH {
            Box::pin(healthy(request.method()))
        } else {
            Box::pin(self.0.call(request))
        }
    }
}

fn healthy(method: &Method) -> Ready<Result<Response<ResponseBody>, Infallible>> {
    let mut response = Response::new(ResponseBody::default());
    let headers = response.headers_mut();
    if *method == Method::GET || *method == Method::HEAD {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        *response.body_mut() = ResponseBody::from(b"ok\n".to_vec());
    } else {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    }
    ready(Ok(response))
}

//! The service of one connection: it applies the limits of a request.

use std::{
    error::Error,
    future::{Future, poll_fn},
    pin::Pin,
};

use http::{HeaderValue, Request, Response, header::CONNECTION};
use http_body::Body;
use hyper::body::Incoming;
use tokio::time::timeout;
use tower_service::Service;

use super::{
    activity::{Activity, Phase},
    body::RequestBody,
    limits::ServerLimits,
};

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A service that [`Server::start`](super::Server::start) takes.
pub(super) trait HttpService<B>:
    Service<Request<RequestBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S, B> HttpService<B> for S where
    S: Service<Request<RequestBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// The body of its responses.
pub(super) trait HttpBody: Body<Data: Send, Error: Into<BoxError>> + Send + 'static {}

impl<B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static> HttpBody for B {}

/// The service of one connection.
pub(super) struct Served<S> {
    pub(super) service: S,
    pub(super) activity: Activity,
    pub(super) limits: ServerLimits,
}

impl<S, B> hyper::service::Service<Request<Incoming>> for Served<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + HttpService<B>,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (activity, limits) = (self.activity.clone(), self.limits);
        activity.head_arrived(!request.body().is_end_stream());
        let mut request =
            request.map(|body| RequestBody::new(body, limits.body_timeout, activity.clone()));
        request.extensions_mut().insert(activity.clone());
        let mut service = self.service.clone();
        Box::pin(async move {
            let answer = async {
                poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
                service.call(request).await.map_err(Into::into)
            };
            let mut response = match limits.request_timeout {
                Some(limit) => timeout(limit, answer).await??,
                None => answer.await?,
            };
            if activity.phase() == Phase::HeldBack {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            activity.answered();
            Ok(response)
        })
    }
}

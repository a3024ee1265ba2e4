//! The issuer as one tower Service.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL},
    request::Parts,
};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    body::poll_body,
    cors::Cors,
    introspection, metadata,
    path::{Endpoint, status_list_id},
    revocation, status_list,
};
use crate::issuer::{
    grant::pipeline,
    response::{ResponseBody, bare, document},
    shared::Shared,
    token_issuer::TokenIssuer,
};

/// The time for which readers may keep the JWK Set and the metadata: 5 minutes. A key is published
/// at least this long before it signs.
const DOCUMENT_CACHE: &str = "public, max-age=300";

impl<B: Body> Service<Request<B>> for TokenIssuer {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = ResponseFuture<B>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture<B> {
        let shared = &self.shared;
        shared.spawn_rotation_if_due();
        let config = shared.configuration();
        let cors = Cors::of_request(&config.settings.allowed_origins, request.headers());
        let preflight = |endpoint| cors.preflight(endpoint, request.method(), request.headers());
        let state = match Endpoint::from_path(request.uri().path(), shared.identity.path()) {
            None => State::done(bare(StatusCode::NOT_FOUND)),
            Some(endpoint) if !endpoint.allows(request.method()) => {
                State::done(preflight(endpoint).unwrap_or_else(|| method_not_allowed(endpoint)))
            }
            Some(Endpoint::Jwks) => State::done(cacheable(shared.keys.document(shared.now()))),
            Some(Endpoint::Metadata) => State::done(cacheable(metadata::document(
                &shared.identity,
                &config,
                &shared.keys.algorithms(shared.now()),
            ))),
            Some(Endpoint::StatusList) => {
                let id = status_list_id(request.uri().path(), shared.identity.path());
                match status_list::ready(shared, &config, id, request.headers()) {
                    Some(ready) => State::done(ready),
                    None => {
                        let (id, headers) = (id.to_owned(), request.headers().clone());
                        let answer = status_list::answer(Arc::clone(shared), config, id, headers);
                        State::Answering { answer: Box::pin(answer) }
                    }
                }
            }
            Some(endpoint) => {
                let (head, body) = request.into_parts();
                State::Reading { endpoint, head: Some(head), body, read: Vec::new() }
            }
        };
        ResponseFuture { state, shared: Arc::clone(shared), cors }
    }
}

fn method_not_allowed(endpoint: Endpoint) -> Response<ResponseBody> {
    let mut response = bare(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(endpoint.methods()));
    response
}

fn cacheable(text: String) -> Response<ResponseBody> {
    let mut response = document(StatusCode::OK, text.into_bytes());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(DOCUMENT_CACHE));
    response
}

pin_project! {
    /// Response future of [`TokenIssuer`].
    ///
    /// It reads the request's body, waits for the hooks, and holds back the answer to repeated
    /// wrong credentials.
    pub struct ResponseFuture<B> {
        #[pin]
        state: State<B>,
        shared: Arc<Shared>,
        cors: Cors,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<B> {
        Done { response: Option<Response<ResponseBody>> },
        Answering { answer: Answer },
        Reading { endpoint: Endpoint, head: Option<Parts>, #[pin] body: B, read: Vec<u8> },
    }
}

type Answer = Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send>>;

/// Answers a request with a body.
fn answer(endpoint: Endpoint, shared: Arc<Shared>, head: Parts, body: Vec<u8>) -> Answer {
    match endpoint {
        Endpoint::Revocation => Box::pin(revocation::answer(shared, head, body)),
        Endpoint::Introspection => Box::pin(introspection::answer(shared, head, body)),
        _ => Box::pin(pipeline::answer(shared, head, body)),
    }
}

impl<B> State<B> {
    const fn done(response: Response<ResponseBody>) -> Self {
        Self::Done { response: Some(response) }
    }
}

impl<B: Body> Future for ResponseFuture<B> {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let response = match this.state.as_mut().project() {
                StateProjection::Done { response } => response.take(),
                StateProjection::Answering { answer } => {
                    Some(ready!(answer.as_mut().poll(context)))
                }
                StateProjection::Reading { endpoint, head, body, read } => {
                    match (ready!(poll_body(body, read, context)), head.take()) {
                        (Ok(()), Some(head)) => {
                            let body = std::mem::take(read);
                            let answer = answer(*endpoint, Arc::clone(this.shared), head, body);
                            this.state.set(State::Answering { answer });
                            continue;
                        }
                        (Ok(()), None) => None,
                        (Err(error), _) => {
                            this.shared.metrics.answered(error.code.name());
                            Some(error.into_response())
                        }
                    }
                }
            };
            let polled_again = || bare(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = response.unwrap_or_else(polled_again);
            this.cors.apply(&mut response);
            return Poll::Ready(Ok(response));
        }
    }
}

impl<B> fmt::Debug for ResponseFuture<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

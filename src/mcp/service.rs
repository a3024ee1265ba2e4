use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Extensions, Method, Request, Response, request::Parts};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    body::McpBody,
    operation::{self, Unclear},
    reading::Reading,
    rules::Rules,
};
use crate::{
    error::BearerErrorKind,
    require::{self, Refused},
};

/// What an operation is judged by.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    Headers,
    Body { max_bytes: usize, time: Duration },
}

/// Guards the operations of an MCP server; made by [`McpScopes::build`](super::McpScopes::build).
///
/// It does **not** check the token: the layer of a
/// [`ResourceServer`](crate::server::ResourceServer) outside it does.
#[derive(Clone, Debug)]
pub struct McpScopesLayer {
    rules: Arc<Rules>,
    source: Source,
}

impl McpScopesLayer {
    pub(super) fn new(rules: Rules, source: Source) -> Self {
        Self { rules: Arc::new(rules), source }
    }
}

impl<S> Layer<S> for McpScopesLayer {
    type Service = McpScopesService<S>;

    fn layer(&self, inner: S) -> McpScopesService<S> {
        McpScopesService { inner, rules: self.rules.clone(), source: self.source }
    }
}

/// A service behind a [`McpScopesLayer`]: only operations whose scopes the token grants reach it.
#[derive(Clone, Debug)]
pub struct McpScopesService<S> {
    inner: S,
    rules: Arc<Rules>,
    source: Source,
}

impl Rules {
    /// # Errors
    /// The refusal of an operation that the headers name.
    fn check_headers<B>(&self, request: &Request<B>) -> Result<(), Refused> {
        let extensions = request.extensions();
        require::token(extensions)?;
        let (unclear, headers) = (|help| unclear(extensions, help), request.headers());
        // Only POST has an operation: what else a server offers needs the default.
        let required = match *request.method() {
            Method::POST => self.required(&operation::from_headers(headers).map_err(unclear)?),
            _ => operation::check_version(headers).map(|()| self.default()).map_err(unclear)?,
        };
        require::permit_operation(extensions, &required)
    }

    /// # Errors
    /// The refusal of a request by its body.
    fn check_body(&self, parts: &Parts, body: &[u8]) -> Result<(), Refused> {
        let unclear = |help| unclear(&parts.extensions, help);
        let operations = operation::from_body(body).map_err(unclear)?;
        operation::check_headers(&parts.headers, &operations).map_err(unclear)?;
        let required: Vec<_> = operations.iter().flat_map(|each| self.required(each)).collect();
        require::permit_operation(&parts.extensions, &required)
    }
}

fn unclear(extensions: &Extensions, help: Unclear) -> Refused {
    require::refuse(extensions, BearerErrorKind::UnclearOperation { help })
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for McpScopesService<S>
where
    S: Service<Request<McpBody<ReqB>>, Response = Response<ResB>> + Clone,
    ReqB: Body<Data = Bytes>,
    ResB: Default + 'static,
{
    type Response = Response<ResB>;
    type Error = S::Error;
    type Future = McpFuture<S, ReqB>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let extensions = request.extensions();
        let checked = match self.source {
            Source::Headers => self.rules.check_headers(&request),
            Source::Body { .. } if *request.method() != Method::POST => {
                require::permit_operation(extensions, &self.rules.default())
            }
            Source::Body { max_bytes, time } => match require::token(extensions) {
                Ok(_) => {
                    // The service that was polled ready goes with the request; its clone stays.
                    let clone = self.inner.clone();
                    let service = mem::replace(&mut self.inner, clone);
                    let (parts, body) = request.into_parts();
                    let reading = Reading::new(body, max_bytes, time);
                    let rules = self.rules.clone();
                    let waiting = Box::new(Waiting { parts, reading, service, rules });
                    return McpFuture { state: State::Waiting { waiting: Some(waiting) } };
                }
                Err(refused) => Err(refused),
            },
        };
        let state = match checked {
            Ok(()) => State::Inner { future: self.inner.call(request.map(McpBody::unread)) },
            Err(refused) => {
                let protocol = refused.protocol(request.headers());
                State::Refused { response: Some(refused.response(protocol)) }
            }
        };
        McpFuture { state }
    }
}

/// A request whose body is being read.
struct Waiting<S, B> {
    parts: Parts,
    reading: Reading<B>,
    service: S,
    rules: Arc<Rules>,
}

pin_project! {
    /// Response future of a [`McpScopesService`].
    pub struct McpFuture<S, B>
    where
        S: Service<Request<McpBody<B>>>,
    {
        #[pin]
        state: State<S, B, S::Future, S::Response>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, F, R> {
        Inner { #[pin] future: F },
        Refused { response: Option<R> },
        // Boxed, so that a request that is judged by its headers pays nothing for it.
        Waiting { waiting: Option<Box<Waiting<S, B>>> },
    }
}

impl<S, B, ResB> Future for McpFuture<S, B>
where
    S: Service<Request<McpBody<B>>, Response = Response<ResB>>,
    B: Body<Data = Bytes>,
    ResB: Default + 'static,
{
    type Output = Result<Response<ResB>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProj::Inner { future } => return future.poll(cx),
                StateProj::Refused { response } => {
                    return response
                        .take()
                        .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                StateProj::Waiting { waiting: place } => {
                    let Some(waiting) = place else { return Poll::Pending };
                    let read = ready!(waiting.reading.poll(cx));
                    let Some(waiting) = place.take() else { return Poll::Pending };
                    let Waiting { parts, mut service, rules, .. } = *waiting;
                    let checked = match &read {
                        Ok(bytes) => rules.check_body(&parts, bytes),
                        Err(help) => Err(unclear(&parts.extensions, help)),
                    };
                    match checked {
                        Ok(()) => {
                            let body = McpBody::read(read.unwrap_or_default());
                            let request = Request::from_parts(parts, body);
                            State::Inner { future: service.call(request) }
                        }
                        Err(refused) => {
                            let protocol = refused.protocol(&parts.headers);
                            State::Refused { response: Some(refused.response(protocol)) }
                        }
                    }
                }
            };
            state.set(next);
        }
    }
}

impl<S, B> fmt::Debug for McpFuture<S, B>
where
    S: Service<Request<McpBody<B>>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpFuture").finish_non_exhaustive()
    }
}

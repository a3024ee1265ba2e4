use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Extensions, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    RequireScope,
    decide::{self, Refused},
    requirement::ToRequirement,
};
use crate::scope::{Requirement, ScopeError};

impl<S, T: ToRequirement> Layer<S> for RequireScope<T> {
    type Service = RequireScopeService<S>;

    /// Never panics: an invalid scope is logged here, and every request is answered 500.
    fn layer(&self, inner: S) -> RequireScopeService<S> {
        let requirement = self.0.to_requirement();
        if let Err(error) = &requirement {
            tracing::error!(
                "a `RequireScope` is malformed, so every request is answered 500: {error}"
            );
        }
        RequireScopeService { inner, requirement }
    }
}

/// A service behind [`RequireScope`]: only requests with the required scopes reach it.
#[derive(Clone, Debug)]
pub struct RequireScopeService<S> {
    inner: S,
    requirement: Result<Requirement, ScopeError>,
}

impl<S> RequireScopeService<S> {
    fn check(&self, extensions: &mut Extensions) -> Result<(), Refused> {
        match &self.requirement {
            Ok(requirement) => decide::permit(extensions, requirement).map(|_| ()),
            Err(error) => Err(decide::malformed(decide::token(extensions)?, error)),
        }
    }
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for RequireScopeService<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
    ResB: Default + 'static,
{
    type Response = Response<ResB>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Response<ResB>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqB>) -> Self::Future {
        match self.check(request.extensions_mut()) {
            Ok(()) => ResponseFuture::inner(self.inner.call(request)),
            Err(refused) => {
                let protocol = refused.protocol(request.headers());
                ResponseFuture::refused(refused.response(protocol))
            }
        }
    }
}

pin_project! {
    /// Response future of a [`RequireScopeService`].
    pub struct ResponseFuture<F, R> {
        #[pin]
        state: State<F, R>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F, R> {
        Inner { #[pin] future: F },
        Refused { response: Option<R> },
    }
}

impl<F, R> ResponseFuture<F, R> {
    pub(crate) fn inner(future: F) -> Self {
        Self { state: State::Inner { future } }
    }

    pub(crate) fn refused(response: R) -> Self {
        Self { state: State::Refused { response: Some(response) } }
    }
}

impl<F, R, E> Future for ResponseFuture<F, R>
where
    F: Future<Output = Result<R, E>>,
{
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R, E>> {
        match self.project().state.project() {
            StateProj::Inner { future } => future.poll(cx),
            StateProj::Refused { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
        }
    }
}

impl<F, R> fmt::Debug for ResponseFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

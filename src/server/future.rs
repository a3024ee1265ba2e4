use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::guard::Guard;
use crate::trust::{Authentication, Pending};

pin_project! {
    /// Response future of a [`BearerService`](super::BearerService).
    ///
    /// # Cancel safety
    /// Dropping it cancels the request only: a fetch of keys or an introspection that the request waits for goes
    /// on.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
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
        // Boxed, so that a request which need not wait pays nothing for those that do.
        Waiting { waiting: Option<Box<Waiting<S, B>>> },
    }
}

/// A request that waits for an answer of the issuer.
struct Waiting<S, B> {
    token: Pending,
    request: Request<B>,
    service: S,
    guard: Guard,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn inner(future: S::Future) -> Self {
        Self { state: State::Inner { future } }
    }

    pub(super) fn refused(response: S::Response) -> Self {
        Self { state: State::Refused { response: Some(response) } }
    }

    pub(super) fn waiting(token: Pending, request: Request<B>, service: S, guard: Guard) -> Self {
        let waiting = Box::new(Waiting { token, request, service, guard });
        Self { state: State::Waiting { waiting: Some(waiting) } }
    }
}

impl<S, B, ResB> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<ResB>>,
    ResB: Default + 'static,
{
    type Output = Result<Response<ResB>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProj::Inner { future } => return future.poll(cx),
                StateProj::Refused { response } => {
                    return match response.take() {
                        Some(response) => Poll::Ready(Ok(response)),
                        None => Poll::Pending,
                    };
                }
                StateProj::Waiting { waiting: place } => {
                    let Some(waiting) = place else { return Poll::Pending };
                    let arrived = ready!(waiting.token.poll(cx));
                    let Some(waiting) = place.take() else { return Poll::Pending };
                    let Waiting { token: _, mut request, mut service, guard } = *waiting;
                    let admitted = match guard.api.authenticator.resume(arrived) {
                        Authentication::Done(Ok(token)) => {
                            guard.api.metrics.admitted();
                            request.extensions_mut().insert(token);
                            Ok(())
                        }
                        Authentication::Done(Err(error)) => {
                            guard.admit_without_token(&mut request, error)
                        }
                        Authentication::Pending(token) => {
                            *place = Some(Box::new(Waiting { token, request, service, guard }));
                            continue;
                        }
                    };
                    match admitted {
                        Ok(()) => State::Inner { future: service.call(request) },
                        Err(response) => State::Refused { response: Some(response) },
                    }
                }
            };
            state.set(next);
        }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::service::Guard;
use crate::jwks::KeysFuture;

pin_project! {
    /// The answer of a [`BearerService`](super::BearerService).
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
        Waiting { cold: Option<Box<Cold<S, B>>> },
    }
}

/// A request that waits for keys.
struct Cold<S, B> {
    keys: KeysFuture,
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

    pub(super) fn waiting(keys: KeysFuture, request: Request<B>, service: S, guard: Guard) -> Self {
        let cold = Box::new(Cold { keys, request, service, guard });
        Self { state: State::Waiting { cold: Some(cold) } }
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
                StateProj::Waiting { cold } => {
                    let Some(waiting) = cold else { return Poll::Pending };
                    let found = ready!(Pin::new(&mut waiting.keys).poll(cx));
                    let Some(waiting) = cold.take() else { return Poll::Pending };
                    let Cold { mut request, mut service, guard, .. } = *waiting;
                    let admission = guard.shared().decide_with(request.headers(), found);
                    match guard.mark(&mut request, admission) {
                        Ok(()) => State::Inner { future: service.call(request) },
                        Err(error) => State::Refused { response: Some(guard.refuse(error)) },
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

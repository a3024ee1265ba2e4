use std::{
    mem,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{future::ResponseFuture, guard::Guard};
use crate::trust::Authentication;

/// A service behind a [`BearerLayer`](super::BearerLayer).
#[derive(Clone, Debug)]
pub struct BearerService<S> {
    inner: S,
    guard: Guard,
}

impl<S> BearerService<S> {
    pub(super) const fn new(inner: S, guard: Guard) -> Self {
        Self { inner, guard }
    }
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for BearerService<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>> + Clone,
    ResB: Default + 'static,
{
    type Response = Response<ResB>;
    type Error = S::Error;
    type Future = ResponseFuture<S, ReqB>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqB>) -> Self::Future {
        match self.guard.authenticate(&request) {
            Authentication::Done(outcome) => match self.guard.admit(&mut request, outcome) {
                Ok(()) => ResponseFuture::inner(self.inner.call(request)),
                Err(error) => ResponseFuture::refused(self.guard.refuse(error)),
            },
            Authentication::Pending(token) => {
                // The service that was polled ready goes with the request; its clone stays.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                ResponseFuture::waiting(token, request, ready, self.guard.clone())
            }
        }
    }
}

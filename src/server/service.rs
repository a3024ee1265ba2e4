use std::{
    mem,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{
    credential::bearer_credential, future::ResponseFuture, guard::Guard,
    token_source::credential_in,
};
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
        let credential = match &*self.guard.api.token_sources {
            [] => bearer_credential(request.headers()),
            sources => credential_in(sources, &request),
        };
        let outcome = match credential {
            Ok(credential) => self.guard.api.authenticator.authenticate(credential),
            Err(kind) => Authentication::Done(Err(kind.into())),
        };
        match outcome {
            Authentication::Done(Ok(token)) => {
                self.guard.api.metrics.admitted();
                request.extensions_mut().insert(token);
                ResponseFuture::inner(self.inner.call(request))
            }
            Authentication::Done(Err(error)) => {
                match self.guard.admit_without_token(&mut request, error) {
                    Ok(()) => ResponseFuture::inner(self.inner.call(request)),
                    Err(response) => ResponseFuture::refused(response),
                }
            }
            Authentication::Pending(token) => {
                // The service that was polled ready goes with the request; its clone stays.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                ResponseFuture::waiting(token, request, ready, self.guard.clone())
            }
        }
    }
}

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{
    future::ResponseFuture,
    layer::Presence,
    shared::{Decision, Shared},
};
use crate::{
    error::{BearerError, BearerErrorKind},
    refusal::Guarded,
    token::AccessToken,
};

/// A service behind a [`BearerLayer`](super::BearerLayer).
#[derive(Clone, Debug)]
pub struct BearerService<S> {
    inner: S,
    guard: Guard,
}

/// Judges the requests of one layer.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    shared: Arc<Shared>,
    presence: Presence,
}

impl<S> BearerService<S> {
    pub(super) fn new(inner: S, shared: Arc<Shared>, presence: Presence) -> Self {
        Self { inner, guard: Guard { shared, presence } }
    }
}

impl Guard {
    /// Applies a decision to its request: marks one that may pass, or says why it may not.
    pub(super) fn mark<B>(
        &self,
        request: &mut Request<B>,
        admission: Result<AccessToken, BearerError>,
    ) -> Result<(), BearerError> {
        match admission {
            Ok(token) => Self::admit(request, token),
            Err(error) => self.pass(request, error)?,
        }
        Ok(())
    }

    fn admit<B>(request: &mut Request<B>, token: AccessToken) {
        request.extensions_mut().insert(token);
    }

    /// Lets a request pass without a token, if it has no credential and needs none.
    fn pass<B>(&self, request: &mut Request<B>, error: BearerError) -> Result<(), BearerError> {
        match (error.kind(), self.presence) {
            (BearerErrorKind::MissingToken, Presence::Optional) => {
                request.extensions_mut().remove::<AccessToken>();
                request.extensions_mut().insert(Guarded(self.shared.refusals().clone()));
                Ok(())
            }
            _ => Err(error),
        }
    }

    pub(super) fn refuse<B: Default + 'static>(&self, error: BearerError) -> Response<B> {
        self.shared.refusals().response(error)
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
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
        match self.guard.shared.decide(request.headers()) {
            Decision::Now(Ok(token)) => Guard::admit(&mut request, token),
            Decision::Now(Err(error)) => {
                if let Err(error) = self.guard.pass(&mut request, error) {
                    return ResponseFuture::refused(self.guard.refuse(error));
                }
            }
            Decision::Wait(keys) => {
                // The service that was polled ready goes with the request; its clone stays.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                return ResponseFuture::waiting(keys, request, ready, self.guard.clone());
            }
        }
        ResponseFuture::inner(self.inner.call(request))
    }
}

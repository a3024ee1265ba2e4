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
        match (admission, self.presence) {
            (Ok(token), _) => {
                request.extensions_mut().insert(token);
            }
            (Err(error), Presence::Optional) if *error.kind() == BearerErrorKind::MissingToken => {
                request.extensions_mut().remove::<AccessToken>();
                request.extensions_mut().insert(Guarded(self.shared.refusals().clone()));
            }
            (Err(error), _) => return Err(error),
        }
        Ok(())
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
        let admission = match self.guard.shared.decide(request.headers()) {
            Decision::Now(admission) => admission,
            Decision::Wait(keys) => {
                // The service that was polled ready goes with the request; its clone stays.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                return ResponseFuture::waiting(keys, request, ready, self.guard.clone());
            }
        };
        match self.guard.mark(&mut request, admission) {
            Ok(()) => ResponseFuture::inner(self.inner.call(request)),
            Err(error) => ResponseFuture::refused(self.guard.refuse(error)),
        }
    }
}

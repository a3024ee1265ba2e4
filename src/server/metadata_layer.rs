use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::resource_metadata::Metadata;

/// Serves the metadata of an API; made by
/// [`ResourceServer::metadata_layer`](super::ResourceServer::metadata_layer).
#[derive(Clone, Debug)]
pub struct MetadataLayer(Option<Arc<Metadata>>);

impl MetadataLayer {
    pub(super) const fn new(metadata: Option<Arc<Metadata>>) -> Self {
        Self(metadata)
    }
}

impl<S> Layer<S> for MetadataLayer {
    type Service = MetadataService<S>;

    fn layer(&self, inner: S) -> MetadataService<S> {
        MetadataService { inner, metadata: self.0.clone() }
    }
}

/// A service behind a [`MetadataLayer`].
#[derive(Clone, Debug)]
pub struct MetadataService<S> {
    inner: S,
    metadata: Option<Arc<Metadata>>,
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for MetadataService<S>
where
    S: Service<Request<ReqB>, Response = Response<ResB>>,
    ResB: From<Bytes>,
{
    type Response = Response<ResB>;
    type Error = S::Error;
    type Future = MetadataFuture<S::Future, Response<ResB>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        let metadata = self.metadata.as_ref().filter(|it| it.is_at(request.uri().path()));
        let state = match metadata {
            Some(metadata) => State::Metadata {
                response: Some(metadata.answer(request.method()).map(ResB::from)),
            },
            None => State::Inner { future: self.inner.call(request) },
        };
        MetadataFuture { state }
    }
}

pin_project! {
    /// Response future of a [`MetadataService`].
    pub struct MetadataFuture<F, R> {
        #[pin]
        state: State<F, R>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F, R> {
        Inner { #[pin] future: F },
        Metadata { response: Option<R> },
    }
}

impl<F, R, E> Future for MetadataFuture<F, R>
where
    F: Future<Output = Result<R, E>>,
{
    type Output = Result<R, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R, E>> {
        match self.project().state.project() {
            StateProj::Inner { future } => future.poll(cx),
            StateProj::Metadata { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
        }
    }
}

impl<F, R> fmt::Debug for MetadataFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetadataFuture").finish_non_exhaustive()
    }
}

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::methods::{Methods, Rule};
use crate::{
    error::BearerErrorKind,
    refusal::Protocol,
    require::{self, PathParams, Refused, ResponseFuture},
};

/// Guards the methods of a gRPC server; made by
/// [`MethodScopes::build`](super::MethodScopes::build).
///
/// It does **not** check the token: the layer of a
/// [`ResourceServer`](crate::server::ResourceServer) outside it does.
#[derive(Clone, Debug)]
pub struct MethodScopesLayer(Arc<Methods>);

impl MethodScopesLayer {
    pub(super) fn new(methods: Methods) -> Self {
        Self(Arc::new(methods))
    }
}

impl<S> Layer<S> for MethodScopesLayer {
    type Service = MethodScopesService<S>;

    fn layer(&self, inner: S) -> MethodScopesService<S> {
        MethodScopesService { inner, methods: self.0.clone() }
    }
}

/// A service behind a [`MethodScopesLayer`]: only calls that its list allows reach it.
#[derive(Clone, Debug)]
pub struct MethodScopesService<S> {
    inner: S,
    methods: Arc<Methods>,
}

impl Methods {
    /// # Errors
    /// The refusal of a call that the list does not allow.
    fn check<B>(&self, request: &Request<B>) -> Result<(), Refused> {
        let extensions = request.extensions();
        match self.find(request.uri().path()) {
            Some((Rule::Open, ..)) => Ok(()),
            Some((Rule::AnyToken, ..)) => require::token(extensions).map(|_| ()),
            Some((Rule::Scopes(requirement), ..)) if !requirement.is_template() => {
                require::permit_operation(extensions, &[(requirement, PathParams::default())])
            }
            Some((Rule::Scopes(requirement), service, method)) => {
                let params = PathParams::new([("service", service), ("method", method)]);
                require::permit_operation(extensions, &[(requirement, params)])
            }
            None => Err(require::refuse(extensions, BearerErrorKind::UnlistedOperation)),
        }
    }
}

impl<S, ReqB, ResB> Service<Request<ReqB>> for MethodScopesService<S>
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

    fn call(&mut self, request: Request<ReqB>) -> Self::Future {
        match self.methods.check(&request) {
            Ok(()) => ResponseFuture::inner(self.inner.call(request)),
            Err(refused) => {
                ResponseFuture::refused(refused.response(Protocol::of(request.headers())))
            }
        }
    }
}

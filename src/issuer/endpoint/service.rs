//! The issuer as one tower Service: token endpoint, JWK Set and metadata.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Buf;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CACHE_CONTROL},
    request::Parts,
};
use http_body::Body;
use pin_project_lite::pin_project;
use tokio::time::Sleep;
use tower_service::Service;

use crate::issuer::{
    endpoint::response::{ResponseBody, TokenError, bare, document},
    grant::pipeline::Answer,
    serve::Activity,
    shared::Shared,
    token_issuer::TokenIssuer,
};

/// The longest body of a token request, in bytes: a private-key assertion with room to spare.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// How long a reader may keep the JWK Set or the metadata. A key should be announced at least this
/// long before it signs.
const DOCUMENT_CACHE: &str = "public, max-age=300";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::issuer) enum Endpoint {
    Token,
    Jwks,
    Metadata,
}

impl Endpoint {
    /// The endpoint at a path. The issuer's own path may stand before it or may have been taken
    /// away by the router that it is mounted in; RFC 8414 §3.1 puts it at the end.
    pub(in crate::issuer) fn at(path: &str, issuer_path: &str) -> Option<Self> {
        let inserted = path.strip_prefix("/.well-known/oauth-authorization-server");
        if inserted.is_some_and(|rest| matches!(rest, "" | "/") || rest == issuer_path) {
            return Some(Self::Metadata);
        }
        match path.strip_prefix(issuer_path).filter(|rest| rest.starts_with('/')).unwrap_or(path) {
            "/oauth/token" | "/oidc/token" => Some(Self::Token),
            "/.well-known/jwks.json" => Some(Self::Jwks),
            "/.well-known/openid-configuration" => Some(Self::Metadata),
            _ => None,
        }
    }

    const fn methods(self) -> &'static str {
        match self {
            Self::Token => "POST",
            Self::Jwks | Self::Metadata => "GET, HEAD",
        }
    }

    fn takes(self, method: &Method) -> bool {
        self.methods().split(", ").any(|name| name == method.as_str())
    }
}

impl<B: Body> Service<Request<B>> for TokenIssuer {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = ResponseFuture<B>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture<B> {
        let shared = &self.shared;
        shared.spawn_rotation_if_due();
        let state = match Endpoint::at(request.uri().path(), shared.path()) {
            None => State::done(bare(StatusCode::NOT_FOUND)),
            Some(endpoint) if !endpoint.takes(request.method()) => {
                let mut response = bare(StatusCode::METHOD_NOT_ALLOWED);
                let allow = HeaderValue::from_static(endpoint.methods());
                response.headers_mut().insert(ALLOW, allow);
                State::done(response)
            }
            Some(Endpoint::Jwks) => State::done(published(shared.jwk_set())),
            Some(Endpoint::Metadata) => State::done(published(shared.metadata())),
            Some(Endpoint::Token) => {
                let (head, body) = request.into_parts();
                State::Reading { head: Some(head), body, read: Vec::new() }
            }
        };
        ResponseFuture { state, shared: Arc::clone(shared) }
    }
}

fn published(text: String) -> Response<ResponseBody> {
    let mut response = document(StatusCode::OK, text.into_bytes());
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(DOCUMENT_CACHE));
    response
}

pin_project! {
    /// The answer of a [`TokenIssuer`], on its way: it waits for the request's body and for the
    /// hooks, and holds the answer to wrong credentials back.
    pub struct ResponseFuture<B> {
        #[pin]
        state: State<B>,
        shared: Arc<Shared>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<B> {
        Done { response: Option<Response<ResponseBody>> },
        Asking { answer: Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send>> },
        HeldBack { #[pin] until: Sleep, response: Option<Response<ResponseBody>> },
        Reading { head: Option<Parts>, #[pin] body: B, read: Vec<u8> },
    }
}

impl<B> State<B> {
    const fn done(response: Response<ResponseBody>) -> Self {
        Self::Done { response: Some(response) }
    }
}

impl<B: Body> Future for ResponseFuture<B> {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let response = match this.state.as_mut().project() {
                StateProjection::Done { response } => response.take(),
                StateProjection::Asking { answer } => Some(ready!(answer.as_mut().poll(context))),
                StateProjection::HeldBack { until, response } => {
                    ready!(until.poll(context));
                    response.take()
                }
                StateProjection::Reading { head, body, read } => {
                    let whole = ready!(poll_whole(body, read, context));
                    let activity =
                        head.as_mut().and_then(|head| head.extensions.remove::<Activity>());
                    match whole.map(|()| head.take().map(|head| this.shared.answer(head, read))) {
                        Ok(Some(Answer::Now(response))) => Some(response),
                        Ok(Some(Answer::After(held_back, response))) => {
                            if let Some(activity) = &activity {
                                activity.hold_back();
                            }
                            let until = tokio::time::sleep(held_back);
                            let response = Some(response);
                            this.state.set(State::HeldBack { until, response });
                            continue;
                        }
                        Ok(Some(Answer::Later(answer))) => {
                            this.state.set(State::Asking { answer });
                            continue;
                        }
                        Ok(None) => None,
                        Err(error) => Some(error.into_response()),
                    }
                }
            };
            let spent = || bare(StatusCode::INTERNAL_SERVER_ERROR);
            return Poll::Ready(Ok(response.unwrap_or_else(spent)));
        }
    }
}

/// Reads a body to its end, or to the frame that makes it too long.
pub(in crate::issuer) fn poll_whole<B: Body>(
    mut body: Pin<&mut B>,
    read: &mut Vec<u8>,
    context: &mut Context<'_>,
) -> Poll<Result<(), TokenError>> {
    while let Some(frame) = ready!(body.as_mut().poll_frame(context)) {
        let Ok(frame) = frame else {
            return Poll::Ready(Err(TokenError::invalid_request("the body could not be read")));
        };
        let Ok(mut data) = frame.into_data() else { continue };
        if data.remaining() > MAX_BODY_BYTES - read.len() {
            return Poll::Ready(Err(TokenError::body_too_large()));
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            read.extend_from_slice(chunk);
            data.advance(length);
        }
    }
    Poll::Ready(Ok(()))
}

impl<B> fmt::Debug for ResponseFuture<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

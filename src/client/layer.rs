use std::{
    error::Error,
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response, StatusCode, Uri, header::AUTHORIZATION};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{error::TokenRequestError, token_client::TokenClient, token_response::TokenResponse};
use crate::{
    challenge::Challenge,
    error::{ConfigError, Problems},
    transport::UrlRule,
};

/// Adds a token to the requests that a service sends to one API.
///
/// Requests to any other origin, and those that carry credentials already, go out as they are: a
/// token never leaves for where it was not meant (RFC 6750 §5.3). When the API refuses the token,
/// the answer is handed on, and the next request gets another token.
#[derive(Clone, Debug)]
pub struct AddTokenLayer {
    client: TokenClient,
    origin: Uri,
}

impl AddTokenLayer {
    /// Adds the tokens of `client` to requests to the origin of `api`: its scheme, host and port.
    ///
    /// # Errors
    /// When `api` is no absolute https URL.
    pub fn new(client: TokenClient, api: Uri) -> Result<Self, ConfigError> {
        Self::checked(client, api, UrlRule::Https)
    }

    /// The same for an API on plain http on this machine's loopback addresses: for tests and
    /// development.
    ///
    /// # Errors
    /// When `api` is neither an absolute https URL nor a loopback address.
    pub fn allow_loopback_http(client: TokenClient, api: Uri) -> Result<Self, ConfigError> {
        Self::checked(client, api, UrlRule::HttpsOrLoopback)
    }

    fn checked(client: TokenClient, origin: Uri, rule: UrlRule) -> Result<Self, ConfigError> {
        let mut problems = Problems::default();
        if let Err(cure) = rule.check(&origin) {
            problems.add("api", cure);
        }
        problems.or(Self { client, origin })
    }
}

impl<S> Layer<S> for AddTokenLayer {
    type Service = AddToken<S>;

    fn layer(&self, inner: S) -> AddToken<S> {
        AddToken { inner, client: self.client.clone(), origin: self.origin.clone() }
    }
}

/// A service whose requests get a token; see [`AddTokenLayer`].
#[derive(Clone, Debug)]
pub struct AddToken<S> {
    inner: S,
    client: TokenClient,
    origin: Uri,
}

impl<S, B, R> Service<Request<B>> for AddToken<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
{
    type Response = Response<R>;
    type Error = AddTokenError<S::Error>;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(AddTokenError::Inner)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if !same_origin(request.uri(), &self.origin)
            || request.headers().contains_key(AUTHORIZATION)
        {
            return ResponseFuture {
                state: State::Sent { future: self.inner.call(request) },
                used: None,
            };
        }
        if let Some(token) = self.client.cached() {
            request.headers_mut().insert(AUTHORIZATION, token.authorization());
            return ResponseFuture {
                state: State::Sent { future: self.inner.call(request) },
                used: Some((self.client.clone(), Some(token))),
            };
        }
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        let client = self.client.clone();
        let wait: TokenFuture = Box::pin(async move { client.token().await });
        ResponseFuture {
            state: State::Waiting { wait, request: Some((ready, request)) },
            used: Some((self.client.clone(), None)),
        }
    }
}

/// Scheme, host and port are the same, a default port counting as itself (RFC 6454 §5).
fn same_origin(one: &Uri, other: &Uri) -> bool {
    let port = |url: &Uri| match (url.port_u16(), url.scheme_str()) {
        (Some(port), _) => Some(port),
        (None, Some("https")) => Some(443),
        (None, Some("http")) => Some(80),
        (None, _) => None,
    };
    let host = |url: &Uri| url.host().map(str::to_ascii_lowercase);
    one.scheme() == other.scheme() && host(one) == host(other) && port(one) == port(other)
}

type TokenFuture =
    Pin<Box<dyn Future<Output = Result<Arc<TokenResponse>, TokenRequestError>> + Send>>;

pin_project! {
    /// The answer of an [`AddToken`].
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
        used: Option<(TokenClient, Option<Arc<TokenResponse>>)>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<S, B, F> {
        Waiting { wait: TokenFuture, request: Option<(S, Request<B>)> },
        Sent { #[pin] future: F },
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<R>, AddTokenError<S::Error>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let future = match this.state.as_mut().project() {
                StateProj::Sent { future } => {
                    let answer = ready!(future.poll(cx)).map_err(AddTokenError::Inner)?;
                    if let Some((client, Some(token))) = this.used.take()
                        && is_refused(&answer)
                    {
                        client.invalidate(&token);
                    }
                    return Poll::Ready(Ok(answer));
                }
                StateProj::Waiting { wait, request } => {
                    let token = ready!(wait.as_mut().poll(cx)).map_err(AddTokenError::Token)?;
                    let Some((mut service, mut request)) = request.take() else {
                        return Poll::Pending;
                    };
                    request.headers_mut().insert(AUTHORIZATION, token.authorization());
                    if let Some((_, used)) = this.used {
                        *used = Some(token);
                    }
                    service.call(request)
                }
            };
            this.state.set(State::Sent { future });
        }
    }
}

/// Whether the API says that the token is bad, not that it grants too little.
fn is_refused<R>(answer: &Response<R>) -> bool {
    answer.status() == StatusCode::UNAUTHORIZED
        && Challenge::from_headers(answer.headers())
            .iter()
            .any(|challenge| challenge.error() == Some("invalid_token"))
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// Why a request got no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum AddTokenError<E> {
    /// There is no token, so it was not sent.
    Token(TokenRequestError),
    /// It was sent, and failed.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for AddTokenError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for AddTokenError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Token(error) => Some(error),
            Self::Inner(error) => Some(error),
        }
    }
}

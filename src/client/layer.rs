use std::{
    error::Error,
    fmt, mem,
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    Request, Response, Uri,
    header::{AUTHORIZATION, Entry},
};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    api::Apis,
    api_answer::InsufficientScope,
    error::TokenRequestError,
    response_future::{ResponseFuture, wait_for},
    token_client::TokenClient,
};
use crate::{error::ConfigError, scope::ScopeSet, transport::UrlRule};

/// Adds tokens to the requests that a service sends to an API, over any client of `http` requests.
///
/// Requests to any other origin, and those that carry credentials already, are sent unchanged: a
/// token is never sent anywhere else (RFC 6750 §5.3). Put the layer inside one that follows
/// redirects, or below a client that removes `Authorization` when a redirect leaves the origin.
///
/// The layer handles answers of the API as follows:
///
/// - 401 `invalid_token`: the token is renewed, once for all requests that were refused with it,
///   and the request is sent a second time if its body can be
///   ([`replay_bodies`](Self::replay_bodies)). Otherwise, or if that is refused as well, the answer
///   is returned as it is.
/// - 403 `insufficient_scope`: [`AddTokenError::InsufficientScope`] says what is missing; see
///   [`step_up_within`](Self::step_up_within).
/// - Any other, 503 for instance, says nothing about the token.
///
/// # Cancel safety
/// Dropping the future of a call cancels only that request: a token request that it waits for
/// continues, and its token serves the next call.
#[derive(Clone, Debug)]
pub struct AddTokenLayer {
    pub(super) apis: Arc<Apis>,
}

impl AddTokenLayer {
    /// Adds the tokens of `client` to requests to the origin of `api`: its scheme, host and port.
    ///
    /// # Errors
    /// When `api` is not an absolute https URL.
    pub fn new(client: TokenClient, api: Uri) -> Result<Self, ConfigError> {
        Self::by_rule(UrlRule::default(), client, api)
    }

    /// The same for an API on plain http on this machine's loopback addresses: for tests and
    /// development.
    ///
    /// # Errors
    /// When `api` is neither an absolute https URL nor http to a loopback address.
    pub fn allow_loopback_http(client: TokenClient, api: Uri) -> Result<Self, ConfigError> {
        Self::by_rule(UrlRule::default().allow_loopback(), client, api)
    }

    fn by_rule(rule: UrlRule, client: TokenClient, api: Uri) -> Result<Self, ConfigError> {
        Ok(Self { apis: Arc::new(Apis::new(rule).add(client, api)?) })
    }

    /// Adds the tokens of `client` to requests to the origin of another API, too. A client for
    /// another audience comes from [`TokenClient::with_parameters`].
    ///
    /// # Errors
    /// When `api` is not allowed by the rule of the first one, or has the origin of one that was
    /// given before.
    pub fn with_api(self, client: TokenClient, api: Uri) -> Result<Self, ConfigError> {
        Ok(Self { apis: Arc::new(Arc::unwrap_or_clone(self.apis).add(client, api)?) })
    }

    /// Sends a request a second time, after its token was refused and renewed, if its body is a
    /// `B`: a body whose clones send the same, such as `Full<Bytes>` and `Empty<Bytes>` of
    /// `http-body-util`. `()`, `Bytes` and `String` are replayed without this.
    #[must_use]
    pub fn replay_bodies<B: Clone + 'static>(self) -> Self {
        self.replay_bodies_with(|body: &B| Some(body.clone()))
    }

    /// The same for bodies of the type `B` that `copy` copies; `None` for one that can be sent only
    /// once. For a body type without clones, for instance, the empty ones:
    /// `|body: &Body| body.is_end_stream().then(Body::default)`.
    #[must_use]
    pub fn replay_bodies_with<B: 'static>(
        self,
        copy: impl Fn(&B) -> Option<B> + Send + Sync + 'static,
    ) -> Self {
        let mut apis = Arc::unwrap_or_clone(self.apis);
        apis.replays.add(copy);
        Self { apis: Arc::new(apis) }
    }

    /// Answers 403 `insufficient_scope` by one request for a token that also has what is missing,
    /// and sends the request a second time with it, if its body can be.
    ///
    /// Only if `ceiling` lists each missing scope, byte for byte, and for the audience and resource
    /// of that API's client: an API cannot make a client fetch a token of its choice. The stronger
    /// token is kept for later requests that are challenged for the same scopes, and used for
    /// nothing else; 8 of them for each API at most.
    #[must_use]
    pub fn step_up_within(self, ceiling: ScopeSet) -> Self {
        Self { apis: Arc::new(Arc::unwrap_or_clone(self.apis).step_up_within(ceiling)) }
    }

    /// Adds the first API's token to requests whose URL has neither scheme nor host as well: for an
    /// inner service that is connected to that API alone, such as a gRPC channel.
    #[must_use]
    pub fn relative_urls(self) -> Self {
        Self { apis: Arc::new(Arc::unwrap_or_clone(self.apis).relative_urls()) }
    }
}

impl<S> Layer<S> for AddTokenLayer {
    type Service = AddToken<S>;

    fn layer(&self, inner: S) -> AddToken<S> {
        AddToken { inner, apis: self.apis.clone() }
    }
}

/// A service that adds tokens to its requests; see [`AddTokenLayer`].
#[derive(Clone, Debug)]
pub struct AddToken<S> {
    inner: S,
    apis: Arc<Apis>,
}

impl<S, B, R> Service<Request<B>> for AddToken<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: 'static,
{
    type Response = Response<R>;
    type Error = AddTokenError<S::Error>;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(AddTokenError::Inner)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let api = self.apis.find(request.uri());
        let Some((api, client)) = api.and_then(|api| Some((api, self.apis.client(api)?))) else {
            return ResponseFuture::unchanged(self.inner.call(request));
        };
        // One header lookup both checks for credentials and finds the place for ours.
        match (request.headers_mut().entry(AUTHORIZATION), client.cached()) {
            (Entry::Vacant(place), Some(token)) => {
                place.insert(token.authorization());
                ResponseFuture::with_token(&self.apis, api, token, &mut self.inner, request)
            }
            (Entry::Vacant(_), None) => {
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                ResponseFuture::waiting(&self.apis, api, wait_for(client), ready, request)
            }
            (Entry::Occupied(_), _) => ResponseFuture::unchanged(self.inner.call(request)),
        }
    }
}

/// The reason why a request with a token failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum AddTokenError<E> {
    /// There is no token, so the request was not sent.
    Token(TokenRequestError),
    /// The API answered 403: the token does not grant what the request needs.
    InsufficientScope(InsufficientScope),
    /// The request was sent, and failed.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for AddTokenError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(error) => error.fmt(f),
            Self::InsufficientScope(error) => error.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for AddTokenError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Token(error) => Some(error),
            Self::InsufficientScope(error) => Some(error),
            Self::Inner(error) => Some(error),
        }
    }
}

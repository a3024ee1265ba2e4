use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response, header::AUTHORIZATION};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    api::{Apis, grants},
    api_answer::{InsufficientScope, TokenVerdict, judge},
    error::TokenRequestError,
    layer::AddTokenError,
    token_client::TokenClient,
    token_response::TokenResponse,
};

/// A token request that a request waits for.
pub(super) type TokenFuture =
    Pin<Box<dyn Future<Output = Result<Arc<TokenResponse>, TokenRequestError>> + Send>>;

/// Waits for a token of `client`.
pub(super) fn wait_for(client: &TokenClient) -> TokenFuture {
    let client = client.clone();
    Box::pin(async move { client.token().await })
}

pin_project! {
    /// The response future of an [`AddToken`](super::AddToken).
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future, S::Response>,
        api: Option<(Arc<Apis>, usize)>,
        token: Option<Arc<TokenResponse>>,
        stronger: Option<Box<TokenClient>>,
        replay: Option<Box<Replay<S, B>>>,
    }
}

/// The copies with which a request is sent a second time.
struct Replay<S, B> {
    service: S,
    request: Request<B>,
}

pin_project! {
    /// Rarely used parts are boxed, so that the future stays small.
    #[project = StateProj]
    enum State<S, B, F, R> {
        /// The request was sent.
        InFlight { #[pin] future: F },
        /// The request waits for a token.
        WaitingForToken { wait: TokenFuture, request: Option<Box<Replay<S, B>>> },
        /// The token was refused, and the request waits for a better one.
        Renewing { wait: TokenFuture, refused: Option<Box<Refused<R>>> },
        /// The request is sent again as soon as the service is ready.
        Replaying { request: Option<Box<Replay<S, B>>> },
    }
}

/// The result if there is no better token.
enum Refused<R> {
    Invalid(R),
    InsufficientScope(InsufficientScope),
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    /// Returns the answer to a request that is sent without a token of ours.
    pub(super) fn unchanged(future: S::Future) -> Self {
        Self {
            state: State::InFlight { future },
            api: None,
            token: None,
            stronger: None,
            replay: None,
        }
    }

    /// Sends the request as soon as there is a token, by `service`, which is ready.
    pub(super) fn waiting(
        apis: &Arc<Apis>,
        api: usize,
        wait: TokenFuture,
        service: S,
        request: Request<B>,
    ) -> Self {
        Self {
            state: State::WaitingForToken {
                wait,
                request: Some(Box::new(Replay { service, request })),
            },
            api: Some((apis.clone(), api)),
            token: None,
            stronger: None,
            replay: None,
        }
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>> + Clone,
    B: 'static,
{
    /// Sends the request, which has `token`, by `service`, which is ready.
    pub(super) fn with_token(
        apis: &Arc<Apis>,
        api: usize,
        token: Arc<TokenResponse>,
        service: &mut S,
        request: Request<B>,
    ) -> Self {
        let (future, replay) = send(apis, service, request);
        Self {
            state: State::InFlight { future },
            api: Some((apis.clone(), api)),
            token: Some(token),
            stronger: None,
            replay,
        }
    }
}

/// Sends the request, and keeps a copy if its body can be copied.
fn send<S, B>(
    apis: &Apis,
    service: &mut S,
    request: Request<B>,
) -> (S::Future, Option<Box<Replay<S, B>>>)
where
    S: Service<Request<B>> + Clone,
    B: 'static,
{
    let replay = apis.replays.copy(request.body()).map(|body| {
        let mut copy = Request::new(body);
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        *copy.version_mut() = request.version();
        *copy.headers_mut() = request.headers().clone();
        *copy.extensions_mut() = request.extensions().clone();
        Box::new(Replay { service: service.clone(), request: copy })
    });
    (service.call(request), replay)
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    B: 'static,
{
    type Output = Result<Response<R>, AddTokenError<S::Error>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProj::InFlight { future } => {
                    let answer = ready!(future.poll(cx)).map_err(AddTokenError::Inner)?;
                    let (Some((apis, api)), Some(token)) = (&this.api, &this.token) else {
                        return Poll::Ready(Ok(answer));
                    };
                    match judge(answer.status(), answer.headers(), token.scope()) {
                        TokenVerdict::Unquestioned => return Poll::Ready(Ok(answer)),
                        TokenVerdict::Invalid => {
                            let used = this.stronger.as_deref().or(apis.client(*api));
                            let Some(client) = used else {
                                return Poll::Ready(Ok(answer));
                            };
                            client.invalidate(token);
                            if this.replay.is_none() {
                                return Poll::Ready(Ok(answer));
                            }
                            let refused = Some(Box::new(Refused::Invalid(answer)));
                            State::Renewing { wait: wait_for(client), refused }
                        }
                        TokenVerdict::InsufficientScope(error) => {
                            let stronger = this.replay.as_ref().and(apis.step_up(*api, &error));
                            let Some(stronger) = stronger else {
                                return Poll::Ready(Err(AddTokenError::InsufficientScope(error)));
                            };
                            let refused = Some(Box::new(Refused::InsufficientScope(error)));
                            let wait = wait_for(&stronger);
                            *this.stronger = Some(Box::new(stronger));
                            State::Renewing { wait, refused }
                        }
                    }
                }
                StateProj::WaitingForToken { wait, request } => {
                    let token = ready!(wait.as_mut().poll(cx)).map_err(AddTokenError::Token)?;
                    let (Some(first), Some((apis, _))) = (request.take(), &this.api) else {
                        return Poll::Pending;
                    };
                    let Replay { mut service, mut request } = *first;
                    request.headers_mut().insert(AUTHORIZATION, token.authorization());
                    let (future, replay) = send(apis, &mut service, request);
                    *this.token = Some(token);
                    *this.replay = replay;
                    State::InFlight { future }
                }
                StateProj::Renewing { wait, refused } => {
                    let renewed = ready!(wait.as_mut().poll(cx)).ok();
                    let sent = this.token.as_ref();
                    let better = renewed.filter(|token| is_better(token, sent, refused.as_deref()));
                    let (Some(token), Some(mut replay)) = (better, this.replay.take()) else {
                        return match refused.take().map(|refused| *refused) {
                            Some(Refused::Invalid(answer)) => Poll::Ready(Ok(answer)),
                            Some(Refused::InsufficientScope(error)) => {
                                Poll::Ready(Err(AddTokenError::InsufficientScope(error)))
                            }
                            None => Poll::Pending,
                        };
                    };
                    replay.request.headers_mut().insert(AUTHORIZATION, token.authorization());
                    *this.token = Some(token);
                    State::Replaying { request: Some(replay) }
                }
                StateProj::Replaying { request } => {
                    if let Some(replay) = request {
                        ready!(replay.service.poll_ready(cx)).map_err(AddTokenError::Inner)?;
                    }
                    let Some(replay) = request.take() else {
                        return Poll::Pending;
                    };
                    let Replay { mut service, request } = *replay;
                    State::InFlight { future: service.call(request) }
                }
            };
            this.state.set(next);
        }
    }
}

/// Returns true if a token justifies a second request: it is not the refused one, and it has the
/// missing scopes.
fn is_better<R>(
    token: &Arc<TokenResponse>,
    sent: Option<&Arc<TokenResponse>>,
    refused: Option<&Refused<R>>,
) -> bool {
    let same = sent.is_some_and(|sent| Arc::ptr_eq(sent, token));
    let missing = match refused {
        Some(Refused::InsufficientScope(error)) => Some(error.missing()),
        _ => None,
    };
    !same && missing.is_none_or(|missing| grants(token.scope(), missing))
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

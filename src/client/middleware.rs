use std::{future::Future, pin::Pin, sync::Arc};

use http::{Extensions, HeaderValue, Uri, header::AUTHORIZATION};
use reqwest::{Request, Response, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};

use super::{
    api::{Apis, grants},
    api_answer::{TokenVerdict, judge},
    layer::AddTokenLayer,
};

/// Adds tokens to the requests of a `reqwest` client (feature `reqwest-middleware`); made by
/// [`AddTokenLayer::into_middleware`].
///
/// It behaves as [`AddTokenLayer`] does. A body can be sent a second time if `reqwest` can clone
/// it: all but streams. When a redirect leaves the API's origin, `reqwest` removes the token, and
/// what the other origin answers says nothing about it.
///
/// A failure is a [`reqwest_middleware::Error::Middleware`] of a
/// [`TokenRequestError`](super::TokenRequestError) or an
/// [`InsufficientScope`](super::InsufficientScope).
///
/// # Cancel safety
/// As [`AddTokenLayer`].
///
/// ```no_run
/// use tower_bearer::client::{AddTokenLayer, TokenClient};
///
/// # fn example(tokens: TokenClient) -> Result<(), Box<dyn std::error::Error>> {
/// let maps = AddTokenLayer::new(tokens, "https://maps.example".parse()?)?;
/// let http = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
///     .with(maps.into_middleware())
///     .build();
/// # let _ = http;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TokenMiddleware {
    apis: Arc<Apis>,
}

impl AddTokenLayer {
    /// The same as a middleware of the crate `reqwest-middleware`.
    #[must_use]
    pub fn into_middleware(self) -> TokenMiddleware {
        TokenMiddleware { apis: self.apis }
    }
}

impl Middleware for TokenMiddleware {
    fn handle<'a, 'e, 'n, 'f>(
        &'a self,
        request: Request,
        extensions: &'e mut Extensions,
        next: Next<'n>,
    ) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + 'f>>
    where
        'a: 'f,
        'e: 'f,
        'n: 'f,
        Self: 'f,
    {
        Box::pin(self.send(request, extensions, next))
    }
}

impl TokenMiddleware {
    async fn send(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let api =
            self.find(request.url()).filter(|_| !request.headers().contains_key(AUTHORIZATION));
        let Some((api, client)) = api.and_then(|api| Some((api, self.apis.client(api)?))) else {
            return next.run(request, extensions).await;
        };
        let token = client.token().await.map_err(Error::middleware)?;
        let replay = request.try_clone();
        request.headers_mut().insert(AUTHORIZATION, token.authorization());
        let answer = next.clone().run(request, extensions).await?;
        let better = match self.judge(api, &answer, &token) {
            TokenVerdict::Unquestioned => return Ok(answer),
            TokenVerdict::Invalid => {
                client.invalidate(&token);
                let renewed = if replay.is_some() { client.token().await.ok() } else { None };
                renewed.filter(|renewed| !Arc::ptr_eq(renewed, &token)).map(|t| (t, client.clone()))
            }
            TokenVerdict::InsufficientScope(error) => {
                let stronger = replay.as_ref().and(self.apis.step_up(api, &error));
                let Some(stronger) = stronger else { return Err(Error::middleware(error)) };
                match stronger.token().await {
                    Ok(token) if grants(token.scope(), error.missing()) => Some((token, stronger)),
                    _ => return Err(Error::middleware(error)),
                }
            }
        };
        let (Some((token, client)), Some(replay)) = (better, replay) else { return Ok(answer) };
        drop(answer);
        let answer = next.run(with(replay, token.authorization()), extensions).await?;
        match self.judge(api, &answer, &token) {
            TokenVerdict::Unquestioned => {}
            TokenVerdict::Invalid => client.invalidate(&token),
            TokenVerdict::InsufficientScope(error) => return Err(Error::middleware(error)),
        }
        Ok(answer)
    }

    fn find(&self, url: &Url) -> Option<usize> {
        self.apis.find(&url.as_str().parse::<Uri>().ok()?)
    }

    /// Returns the verdict on `token`, unless another origin answered after a redirect.
    fn judge(&self, api: usize, answer: &Response, token: &super::TokenResponse) -> TokenVerdict {
        if self.find(answer.url()) == Some(api) {
            judge(answer.status(), answer.headers(), token.scope())
        } else {
            TokenVerdict::Unquestioned
        }
    }
}

fn with(mut request: Request, authorization: HeaderValue) -> Request {
    request.headers_mut().insert(AUTHORIZATION, authorization);
    request
}

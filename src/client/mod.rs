//! The calling side: access tokens for a service that calls APIs, fetched, kept and renewed.
//!
//! ```no_run
//! use http::Uri;
//! use tower_bearer::{
//!     Issuer,
//!     client::{AddTokenLayer, ClientCredentials, SecretSource, TokenClient},
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = ClientCredentials::new("gift-deliveries", SecretSource::env("CLIENT_SECRET"));
//! let tokens = TokenClient::discover(Issuer::new("https://issuer.example")?, credentials)
//!     .audience("urn:worldmappers")
//!     .scope("directions")
//!     .build()?;
//!
//! // By hand, for any HTTP client:
//! let mut request = http::Request::get("https://maps.example/api/directions").body(())?;
//! request.headers_mut().insert(http::header::AUTHORIZATION, tokens.authorization().await?);
//!
//! // As a layer over a tower service that sends `http` requests:
//! let layer = AddTokenLayer::new(tokens, Uri::from_static("https://maps.example"))?;
//! # let _ = layer;
//! # Ok(())
//! # }
//! ```
//!
//! | to | see |
//! |---|---|
//! | get a token, or the value of `Authorization` | [`TokenClient`] |
//! | add tokens to the requests of a tower service | [`AddTokenLayer`] |
//! | add tokens to the requests of `reqwest` (feature `reqwest-middleware`) | `TokenMiddleware` |
//! | call several APIs | [`TokenClient::with_parameters`], [`AddTokenLayer::with_api`] |
//! | authenticate without a shared secret | [`ClientCredentials`], [`AssertionSource`] |
//! | use a grant other than client credentials | [`TokenGrant`] |
//! | find out why there is no token | [`TokenRequestError`] |
//!
//! # How tokens are renewed
//!
//! A token is fetched when it is first needed, by one request for all callers that wait. In the
//! last quarter of its lifetime, 20 minutes before its end at the earliest and with jitter, it is
//! renewed in the background, and stays in use while that fails; an expired token is never
//! returned. Nothing runs while nobody asks for a token.
//!
//! | event | what follows |
//! |---|---|
//! | a token request fails | backoff of 1 second, doubling up to a minute, with full jitter |
//! | the answer has `Retry-After` | a backoff of that length, up to 5 minutes |
//! | a refusal that the same request would get again, such as `invalid_client` | a backoff of 1 to 1.5 minutes at least |
//! | an API refuses a token | one renewal, shared by all whose token was refused |
//! | it refuses the new one within 10 seconds, too | backoff as after a failure; the token is used until it expires |
//! | the clock jumps | the token is fetched anew, once |
//!
//! # Cancel safety
//!
//! Every future of this module can be dropped at any time: a token request runs in a task of its
//! own, serves the next caller, and ends when the last handle to its client is dropped. It needs a
//! tokio runtime with time and I/O enabled.

mod api;
mod api_answer;
mod builder;
mod endpoint;
mod error;
mod grant;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod parameters;
mod renewal;
mod replay;
mod request;
mod response;
mod response_future;
mod scope_list;
mod single_flight;
mod token_client;
mod token_response;

#[cfg(feature = "reqwest-middleware")]
pub use self::middleware::TokenMiddleware;
pub use self::{
    api_answer::InsufficientScope,
    builder::TokenClientBuilder,
    error::{TokenRequestError, TokenRequestErrorKind},
    grant::{TokenExchange, TokenGrant},
    layer::{AddToken, AddTokenError, AddTokenLayer},
    parameters::TokenParameters,
    response_future::ResponseFuture,
    token_client::TokenClient,
    token_response::TokenResponse,
};
pub use crate::credentials::{
    AssertionSigner, AssertionSource, ClientAuthentication, ClientCredentials, SecretSource,
};

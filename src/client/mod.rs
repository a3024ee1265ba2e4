//! The calling side: a token by client credentials (RFC 6749 §4.4), kept and renewed.
//!
//! ```no_run
//! use tower_bearer::{client::{ClientCredentials, TokenClient}, secret::Secret};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = TokenClient::builder(
//!     "https://issuer.example/oauth/token".parse()?,
//!     ClientCredentials::new("gift-deliveries", Secret::new(std::env::var("CLIENT_SECRET")?)),
//! )
//! .audience("urn:worldmappers")
//! .scope("directions")
//! .build()?;
//!
//! let token = client.token().await?;
//! let mut request = http::Request::get("https://maps.example/api/directions").body(())?;
//! request.headers_mut().insert(http::header::AUTHORIZATION, token.authorization());
//! # Ok(())
//! # }
//! ```
//!
//! A token is fetched when it is first needed, by one request however many callers wait for it, and
//! renewed beside the callers shortly before it expires. After a failure the issuer is left alone
//! for a while. Fetching needs a tokio runtime with time and I/O enabled.

mod api;
mod api_answer;
mod builder;
mod credentials;
mod endpoint;
mod error;
mod grant;
mod layer;
mod location;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod origin;
mod parameters;
mod renewal;
mod replay;
mod request;
mod response;
mod response_future;
mod single_flight;
mod token_client;
mod token_response;

#[cfg(feature = "reqwest-middleware")]
pub use self::middleware::TokenMiddleware;
pub use self::{
    api_answer::InsufficientScope,
    builder::TokenClientBuilder,
    credentials::{
        AssertionSigner, AssertionSource, ClientAuthentication, ClientCredentials, SecretSource,
    },
    error::{TokenRequestError, TokenRequestErrorKind},
    grant::{TokenExchange, TokenGrant},
    layer::{AddToken, AddTokenError, AddTokenLayer},
    parameters::TokenParameters,
    response_future::ResponseFuture,
    token_client::TokenClient,
    token_response::TokenResponse,
};

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwapOption;
use http::{HeaderValue, Uri};

use super::{
    builder::TokenClientBuilder, endpoint::TokenEndpoint, error::TokenRequestError,
    parameters::TokenParameters, single_flight::TokenSlot, token_response::TokenResponse,
};
use crate::{
    claims::Issuer,
    credentials::{ClientCredentials, Location},
};

/// The most tokens of different parameters that a client and its clones keep. A service that calls
/// more APIs than this works, with more token requests.
const MAX_TOKENS: usize = 64;

/// Fetches, keeps and renews the access tokens of a service that calls an API.
///
/// A clone is another handle to the same token. Dropping the last handle stops all background work.
#[derive(Clone)]
pub struct TokenClient {
    slot: Arc<TokenSlot>,
    /// The slots of all parameters, the least recently requested first.
    slots: Arc<Mutex<Vec<Arc<TokenSlot>>>>,
}

impl TokenClient {
    /// A client of the token endpoint `endpoint`.
    pub fn builder(endpoint: Uri, credentials: ClientCredentials) -> TokenClientBuilder {
        TokenClientBuilder::new(Location::Endpoint(endpoint), credentials)
    }

    /// A client of the token endpoint that the metadata of `issuer` names (RFC 8414, OpenID Connect
    /// Discovery). They are fetched before the first token request, and must name that issuer (RFC
    /// 8414 §3.3); the endpoint is cached until it answers 404 or 410.
    ///
    /// ```no_run
    /// use tower_bearer::{
    ///     Issuer,
    ///     client::{ClientCredentials, SecretSource, TokenClient},
    /// };
    ///
    /// let credentials = ClientCredentials::new("gifts", SecretSource::env("CLIENT_SECRET"));
    /// let client = TokenClient::discover(Issuer::new("https://issuer.example")?, credentials)
    ///     .audience("urn:worldmappers")
    ///     .build()?;
    /// # let _ = client;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn discover(issuer: Issuer, credentials: ClientCredentials) -> TokenClientBuilder {
        let found = ArcSwapOption::empty();
        TokenClientBuilder::new(Location::Issuer { issuer, found }, credentials)
    }

    pub(super) fn new(endpoint: TokenEndpoint, parameters: TokenParameters) -> Self {
        let slot = Arc::new(TokenSlot::new(Arc::new(endpoint), parameters));
        let slots = Arc::new(Mutex::new(vec![slot.clone()]));
        Self { slot, slots }
    }

    /// Returns a handle to the token for other parameters, from the same issuer with the same
    /// credentials.
    ///
    /// Handles with equal parameters share a token. 64 tokens are cached; beyond that the one whose
    /// handle was requested the longest time ago is evicted, and its handles keep working.
    #[must_use]
    pub fn with_parameters(&self, parameters: TokenParameters) -> Self {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = slots.iter().position(|slot| *slot.parameters() == parameters);
        let slot = match known {
            Some(place) => slots.remove(place),
            None => {
                if slots.len() >= MAX_TOKENS {
                    slots.remove(0);
                }
                Arc::new(TokenSlot::new(self.slot.endpoint().clone(), parameters))
            }
        };
        slots.push(slot.clone());
        Self { slot, slots: self.slots.clone() }
    }

    /// The parameters of this handle's token requests.
    #[must_use]
    pub fn parameters(&self) -> &TokenParameters {
        self.slot.parameters()
    }

    /// Returns a token that is valid now.
    ///
    /// While there is one, this neither locks nor waits. In the last quarter of its lifetime, 20
    /// minutes before its end at the earliest, it is renewed in the background by one request, and
    /// stays in use while that fails. Callers wait only if there is no valid token, and all wait
    /// for the same request.
    ///
    /// # Errors
    /// The issuer refuses the request or cannot be reached. Until the backoff ends the same error
    /// is returned at once: 1 second, doubling up to a minute, with full jitter, or as long as
    /// `Retry-After` says up to 5 minutes; a minute at least after a refusal that the same request
    /// would get again, such as `invalid_client`.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing: the request continues in a task of its own, and its token
    /// serves the next caller.
    pub async fn token(&self) -> Result<Arc<TokenResponse>, TokenRequestError> {
        self.slot.token().await
    }

    /// The value of an `Authorization` field with a token that is good now, marked as sensitive:
    /// for HTTP clients that have no layer or middleware here.
    ///
    /// The caller decides where to send it: only to the API that it is for, over https, and not
    /// along a redirect to another origin (RFC 6750 §5.3).
    ///
    /// # Errors
    /// As [`token`](Self::token).
    ///
    /// # Cancel safety
    /// As [`token`](Self::token).
    pub async fn authorization(&self) -> Result<HeaderValue, TokenRequestError> {
        Ok(self.token().await?.authorization())
    }

    /// Discards this token because an API refused it as `invalid_token`, so that the next call
    /// fetches another. A token that has been replaced in the meantime is left alone, so that all
    /// callers whose token was refused share one renewal.
    ///
    /// When the replacement is refused within 10 seconds of its arrival as well, it is not
    /// discarded at once: the API would most likely refuse another one, too. It stays in use until
    /// a backoff ends (1 second, doubling up to a minute, with full jitter), and then replaced.
    pub fn invalidate(&self, token: &Arc<TokenResponse>) {
        self.slot.refuse(token);
    }

    /// Hands the token of this handle back (RFC 7009), so that nobody can use it any more: when a
    /// service stops, or when its token may have leaked. Without a token it does nothing. The next call
    /// of [`token`](Self::token) fetches another.
    ///
    /// APIs that verify tokens by themselves refuse it only if issuer and API use status lists.
    ///
    /// ```no_run
    /// # async fn stop(client: tower_bearer::client::TokenClient) {
    /// if let Err(error) = client.revoke().await {
    ///     eprintln!("the token is valid until it expires: {error}");
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// The issuer refuses the request, cannot be reached, or has no revocation endpoint. The token is
    /// not in use any more, and valid until it expires.
    ///
    /// # Cancel safety
    /// A dropped future may have sent the request or not; the token is not in use any more.
    pub async fn revoke(&self) -> Result<(), TokenRequestError> {
        match self.slot.take() {
            Some(token) => self.slot.endpoint().revoke(token.secret()).await,
            None => Ok(()),
        }
    }

    /// Returns a token that is valid now, without waiting.
    pub(super) fn cached(&self) -> Option<Arc<TokenResponse>> {
        self.slot.cached()
    }
}

impl fmt::Debug for TokenClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClient")
            .field("endpoint", self.slot.endpoint())
            .field("parameters", self.parameters())
            .finish_non_exhaustive()
    }
}

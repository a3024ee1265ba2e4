use std::{fmt, sync::Arc};

use http::Uri;

use super::{
    credentials::{ClientAuthentication, ClientCredentials},
    request::TokenRequest,
    token_client::TokenClient,
};
use crate::{
    error::{ConfigError, Problems},
    scope::ScopeSet,
    time::{Clock, SystemClock},
    transport::{Transport, UrlRule, default_transport},
};

/// Sets up a [`TokenClient`]; made by [`TokenClient::builder`].
#[must_use]
pub struct TokenClientBuilder {
    request: TokenRequest,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    url_rule: UrlRule,
}

impl TokenClientBuilder {
    pub(super) fn new(endpoint: Uri, credentials: ClientCredentials) -> Self {
        Self {
            request: TokenRequest {
                endpoint,
                credentials,
                authentication: ClientAuthentication::default(),
                audience: None,
                resource: None,
                scope: None,
            },
            transport: None,
            clock: Arc::new(SystemClock),
            url_rule: UrlRule::Https,
        }
    }

    /// How the credentials are sent: `client_secret_basic` by default.
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.request.authentication = authentication;
        self
    }

    /// For which API: the `audience` parameter that Auth0 and others take.
    pub fn audience(mut self, audience: impl Into<Box<str>>) -> Self {
        self.request.audience = Some(audience.into());
        self
    }

    /// For which API: the `resource` parameter of RFC 8707, an absolute URI.
    pub fn resource(mut self, resource: impl Into<Box<str>>) -> Self {
        self.request.resource = Some(resource.into());
        self
    }

    /// Which scopes, separated by spaces. Without, the issuer decides.
    pub fn scope(mut self, scope: impl Into<Box<str>>) -> Self {
        self.request.scope = Some(scope.into());
        self
    }

    /// Fetches by a transport of your own.
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// Tells the time; the system's clock by default.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Lets the token endpoint be on plain http on this machine's loopback addresses: for tests and
    /// development.
    pub fn allow_loopback_http(self) -> Self {
        Self { url_rule: UrlRule::HttpsOrLoopback, ..self }
    }

    /// Builds the client. Nothing is fetched yet.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn build(self) -> Result<TokenClient, ConfigError> {
        let mut problems = Problems::default();
        if let Err(cure) = self.url_rule.check(&self.request.endpoint) {
            problems.add("token endpoint", cure);
        }
        if self.request.credentials.id.is_empty() {
            problems.add("client id", "is empty; give the one that the issuer knows");
        }
        if self.request.credentials.secret.expose().is_empty() {
            problems.add("client secret", "is empty; give the one that the issuer made");
        }
        if self.request.scope.as_deref().is_some_and(|scope| ScopeSet::parse(scope).is_err()) {
            problems.add("scope", "lists more than 256 scopes; ask for fewer");
        }
        if self.transport.is_none() && cfg!(not(feature = "reqwest")) {
            problems.add("transport", "is missing; set one, or turn on the feature `reqwest`");
        }
        let transport = self.transport.unwrap_or_else(default_transport);
        problems.or(TokenClient::new(self.request, transport, self.clock))
    }
}

impl fmt::Debug for TokenClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClientBuilder").field("request", &self.request).finish_non_exhaustive()
    }
}

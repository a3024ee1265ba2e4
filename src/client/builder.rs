use std::{fmt, sync::Arc};

use arc_swap::ArcSwapOption;
use http::Uri;

use super::{
    endpoint::{REVOCATION_ENDPOINT, TOKEN_ENDPOINT, TokenEndpoint},
    grant::TokenGrant,
    parameters::TokenParameters,
    token_client::TokenClient,
};
use crate::{
    credentials::{ClientAuthentication, ClientCredentials, Location},
    error::{ConfigError, Problems},
    metrics::ClientMetrics,
    scope::ScopeSet,
    time::{Clock, SystemClock},
    transport::{HttpSettings, Transport, UrlRule, default_transport},
};

/// Sets up a [`TokenClient`]; made by [`TokenClient::builder`].
#[must_use]
pub struct TokenClientBuilder {
    location: Location,
    revocation: Option<Uri>,
    credentials: ClientCredentials,
    authentication: ClientAuthentication,
    assertion_audience: Option<Box<str>>,
    grant: TokenGrant,
    parameters: TokenParameters,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    url_rule: UrlRule,
    http: HttpSettings,
}

impl TokenClientBuilder {
    pub(super) fn new(location: Location, credentials: ClientCredentials) -> Self {
        Self {
            location,
            revocation: None,
            credentials,
            authentication: ClientAuthentication::default(),
            assertion_audience: None,
            grant: TokenGrant::default(),
            parameters: TokenParameters::new(),
            transport: None,
            clock: Arc::new(SystemClock),
            url_rule: UrlRule::default(),
            http: HttpSettings::new(),
        }
    }

    /// Sets how a client secret is sent: `client_secret_basic` by default.
    pub fn authentication(self, authentication: ClientAuthentication) -> Self {
        Self { authentication, ..self }
    }

    /// Sets the revocation endpoint (RFC 7009) to which [`TokenClient::revoke`] hands tokens back. By
    /// default it is the one that the issuer's metadata names, if the client was made by
    /// [`TokenClient::discover`].
    pub fn revocation_endpoint(self, endpoint: Uri) -> Self {
        Self { revocation: Some(endpoint), ..self }
    }

    /// Sets the audience of the client's assertions. By default it is the issuer's identifier, or
    /// the URL of the token endpoint where the client was made from that.
    pub fn assertion_audience(self, audience: impl Into<Box<str>>) -> Self {
        Self { assertion_audience: Some(audience.into()), ..self }
    }

    /// Sets the grant: client credentials by default.
    pub fn grant(self, grant: TokenGrant) -> Self {
        Self { grant, ..self }
    }

    /// Sets the `audience` parameter, by which Auth0 and others name an API.
    pub fn audience(self, audience: impl Into<Box<str>>) -> Self {
        Self { parameters: self.parameters.audience(audience), ..self }
    }

    /// Sets the `resource` parameter of RFC 8707, an absolute URI.
    pub fn resource(self, resource: impl Into<Box<str>>) -> Self {
        Self { parameters: self.parameters.resource(resource), ..self }
    }

    /// Sets the requested scopes, separated by spaces. By default the issuer decides.
    pub fn scope(self, scope: impl Into<Box<str>>) -> Self {
        Self { parameters: self.parameters.scope(scope), ..self }
    }

    /// Sets the transport of token requests.
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// Sets the clock; the system's clock by default.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Allows a token endpoint on plain http on this machine's loopback addresses: for tests and
    /// development.
    pub fn allow_loopback_http(self) -> Self {
        Self { url_rule: self.url_rule.allow_loopback(), ..self }
    }

    /// Allows the token endpoint and the issuer's metadata to be reached by plain http at these
    /// hosts, each with its port, such as `keycloak:8080`. Client secrets and tokens cross the
    /// network in the clear: only where that network is your own. An API gets tokens over https as
    /// before.
    pub fn allow_http_to(self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { url_rule: self.url_rule.allow_hosts(hosts), ..self }
    }

    /// Sets the root certificates, the proxy and the headers of token requests. Headers and bearer
    /// tokens are sent to the configured issuer or token endpoint only.
    pub fn http(self, http: HttpSettings) -> Self {
        Self { http, ..self }
    }

    /// Builds the client. Nothing is fetched yet.
    ///
    /// # Errors
    /// Every setting that is wrong, with what to do.
    pub fn build(self) -> Result<TokenClient, ConfigError> {
        let mut problems = Problems::default();
        if let Err((setting, help)) = self.location.check(TOKEN_ENDPOINT, &self.url_rule) {
            problems.add(setting, help);
        }
        let revocation = match (self.revocation, &self.location) {
            (Some(endpoint), _) => Some(Location::Endpoint(endpoint)),
            (None, Location::Issuer { issuer, .. }) => {
                let issuer = issuer.clone();
                Some(Location::Issuer { issuer, found: ArcSwapOption::empty() })
            }
            (None, Location::Endpoint(_)) => None,
        };
        if let Some(location @ Location::Endpoint(_)) = &revocation
            && let Err((setting, help)) = location.check(REVOCATION_ENDPOINT, &self.url_rule)
        {
            problems.add(setting, help);
        }
        self.credentials.check(&mut problems);
        self.grant.check(&mut problems);
        if self.parameters.scope.as_deref().is_some_and(|scope| ScopeSet::parse(scope).is_err()) {
            problems.add("scope", "lists more than 256 scopes; ask for fewer");
        }
        if self.transport.is_none() && cfg!(not(feature = "reqwest")) {
            problems.add("transport", "is missing; set one, or turn on the feature `reqwest`");
        }
        if let Some(help) = self.url_rule.fault() {
            problems.add("allow_http_to", help);
        }
        let transport = self.http.open(
            self.transport,
            || default_transport(&self.url_rule),
            &self.url_rule,
            self.location.address().as_ref(),
            &mut |setting, help| problems.add(setting, help),
        );
        self.url_rule.warn();
        let endpoint = TokenEndpoint {
            metrics: ClientMetrics::new(self.credentials.id()),
            assertion_audience: self
                .assertion_audience
                .unwrap_or_else(|| self.location.audience().into()),
            location: self.location,
            revocation,
            url_rule: self.url_rule,
            credentials: self.credentials,
            authentication: self.authentication,
            grant: self.grant,
            transport,
            clock: self.clock,
        };
        problems.or(TokenClient::new(endpoint, self.parameters))
    }
}

impl fmt::Debug for TokenClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenClientBuilder")
            .field("location", &self.location)
            .field("credentials", &self.credentials)
            .field("parameters", &self.parameters)
            .finish_non_exhaustive()
    }
}

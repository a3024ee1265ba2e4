use std::{fmt, sync::Arc};

use http::Uri;

use super::{ResourceServer, guard::Api, resource_metadata::Metadata, token_source::TokenSource};
#[cfg(feature = "introspection")]
use crate::trust::{OpaqueTokens, check_introspection};
use crate::{
    claims::{IdentifierError, Issuer},
    denylist::Denylist,
    error::{ConfigError, Problems},
    jwks::{Keys, RemoteJwks},
    metadata::ProtectedResource,
    metrics::{CacheMetrics, IssuersMetrics, RequestMetrics},
    refusal::Refusals,
    time::{Clock, SystemClock},
    transport::{HttpSettings, UrlRule, default_transport},
    trust::{
        Authenticator, IssuerContext, RefusalLog, ResolveIssuer, Resolver, TokenCache,
        TrustedIssuer,
    },
    verify::{AudienceRule, TokenLimits, Verifier},
};

/// Sets up a [`ResourceServer`]; made by [`ResourceServer::builder`] and
/// [`ResourceServer::discover`].
///
/// The settings of tokens (`algorithms`, `leeway` and so on) apply to the issuer named last.
#[must_use]
pub struct ResourceServerBuilder {
    pub(super) issuers: Vec<TrustedIssuer>,
    pub(super) resolver: Option<(usize, ResolveIssuer)>,
    /// What cannot be an issuer or an audience.
    pub(super) invalid: Vec<IdentifierError>,
    /// A setting of tokens came before the first issuer that it could apply to.
    pub(super) misplaced: bool,
    /// The same for settings of the requests for keys.
    pub(super) http_misplaced: bool,
    pub(super) realm: Option<Box<str>>,
    pub(super) resource_metadata: Option<Uri>,
    pub(super) protected_resource: Option<ProtectedResource>,
    pub(super) hook: Option<Box<dyn FnOnce(Refusals) -> Refusals + Send>>,
    #[cfg(feature = "grpc")]
    pub(super) grpc_statuses: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) url_rule: UrlRule,
    pub(super) cache_bytes: Option<usize>,
    pub(super) limits: TokenLimits,
    pub(super) token_sources: Vec<TokenSource>,
}

impl ResourceServerBuilder {
    pub(super) fn new(issuers: Vec<TrustedIssuer>) -> Self {
        Self {
            issuers,
            resolver: None,
            invalid: Vec::new(),
            misplaced: false,
            http_misplaced: false,
            realm: None,
            resource_metadata: None,
            protected_resource: None,
            hook: None,
            #[cfg(feature = "grpc")]
            grpc_statuses: false,
            clock: Arc::new(SystemClock),
            url_rule: UrlRule::default(),
            cache_bytes: None,
            limits: TokenLimits::default(),
            token_sources: Vec::new(),
        }
    }

    /// Trusts one more issuer, with its own audience, keys and settings. The token's `iss` picks
    /// one by exact match; a key of one never admits a token of another (RFC 8725 §3.8).
    pub fn issuer(
        self,
        issuer: impl TryInto<Issuer, Error: Into<IdentifierError>>,
        audience: impl TryInto<AudienceRule, Error: Into<IdentifierError>>,
        keys: impl Into<Keys>,
    ) -> Self {
        self.push(issuer, audience, |_| keys.into())
    }

    /// The same for an issuer whose keys are found by its metadata.
    pub(super) fn discovered_issuer(
        self,
        issuer: impl TryInto<Issuer, Error: Into<IdentifierError>>,
        audience: impl TryInto<AudienceRule, Error: Into<IdentifierError>>,
    ) -> Self {
        self.push(issuer, audience, |issuer| RemoteJwks::discover(issuer.clone()).into())
    }

    fn push(
        mut self,
        issuer: impl TryInto<Issuer, Error: Into<IdentifierError>>,
        audience: impl TryInto<AudienceRule, Error: Into<IdentifierError>>,
        keys: impl FnOnce(&Issuer) -> Keys,
    ) -> Self {
        match (issuer.try_into().map_err(Into::into), audience.try_into().map_err(Into::into)) {
            (Ok(issuer), Ok(audience)) => {
                let keys = keys(&issuer);
                self.issuers.push(TrustedIssuer::new(Verifier::new(issuer, audience), keys));
            }
            (issuer, audience) => {
                self.invalid.extend([issuer.err(), audience.err()].into_iter().flatten());
            }
        }
        self
    }

    /// Trusts issuers that are known only at run time, such as those of tenants. `resolve` receives
    /// the **unverified** `iss` of a token that no setting names, and returns how that issuer is
    /// trusted, or `None`. It runs on the thread that serves the request: look the name up in an
    /// allow-list in memory, and never build a URL from it.
    ///
    /// A resolved issuer is in use until [`forget_issuer`](ResourceServer::forget_issuer), or until it
    /// gives way: at most `limit` issuers are in use, so set it to at least the number of tenants.
    /// One that has admitted no token yet gives way at once, another after 5 minutes without an
    /// admission; if none gives way, tokens of further issuers are answered 503. An issuer takes a
    /// place only when a token has passed every check that needs no key.
    ///
    /// An issuer of another name, or settings that would not build, are answered 500 and logged.
    ///
    /// ```
    /// use tower_bearer::{
    ///     claims::{Audience, Issuer},
    ///     jwks::RemoteJwks,
    ///     server::{ResourceServer, TrustedIssuer},
    ///     verify::Verifier,
    /// };
    ///
    /// let tenants = ["https://a.login.example", "https://b.login.example"];
    /// let api = ResourceServer::with_resolver(100, move |iss| {
    ///     let issuer = Issuer::new(*tenants.iter().find(|tenant| **tenant == iss)?).ok()?;
    ///     let verifier = Verifier::new(issuer.clone(), Audience::new("urn:worldmappers").ok()?);
    ///     Some(TrustedIssuer::new(verifier, RemoteJwks::discover(issuer)))
    /// })
    /// .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resolve_issuers(
        self,
        limit: usize,
        resolve: impl Fn(&str) -> Option<TrustedIssuer> + Send + Sync + 'static,
    ) -> Self {
        Self { resolver: Some((limit, Box::new(resolve))), ..self }
    }

    /// Sets the limits of a token's size; see [`TokenLimits`].
    pub fn limits(self, limits: TokenLimits) -> Self {
        Self { limits, ..self }
    }

    /// Takes tokens from here **instead of** the header `Authorization`. Called again, from there as
    /// well: a request with a token in more than one source is answered 400 (RFC 6750 §2), as is a
    /// repeated header or cookie. Mind CSRF with a [`cookie`](TokenSource::cookie).
    ///
    /// ```
    /// use tower_bearer::server::{ResourceServer, TokenSource};
    ///
    /// let api = ResourceServer::discover("https://issuer.example", "urn:worldmappers")
    ///     .token_source(TokenSource::authorization())
    ///     .token_source(TokenSource::cookie("__Host-token"))
    ///     .build()?;
    /// # Ok::<(), tower_bearer::error::ConfigError>(())
    /// ```
    pub fn token_source(mut self, source: TokenSource) -> Self {
        self.token_sources.push(source);
        self
    }

    /// Changes the verifier of the issuer named last.
    pub(super) fn last(self, set: impl FnOnce(Verifier) -> Verifier) -> Self {
        self.last_issuer(|mut issuer| {
            *issuer.verifier_mut() = set(issuer.verifier().clone());
            issuer
        })
    }

    /// Changes the issuer named last.
    pub(super) fn last_issuer(mut self, set: impl FnOnce(TrustedIssuer) -> TrustedIssuer) -> Self {
        match self.issuers.pop() {
            Some(issuer) => self.issuers.push(set(issuer)),
            None => self.misplaced |= self.invalid.is_empty(),
        }
        self
    }

    /// The `realm` of challenges (RFC 9110 §11.5); the first audience by default.
    pub fn realm(self, realm: impl Into<Box<str>>) -> Self {
        Self { realm: Some(realm.into()), ..self }
    }

    /// Sets the URL of the API's metadata (RFC 9728), which challenges name in `resource_metadata`:
    /// where another server serves it, or where a proxy passes requests on to the paths of
    /// [`protected_resource`](Self::protected_resource).
    pub fn resource_metadata(self, url: Uri) -> Self {
        Self { resource_metadata: Some(url), ..self }
    }

    /// Allows keys and metadata to be fetched by plain http from this machine's loopback addresses:
    /// for tests and development.
    pub fn allow_loopback_http(self) -> Self {
        Self { url_rule: self.url_rule.allow_loopback(), ..self }
    }

    /// Allows keys and metadata to be fetched by plain http from these hosts, each with its port,
    /// such as `keycloak:8080`: for a network of your own, such as that of a few containers. Anyone
    /// on the way to such a host can replace the keys, and then sign any token; the hosts are named
    /// in a warning when the server is built. Patterns are not accepted.
    ///
    /// ```
    /// # use tower_bearer::ResourceServer;
    /// let api = ResourceServer::discover("http://keycloak:8080/realms/example", "urn:worldmappers")
    ///     .allow_http_to(["keycloak:8080"])
    ///     .build()?;
    /// # Ok::<(), tower_bearer::error::ConfigError>(())
    /// ```
    pub fn allow_http_to(self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { url_rule: self.url_rule.allow_hosts(hosts), ..self }
    }

    /// Sets how the keys of the issuer named last are fetched: root certificates, a proxy, headers.
    /// It replaces what [`RemoteJwks::http`] set.
    ///
    /// ```
    /// # use tower_bearer::ResourceServer;
    /// use tower_bearer::transport::HttpSettings;
    ///
    /// let proxy = "http://proxy.example:3128".parse()?;
    /// let api = ResourceServer::discover("https://issuer.example", "urn:worldmappers")
    ///     .http(HttpSettings::new().proxy(proxy))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn http(mut self, http: HttpSettings) -> Self {
        let is_set = self.issuers.last_mut().is_some_and(|issuer| issuer.keys_mut().set_http(http));
        self.http_misplaced |= !is_set && self.invalid.is_empty();
        self
    }

    /// The source of the time; the system's clock by default.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Caches verified tokens in at most `max_bytes`, at least
    /// [`MIN_CACHE_BYTES`](super::MIN_CACHE_BYTES): a token that comes again costs no signature
    /// check. Off unless this is called. A token with its claims takes about one kilobyte.
    ///
    /// An entry is valid for at most 5 minutes, and no longer than the keys that verified its token:
    /// after a refresh that changes the issuer's keys, or after
    /// [`revoke_kid`](super::ResourceServer::revoke_kid), its tokens are verified again, and one that
    /// is [denied](super::ResourceServer::deny) is refused at once. `exp` and the scopes are checked at each request, and `aud` if a function decides about it.
    ///
    /// Most tokens are cached as their claims and an authentication tag under a random key; those
    /// that keep coming to one thread are cached whole.
    pub fn cache_verified_tokens(self, max_bytes: usize) -> Self {
        Self { cache_bytes: Some(max_bytes), ..self }
    }

    /// Builds the server. Nothing is fetched yet.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn build(self) -> Result<ResourceServer, ConfigError> {
        let rule = self.url_rule.clone();
        let server = self.build_silently()?;
        rule.warn();
        Ok(server)
    }

    /// Builds the server without the warnings of its start, to check the settings.
    pub(crate) fn build_silently(self) -> Result<ResourceServer, ConfigError> {
        let mut problems = Problems::default();
        self.check(&mut problems);
        let audience = self.issuers.iter().find_map(|issuer| issuer.verifier().audience().name());
        let realm: Box<str> = self.realm.as_deref().or(audience).unwrap_or("api").into();
        // Metadata of the API's own is named once it is served.
        let url = self.resource_metadata.as_ref().filter(|_| self.protected_resource.is_none());
        let metrics = RequestMetrics::new(&realm);
        let url = url.map(Uri::to_string);
        let refusals = Refusals::new(&realm, url.as_deref(), metrics.clone());
        #[cfg(feature = "grpc")]
        let refusals = if self.grpc_statuses { refusals.with_grpc() } else { refusals };
        let refusals = Arc::new(match self.hook {
            Some(hook) => hook(refusals),
            None => refusals,
        });
        let context = IssuerContext {
            clock: self.clock.clone(),
            transport: default_transport(&self.url_rule),
            url_rule: self.url_rule,
            limits: self.limits,
            metrics: IssuersMetrics::configured(&realm),
            shared: Arc::default(),
        };
        let metadata = self.protected_resource.map(|resource| {
            let name = |issuer: &TrustedIssuer| issuer.verifier().issuer().as_str().into();
            let has_header = self.token_sources.is_empty()
                || self.token_sources.iter().any(TokenSource::is_authorization);
            let issuers = self.issuers.iter().map(name).collect();
            Arc::new(Metadata::new(resource, self.resource_metadata.as_ref(), issuers, has_header))
        });
        #[cfg(feature = "introspection")]
        let introspecting =
            check_introspection(&self.issuers, self.resolver.is_some(), &mut problems).cloned();
        let open = |issuer: TrustedIssuer| issuer.open(&context, &mut problems);
        let issuers: Box<[_]> = self.issuers.into_iter().map(open).collect();
        #[cfg(feature = "introspection")]
        let (issuers, opaque) =
            OpaqueTokens::among(issuers, introspecting, &context, refusals.clone(), &mut problems);
        let resolver = self.resolver.map(|(limit, resolve)| {
            let metrics = IssuersMetrics::resolved(&realm);
            Resolver::new(resolve, limit, IssuerContext { metrics, ..context.clone() })
        });
        let cache = self.cache_bytes.map(|bytes| TokenCache::new(bytes, CacheMetrics::new(&realm)));
        let cache = cache.transpose();
        let cache = cache.unwrap_or_else(|_| {
            problems.add("cache_verified_tokens", "needs randomness, and the system gives none");
            None
        });
        problems.or(())?;
        let token_sources = self.token_sources.into();
        let authenticator = Authenticator {
            issuers,
            resolver,
            cache,
            #[cfg(feature = "introspection")]
            opaque,
            metrics: Some(metrics.clone()),
            denylist: Denylist::new(self.clock.clone()),
            clock: self.clock,
            limits: self.limits,
            attachment: Some(refusals.clone()),
            refusals: RefusalLog::default(),
        };
        Ok(ResourceServer(Arc::new(Api {
            authenticator,
            refusals,
            metrics,
            token_sources,
            metadata,
        })))
    }
}

impl fmt::Debug for ResourceServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceServerBuilder")
            .field("issuers", &self.issuers)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

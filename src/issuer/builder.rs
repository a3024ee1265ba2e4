//! The settings of an issuer, written as they are read.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use super::{
    configuration::{Configuration, Definitions, Settings},
    hooks::{AccessDenied, CredentialsExchange, TokenModifications},
    identity::check_issuer,
    keys::{KeyRing, KeyStore},
    model::account::Account,
    model::application::Application,
    model::grant_policy::GrantPolicy,
    model::profile::Profile,
    model::quota::Quota,
    model::rule::Rule,
    running_issuer::{RunningIssuer, StartError},
    serve::{Server, ServerLimits},
    token_issuer::TokenIssuer,
};
use crate::{
    algorithm::Algorithm,
    claims::Issuer,
    error::{ConfigError, Problems},
    key::SigningKey,
    time::{Clock, SystemClock},
    transport::UrlRule,
};

/// Builds a [`TokenIssuer`]; from [`TokenIssuer::builder`] or [`TokenIssuer::on_loopback`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct TokenIssuerBuilder<I = Issuer> {
    identity: I,
    url_rule: UrlRule,
    pub(super) clock: Arc<dyn Clock>,
    signing_key: Option<SigningKey>,
    key_store: Option<KeyStore>,
    settings: Settings,
    definitions: Definitions,
}

/// The identity of an issuer that is known only when it listens: `http://127.0.0.1:PORT`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loopback {
    port: u16,
}

impl TokenIssuer {
    /// Begins the settings of an issuer with this identifier, which is its URL.
    pub fn builder(issuer: Issuer) -> TokenIssuerBuilder {
        TokenIssuerBuilder::new(issuer)
    }

    /// Begins the settings of an issuer that listens on a free loopback port and is named after it.
    pub fn on_loopback() -> TokenIssuerBuilder<Loopback> {
        TokenIssuerBuilder::new(Loopback::default())
    }

    /// Replaces the configuration by that of another builder for the same issuer: applications,
    /// accounts, rules, lifetimes, quotas, policy, hooks, and the algorithm and schedule of new keys.
    /// It replaces all of them, or nothing after an error. Requests that have begun are answered by
    /// the last configuration.
    ///
    /// The keys stay, as do the counts of wrong secrets, used assertions and used quotas; the
    /// builder's clock, key and key store are ignored. An account that
    /// [`create_account`](Self::create_account) made is gone unless the builder has it.
    ///
    /// ```
    /// # use tower_bearer::{algorithm::Algorithm, issuer::{Application, TokenIssuer}};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let issuer = TokenIssuer::builder("https://issuer.example".parse()?)
    /// #     .algorithm(Algorithm::ES256).build()?;
    /// let next = TokenIssuer::builder(issuer.issuer().clone())
    ///     .application(Application::new("display").resource("announce", ["read"]));
    /// issuer.reconfigure(next)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Every problem of the new configuration; the last one stays in use.
    pub fn reconfigure(&self, builder: TokenIssuerBuilder) -> Result<(), ConfigError> {
        let (issuer, configuration) = {
            let last = self.shared.configuration();
            builder.check(Some(&last), Problems::default())?
        };
        if issuer != *self.issuer() {
            return Err(ConfigError::one(
                "issuer",
                format!("cannot change while it runs: it is `{}`", self.issuer()),
            ));
        }
        self.shared.replace(configuration)
    }
}

impl<I> TokenIssuerBuilder<I> {
    fn new(identity: I) -> Self {
        Self {
            identity,
            url_rule: UrlRule::default(),
            clock: Arc::new(SystemClock),
            signing_key: None,
            key_store: None,
            settings: Settings::default(),
            definitions: Definitions::default(),
        }
    }

    /// Makes keys of this algorithm: RS256 unless this says otherwise. A key that is there already
    /// signs on until it is rotated.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.settings.algorithm = Some(algorithm);
        self
    }

    /// Signs with this key and its algorithm.
    pub fn signing_key(self, key: SigningKey) -> Self {
        Self { signing_key: Some(key), ..self }
    }

    /// Keeps the keys, and what they are for, in this store. Where there are none yet, the first
    /// one is made.
    pub fn key_store(self, store: KeyStore) -> Self {
        Self { key_store: Some(store), ..self }
    }

    /// Lets another key sign after each such period, an hour to a year. Each is published
    /// [`PUBLISH_LEAD_TIME`](super::PUBLISH_LEAD_TIME) of its first use, and kept until the last token
    /// that it signed has ended; one that was announced without a time takes the next turn. What is
    /// due is done beside the next request.
    pub fn rotate_every(mut self, period: Duration) -> Self {
        self.settings.rotate_every = Some(period);
        self
    }

    /// The shape of the tokens: RFC 9068 unless this says otherwise.
    pub fn profile(mut self, profile: Profile) -> Self {
        self.settings.profile = profile;
        self
    }

    /// How long tokens live whose account does not say so itself: whole seconds, 1 second to 30
    /// days; [`DEFAULT_LIFETIME`](super::DEFAULT_LIFETIME) unless this says otherwise.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.lifetime = lifetime;
        self
    }

    /// What is answered when not everything that was asked for is granted.
    pub fn grant_policy(mut self, policy: GrantPolicy) -> Self {
        self.settings.grant_policy = policy;
        self
    }

    /// The application, by id or audience, that a token is for when the request names none and the
    /// account has rules for several.
    pub fn default_application(mut self, application: impl Into<String>) -> Self {
        self.definitions.default_application = Some(application.into());
        self
    }

    /// Defines an application.
    pub fn application(mut self, application: Application) -> Self {
        self.definitions.applications.push(application);
        self
    }

    /// Registers an account, with the [secret](Account::secret) that it has.
    pub fn account(mut self, account: Account) -> Self {
        self.definitions.accounts.push(account);
        self
    }

    /// Adds a rule about the account that it names as its [subject](Rule::subject).
    pub fn rule(mut self, rule: Rule) -> Self {
        self.definitions.rules.push(rule);
        self
    }

    /// Asks this function about each token that the rules grant, after those named before it. It can
    /// deny the token, take scopes away, add claims of its own and shorten its life.
    ///
    /// All hooks of a request have 10 seconds together; then, or when one panics, the answer is
    /// `server_error`. A clone of what a hook needs goes into its future.
    ///
    /// ```
    /// # use tower_bearer::issuer::{TokenIssuer, TokenModifications, AccessDenied};
    /// # let builder = TokenIssuer::builder("https://issuer.example".parse().unwrap());
    /// builder.hook(|exchange| async move {
    ///     if exchange.metadata("suspended").is_some() {
    ///         let reason = "Access to this application has been temporarily revoked";
    ///         return Err(AccessDenied::new(reason));
    ///     }
    ///     let roles = exchange.metadata("roles").cloned().unwrap_or_default();
    ///     Ok(TokenModifications::none().claim("https://api.example/roles", roles))
    /// });
    /// ```
    pub fn hook<F>(
        mut self,
        hook: impl Fn(CredentialsExchange) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<TokenModifications, AccessDenied>> + Send + 'static,
    {
        self.settings.hooks.add(hook);
        self
    }

    /// How much each account may ask for that has no [quota](Account::quota) of its own; nothing is
    /// limited unless this says so.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.settings.quota = quota;
        self
    }

    /// Admits client assertions that name the URL of the token endpoint as their audience, as RFC
    /// 7523 suggested and older clients do. Without it they must name the issuer, by which no other
    /// server can be meant.
    pub fn legacy_assertion_audience(mut self) -> Self {
        self.settings.legacy_assertion_audience = true;
        self
    }

    /// Lets scripts of this origin read the issuer's responses in a browser, such as an API console;
    /// none by default. Call it once for each origin. It is compared byte for byte with the `Origin`
    /// header, so give scheme, host and port in lower case and no path.
    ///
    /// A secret in a browser is not a secret: this is for development and for tools of operators.
    ///
    /// ```
    /// # use tower_bearer::{algorithm::Algorithm, issuer::TokenIssuer};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = TokenIssuer::builder("https://issuer.example".parse()?)
    ///     .allowed_origin("https://console.example")
    /// #     .algorithm(Algorithm::ES256)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn allowed_origin(mut self, origin: impl Into<String>) -> Self {
        self.settings.allowed_origins.push(origin.into());
        self
    }

    /// Tells the time by this clock.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    fn identified<J>(self, identity: J) -> TokenIssuerBuilder<J> {
        TokenIssuerBuilder {
            identity,
            url_rule: self.url_rule,
            clock: self.clock,
            signing_key: self.signing_key,
            key_store: self.key_store,
            settings: self.settings,
            definitions: self.definitions,
        }
    }
}

impl TokenIssuerBuilder<Loopback> {
    /// Listens on this port instead of any free one.
    pub fn port(self, port: u16) -> Self {
        self.identified(Loopback { port })
    }

    /// Listens on 127.0.0.1 and runs until the returned value is dropped.
    ///
    /// # Errors
    /// When the configuration is wrong, or the port is taken.
    ///
    /// # Cancel safety
    /// It never waits: a dropped future has started nothing, or everything.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub async fn start(self) -> Result<RunningIssuer, StartError> {
        let (listener, issuer) = self.bind()?;
        let server = Server::start(listener, issuer.clone(), ServerLimits::default());
        Ok(RunningIssuer::new(issuer, server.map_err(StartError::Socket)?))
    }

    /// Opens the socket, and builds the issuer that is named after it.
    pub(super) fn bind(self) -> Result<(TcpListener, TokenIssuer), StartError> {
        let port = self.identity.port;
        let listener = TcpListener::bind(("127.0.0.1", port)).map_err(StartError::Socket)?;
        let address = listener.local_addr().map_err(StartError::Socket)?;
        Ok((listener, self.at(address).map_err(StartError::Config)?))
    }

    fn at(self, address: SocketAddr) -> Result<TokenIssuer, ConfigError> {
        let slash = if self.settings.profile == Profile::Auth0 { "/" } else { "" };
        let identity = Issuer::new(format!("http://{address}{slash}")).map_err(|error| {
            ConfigError::one("issuer", format!("cannot be named after the address: {error}"))
        })?;
        self.identified(identity).allow_loopback_http().build()
    }
}

impl TokenIssuerBuilder<Issuer> {
    /// Lets the issuer's URL be `http` on a loopback address, for a test on this machine.
    pub fn allow_loopback_http(self) -> Self {
        Self { url_rule: UrlRule::HttpsOrLoopback, ..self }
    }

    /// Checks everything and makes the issuer. Without a [`signing_key`](Self::signing_key) and
    /// without a [`key_store`](Self::key_store) that has one it makes a key, which takes some tenths
    /// of a second for RSA.
    ///
    /// # Errors
    /// Every problem of the configuration at once, each with its setting and its cure.
    pub fn build(self) -> Result<TokenIssuer, ConfigError> {
        let mut problems = Problems::default();
        if self.signing_key.is_some() && self.key_store.is_some() {
            problems
                .add("signing_key", "would not be kept in the key_store: leave one of them out");
        }
        let algorithm = self.settings.algorithm.unwrap_or(Algorithm::RS256);
        let (signing_key, key_store, clock) =
            (self.signing_key.clone(), self.key_store.clone(), self.clock.clone());
        let (identity, configuration) = self.check(None, problems)?;
        let longest_lifetime = configuration.registry.longest_lifetime();
        let now = clock.now();
        let keys = match (key_store, signing_key) {
            (Some(store), _) => KeyRing::in_store(store, algorithm, now, longest_lifetime)
                .map_err(|error| {
                    ConfigError::one("key_store", format!("cannot be used: {error}"))
                })?,
            (None, Some(key)) => KeyRing::in_memory(key, now, longest_lifetime),
            (None, None) => {
                let key = SigningKey::generate(algorithm).map_err(|error| {
                    let cure = format!("has no key: {error}; give one with `signing_key`");
                    ConfigError::one("algorithm", cure)
                })?;
                KeyRing::in_memory(key, now, longest_lifetime)
            }
        };
        TokenIssuer::new(identity, clock, keys, configuration)
    }

    /// Checks what makes a configuration after the `last` one, and adds to the problems that were
    /// found before.
    fn check(
        self,
        last: Option<&Configuration>,
        mut problems: Problems,
    ) -> Result<(Issuer, Configuration), ConfigError> {
        check_issuer(&self.identity, self.url_rule, self.settings.profile, &mut problems);
        Ok((self.identity, Configuration::new(self.settings, self.definitions, last, problems)?))
    }
}

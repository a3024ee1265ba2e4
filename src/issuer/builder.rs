//! Builds an issuer from its settings.

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
    revocation::Revocations,
    running_issuer::{RunningIssuer, StartError},
    serve::{Server, ServerLimits},
    token_issuer::TokenIssuer,
    workload::{issuer::WorkloadIssuer, workloads::WorkloadContext},
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

/// The identity of an issuer on loopback, `http://127.0.0.1:PORT`: it is known when it listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loopback {
    port: u16,
}

impl TokenIssuer {
    /// Creates a builder for an issuer with this identifier, which is its URL.
    pub fn builder(issuer: Issuer) -> TokenIssuerBuilder {
        TokenIssuerBuilder::new(issuer)
    }

    /// Creates a builder for an issuer that listens on a free loopback port, which is part of its
    /// identifier.
    pub fn on_loopback() -> TokenIssuerBuilder<Loopback> {
        TokenIssuerBuilder::new(Loopback::default())
    }

    /// Replaces the configuration by that of another builder for the same issuer: applications,
    /// accounts, rules, lifetimes, quotas, policy, hooks, and the algorithm and schedule of new keys.
    /// It replaces all of them, or nothing after an error. Requests that have begun are answered by
    /// the last configuration.
    ///
    /// Tokens that the new configuration would not grant are [taken back](Self::revoke): those of
    /// accounts that it does not have, of accounts without a secret or key that they had, for applications that it disables, and with scopes that its
    /// rules do not allow. A request that has begun and would get such a token is refused.
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
    /// Every problem of the new configuration, or tokens could not be taken back durably; the last
    /// one stays in use.
    pub fn reconfigure(&self, builder: TokenIssuerBuilder) -> Result<(), ConfigError> {
        let (issuer, configuration) = {
            let (last, clock) = (self.shared.configuration(), self.shared.clock.clone());
            builder.check(clock, Some(&last), Problems::default())?
        };
        if issuer != *self.issuer() {
            return Err(ConfigError::single(
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

    /// Sets the algorithm of new keys; RS256 by default. An existing key continues to sign until it is
    /// rotated.
    ///
    /// ```
    /// # use tower_bearer::{algorithm::Algorithm, issuer::TokenIssuer};
    /// let builder = TokenIssuer::on_loopback().algorithm(Algorithm::EdDSA);
    /// ```
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.settings.algorithm = Some(algorithm);
        self
    }

    /// Signs with this key and its algorithm. Cannot be combined with a
    /// [`key_store`](Self::key_store).
    ///
    /// ```
    /// # use tower_bearer::{algorithm::Algorithm, issuer::TokenIssuer, key::SigningKey};
    /// let key = SigningKey::generate(Algorithm::ES256)?;
    /// let builder = TokenIssuer::on_loopback().signing_key(key.with_kid("2026-11"));
    /// # Ok::<(), tower_bearer::key::SigningError>(())
    /// ```
    pub fn signing_key(self, key: SigningKey) -> Self {
        Self { signing_key: Some(key), ..self }
    }

    /// Keeps the keys in this store, across restarts. The first key is made if the store is empty.
    ///
    /// ```no_run
    /// # use tower_bearer::issuer::{KeyStore, TokenIssuer};
    /// let builder = TokenIssuer::on_loopback().key_store(KeyStore::new("/var/lib/issuer/keys"));
    /// ```
    pub fn key_store(self, store: KeyStore) -> Self {
        Self { key_store: Some(store), ..self }
    }

    /// Sets how often the signing key is rotated: an hour to a year; never by default. Each key is
    /// published [`PUBLISH_LEAD_TIME`](super::PUBLISH_LEAD_TIME) before its first use, and until
    /// the last token that it signed has expired. A key that was
    /// [published](TokenIssuer::publish_key) by hand is the next one. A due rotation is made in the
    /// background of the next request.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_bearer::issuer::TokenIssuer;
    /// let builder = TokenIssuer::on_loopback().rotate_every(Duration::from_secs(30 * 24 * 60 * 60));
    /// ```
    pub fn rotate_every(mut self, period: Duration) -> Self {
        self.settings.rotate_every = Some(period);
        self
    }

    /// Sets the header and the claims of the tokens; [`Profile::Rfc9068`] by default.
    ///
    /// ```
    /// # use tower_bearer::issuer::{Profile, TokenIssuer};
    /// let builder = TokenIssuer::on_loopback().profile(Profile::Auth0);
    /// ```
    pub fn profile(mut self, profile: Profile) -> Self {
        self.settings.profile = profile;
        self
    }

    /// Sets the lifetime of tokens whose account sets none: whole seconds, 1 second to 30 days;
    /// [`DEFAULT_LIFETIME`](super::DEFAULT_LIFETIME), 1 hour, by default.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_bearer::issuer::TokenIssuer;
    /// let builder = TokenIssuer::on_loopback().lifetime(Duration::from_secs(600));
    /// ```
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.lifetime = lifetime;
        self
    }

    /// Sets the answers to requests that are granted only in part, or not at all.
    ///
    /// ```
    /// # use tower_bearer::issuer::{ExcessScope, GrantPolicy, TokenIssuer};
    /// let policy = GrantPolicy::default().excess(ExcessScope::Refuse);
    /// let builder = TokenIssuer::on_loopback().grant_policy(policy);
    /// ```
    pub fn grant_policy(mut self, policy: GrantPolicy) -> Self {
        self.settings.grant_policy = policy;
        self
    }

    /// Sets the application, by id or audience, of tokens for requests that name none, if the account
    /// has rules for several.
    ///
    /// ```
    /// # use tower_bearer::issuer::{Application, TokenIssuer};
    /// let builder = TokenIssuer::on_loopback()
    ///     .application(Application::new("display"))
    ///     .application(Application::new("maps"))
    ///     .default_application("maps");
    /// ```
    pub fn default_application(mut self, application: impl Into<String>) -> Self {
        self.definitions.default_application = Some(application.into());
        self
    }

    /// Adds an application. Each has an id and an audience of its own.
    ///
    /// ```
    /// # use tower_bearer::issuer::{Application, TokenIssuer};
    /// let display = Application::new("display").resource("announce", ["create", "read"]);
    /// let builder = TokenIssuer::on_loopback().application(display);
    /// ```
    pub fn application(mut self, application: Application) -> Self {
        self.definitions.applications.push(application);
        self
    }

    /// Adds an account with its [secret](Account::secret), its hash or its public keys.
    ///
    /// ```
    /// # use tower_bearer::{issuer::{Account, Application, TokenIssuer}, secret::Secret};
    /// let secret = Secret::generate()?;
    /// let builder = TokenIssuer::on_loopback()
    ///     .application(Application::new("display"))
    ///     .account(Account::new("outsourcer-a").secret(&secret).allow("display", "announce:*:read"));
    /// # Ok::<(), tower_bearer::secret::NoRandomness>(())
    /// ```
    pub fn account(mut self, account: Account) -> Self {
        self.definitions.accounts.push(account);
        self
    }

    /// Adds a rule for the account that is its [subject](Rule::subject).
    ///
    /// ```
    /// # use tower_bearer::issuer::{Rule, TokenIssuer};
    /// let rule = Rule::allow("display", "revenue").operations(["read"]).subject("outsourcer-a");
    /// let builder = TokenIssuer::on_loopback().rule(rule);
    /// ```
    pub fn rule(mut self, rule: Rule) -> Self {
        self.definitions.rules.push(rule);
        self
    }

    /// Trusts another issuer for workloads: its tokens are credentials of the accounts that its rules
    /// name, which need neither a secret nor a key.
    ///
    /// Its keys are fetched when they are first needed, and kept fresh as a resource server's; while they
    /// are unavailable, the answer is 503 `temporarily_unavailable` with `Retry-After`. A
    /// reconfiguration keeps the keys of an issuer that is fetched as before.
    ///
    /// ```
    /// use tower_bearer::{
    ///     Audience, Issuer,
    ///     issuer::{TokenIssuer, WorkloadIssuer, WorkloadRule},
    /// };
    ///
    /// let github = WorkloadIssuer::discover(
    ///     Issuer::new("https://token.actions.githubusercontent.com")?,
    ///     Audience::new("https://issuer.example")?,
    /// )
    /// .rule(
    ///     WorkloadRule::new("repo:octo-org/gifts:environment:production", "gift-deliveries")
    ///         .claim("repository_id", "74"),
    /// );
    /// let builder = TokenIssuer::on_loopback().trusted_issuer(github);
    /// # Ok::<(), tower_bearer::claims::IdentifierError>(())
    /// ```
    pub fn trusted_issuer(mut self, issuer: WorkloadIssuer) -> Self {
        self.definitions.trusted_issuers.push(issuer);
        self
    }

    /// Adds a function that is called for each token that the rules grant, after the hooks that
    /// were added before. It can deny the token, remove scopes, add claims and shorten the
    /// lifetime.
    ///
    /// All hooks of a request have 10 seconds together; after that, or if one panics, the answer is
    /// `server_error`. Clone what a hook needs into its future.
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

    /// Sets the quota of accounts that have no [quota](Account::quota) of their own; unlimited by
    /// default.
    ///
    /// ```
    /// # use tower_bearer::issuer::{Quota, TokenIssuer};
    /// let quota = Quota::unlimited().requests_per_minute(60).tokens_per_day(1_000);
    /// let builder = TokenIssuer::on_loopback().quota(quota);
    /// ```
    pub fn quota(mut self, quota: Quota) -> Self {
        self.settings.quota = quota;
        self
    }

    /// Accepts client assertions whose audience is the URL of the token endpoint, as RFC 7523 suggested
    /// and older clients do. By default the audience must be the issuer, which no other server can
    /// claim to be.
    ///
    /// ```
    /// # use tower_bearer::issuer::TokenIssuer;
    /// let builder = TokenIssuer::on_loopback().legacy_assertion_audience();
    /// ```
    pub fn legacy_assertion_audience(mut self) -> Self {
        self.settings.legacy_assertion_audience = true;
        self
    }

    /// Allows scripts of this origin to read the issuer's responses in a browser, such as an API
    /// console; none by default. Call it once for each origin. It is compared byte for byte with
    /// the `Origin` header, so give scheme, host and port in lower case and no path.
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

    /// Gives each token a status, so that it can be taken back before its `exp`: see
    /// [`revoke`](TokenIssuer::revoke). By default tokens of [`Profile::Rfc9068`] have one, and those
    /// of the other profiles, whose claims are those of a vendor, do not.
    ///
    /// What is taken back is kept in the [`key_store`](Self::key_store). Without one it is kept in
    /// memory, and the tokens of an issuer that was started again have no list any more.
    ///
    /// ```
    /// # use tower_bearer::issuer::{Profile, TokenIssuer};
    /// let builder = TokenIssuer::on_loopback().profile(Profile::Auth0).status_lists(true);
    /// ```
    pub fn status_lists(mut self, on: bool) -> Self {
        self.settings.status_lists = Some(on);
        self
    }

    /// Sets how long an API need not fetch a status list again: whole seconds, 1 second to 1 hour;
    /// [`DEFAULT_STATUS_LIST_TTL`](super::DEFAULT_STATUS_LIST_TTL), 1 minute, by default. A token that
    /// is taken back is refused by every API after this time, and the 2 seconds for which the
    /// issuer and caches in front of it may keep a list.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use tower_bearer::issuer::TokenIssuer;
    /// let builder = TokenIssuer::on_loopback().status_list_ttl(Duration::from_secs(15));
    /// ```
    pub fn status_list_ttl(mut self, ttl: Duration) -> Self {
        self.settings.status_list_ttl = ttl;
        self
    }

    /// Reads the time from this clock; [`SystemClock`] by default.
    ///
    /// ```
    /// # use tower_bearer::{issuer::TokenIssuer, time::SystemClock};
    /// let builder = TokenIssuer::on_loopback().clock(SystemClock);
    /// ```
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
    ///
    /// ```
    /// # use tower_bearer::issuer::TokenIssuer;
    /// let builder = TokenIssuer::on_loopback().port(8_080);
    /// ```
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
            ConfigError::single("issuer", format!("cannot be named after the address: {error}"))
        })?;
        self.identified(identity).allow_loopback_http().build()
    }
}

impl TokenIssuerBuilder<Issuer> {
    /// Allows an issuer URL with `http` on a loopback address, for a test on this machine.
    pub fn allow_loopback_http(self) -> Self {
        Self { url_rule: self.url_rule.allow_loopback(), ..self }
    }

    /// Allows an issuer URL with `http` at these hosts, each with its port, such as `issuer:8080`:
    /// for a network of your own. Client secrets and tokens cross it in the clear.
    pub fn allow_http_to(self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { url_rule: self.url_rule.allow_hosts(hosts), ..self }
    }

    /// Checks the settings and builds the issuer. Without a [`signing_key`](Self::signing_key) and
    /// without a [`key_store`](Self::key_store) that has one it makes a key, which takes some
    /// tenths of a second for RSA.
    ///
    /// # Errors
    /// Every problem of the configuration at once, each with its setting and its fix.
    pub fn build(self) -> Result<TokenIssuer, ConfigError> {
        let mut problems = Problems::default();
        if self.signing_key.is_some() && self.key_store.is_some() {
            problems
                .add("signing_key", "would not be kept in the key_store: leave one of them out");
        }
        let algorithm = self.settings.algorithm.unwrap_or(Algorithm::RS256);
        let (signing_key, key_store, clock) =
            (self.signing_key.clone(), self.key_store.clone(), self.clock.clone());
        let rule = self.url_rule.clone();
        let (identity, configuration) = self.check(clock.clone(), None, problems)?;
        rule.warn();
        let longest_lifetime = configuration.registry.longest_lifetime();
        let now = clock.now();
        let revocations = Revocations::new(key_store.clone());
        let keys = match (key_store, signing_key) {
            (Some(store), _) => KeyRing::in_store(store, algorithm, now, longest_lifetime)
                .map_err(|error| {
                    ConfigError::single("key_store", format!("cannot be used: {error}"))
                })?,
            (None, Some(key)) => KeyRing::in_memory(key, now, longest_lifetime),
            (None, None) => {
                let key = SigningKey::generate(algorithm).map_err(|error| {
                    let help = format!("has no key: {error}; give one with `signing_key`");
                    ConfigError::single("algorithm", help)
                })?;
                KeyRing::in_memory(key, now, longest_lifetime)
            }
        };
        TokenIssuer::new(identity, clock, keys, revocations, configuration)
    }

    /// Checks the settings that replace the configuration `last`, and adds to the problems found
    /// before.
    fn check(
        self,
        clock: Arc<dyn Clock>,
        last: Option<&Configuration>,
        mut problems: Problems,
    ) -> Result<(Issuer, Configuration), ConfigError> {
        let Self { identity, url_rule, settings, definitions, .. } = self;
        check_issuer(&identity, &url_rule, settings.profile, &mut problems);
        if let Some(help) = url_rule.fault() {
            problems.add("allow_http_to", help);
        }
        let context = WorkloadContext { own: identity.clone(), clock, url_rule };
        Ok((identity, Configuration::new(settings, definitions, context, last, problems)?))
    }
}

//! The settings of an issuer, written as they are read.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use super::{
    account::Account,
    answers::Answers,
    application::Application,
    check,
    hook::{Changes, CredentialsExchange, Denial, Hooks},
    profile::Profile,
    registry::Registry,
    serve::{RunningIssuer, Serve, StartError},
    token_issuer::{Settings, TokenIssuer},
};
use crate::{
    algorithm::Algorithm,
    claims::Issuer,
    error::{ConfigError, Problems},
    key::SigningKey,
    time::{Clock, SystemClock},
    transport::UrlRule,
};

/// How long a token lives unless a setting says otherwise.
pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Builds a [`TokenIssuer`]; from [`TokenIssuer::builder`] or [`TokenIssuer::on_loopback`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct TokenIssuerBuilder<I = Issuer> {
    identity: I,
    algorithm: Algorithm,
    signing_key: Option<SigningKey>,
    profile: Profile,
    lifetime: Duration,
    answers: Answers,
    default_application: Option<String>,
    url_rule: UrlRule,
    pub(super) clock: Arc<dyn Clock>,
    applications: Vec<Application>,
    accounts: Vec<Account>,
    hooks: Hooks,
}

/// The identity of an issuer that is known only when it listens: `http://127.0.0.1:PORT`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loopback {
    port: u16,
}

impl<I> TokenIssuerBuilder<I> {
    pub(super) fn new(identity: I) -> Self {
        Self {
            identity,
            algorithm: Algorithm::RS256,
            signing_key: None,
            profile: Profile::default(),
            lifetime: DEFAULT_LIFETIME,
            answers: Answers::default(),
            default_application: None,
            url_rule: UrlRule::default(),
            clock: Arc::new(SystemClock),
            applications: Vec::new(),
            accounts: Vec::new(),
            hooks: Hooks::default(),
        }
    }

    /// Signs with a new key of this algorithm: RS256 unless this says otherwise.
    pub fn algorithm(self, algorithm: Algorithm) -> Self {
        Self { algorithm, ..self }
    }

    /// Signs with this key and its algorithm.
    pub fn signing_key(self, key: SigningKey) -> Self {
        Self { signing_key: Some(key), ..self }
    }

    /// The shape of the tokens: RFC 9068 unless this says otherwise.
    pub fn profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// How long tokens live whose account does not say so itself: whole seconds, 1 second to 30
    /// days; [`DEFAULT_LIFETIME`] unless this says otherwise.
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// What is answered when not everything that was asked for is granted.
    pub fn answers(self, answers: Answers) -> Self {
        Self { answers, ..self }
    }

    /// The application, by id or audience, that a token is for when the request names none and the
    /// account has rules for several.
    pub fn default_application(self, application: impl Into<String>) -> Self {
        Self { default_application: Some(application.into()), ..self }
    }

    /// Defines an application.
    pub fn application(mut self, application: Application) -> Self {
        self.applications.push(application);
        self
    }

    /// Registers an account, with the [secret](Account::secret) that it has.
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Asks this function about each token that the rules grant, after those named before it. It can
    /// deny the token, take scopes away, add claims of its own and shorten its life.
    ///
    /// All hooks of a request have 10 seconds together; then the answer is `server_error`. A clone
    /// of what a hook needs goes into its future.
    ///
    /// ```
    /// # use tower_bearer::issuer::{TokenIssuer, Changes, Denial};
    /// # let builder = TokenIssuer::builder("https://issuer.example".parse().unwrap());
    /// builder.hook(|exchange| async move {
    ///     if exchange.metadata("suspended").is_some() {
    ///         let reason = "Access to this application has been temporarily revoked";
    ///         return Err(Denial::new(reason));
    ///     }
    ///     let roles = exchange.metadata("roles").cloned().unwrap_or_default();
    ///     Ok(Changes::none().claim("https://api.example/roles", roles))
    /// });
    /// ```
    pub fn hook<F>(
        mut self,
        hook: impl Fn(CredentialsExchange) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Changes, Denial>> + Send + 'static,
    {
        self.hooks.add(hook);
        self
    }

    /// Tells the time by this clock.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    fn identified<J>(self, identity: J) -> TokenIssuerBuilder<J> {
        TokenIssuerBuilder {
            identity,
            algorithm: self.algorithm,
            signing_key: self.signing_key,
            profile: self.profile,
            lifetime: self.lifetime,
            answers: self.answers,
            default_application: self.default_application,
            url_rule: self.url_rule,
            clock: self.clock,
            applications: self.applications,
            accounts: self.accounts,
            hooks: self.hooks,
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
    /// # Panics
    /// Outside a tokio runtime with I/O and time.
    pub async fn start(self) -> Result<RunningIssuer, StartError> {
        let (running, _) = self.start_as(|issuer| issuer).await?;
        Ok(running)
    }

    /// Serves what `wrap` makes of the issuer.
    pub(super) async fn start_as<S: Serve>(
        self,
        wrap: impl FnOnce(TokenIssuer) -> S,
    ) -> Result<(RunningIssuer, S), StartError> {
        let port = self.identity.port;
        RunningIssuer::start(port, |address| self.at(address), wrap).await
    }

    fn at(self, address: SocketAddr) -> Result<TokenIssuer, ConfigError> {
        let slash = if self.profile == Profile::Auth0 { "/" } else { "" };
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

    /// Checks everything and makes the issuer. Without a [`signing_key`](Self::signing_key) it
    /// makes a key, which takes some tenths of a second for RSA.
    ///
    /// # Errors
    /// Every problem of the configuration at once, each with its setting and its cure.
    pub fn build(self) -> Result<TokenIssuer, ConfigError> {
        let mut problems = Problems::default();
        check::issuer(&self.identity, self.url_rule, self.profile, &mut problems);
        check::lifetime("lifetime", self.lifetime, &mut problems);
        let registry = Registry::new(self.applications, self.lifetime, &mut problems)
            .map_err(check::no_randomness)?;
        for account in self.accounts {
            if let Err(error) = registry.add(account) {
                problems.append(error);
            }
        }
        let default_application = self.default_application.and_then(|name| {
            let at = registry.by_name(&name);
            if at.is_none() {
                let fault =
                    format!("names no application: `{name}` is neither an id nor an audience");
                problems.add("default_application", fault);
            }
            at
        });
        let settings = Settings {
            issuer: self.identity,
            profile: self.profile,
            lifetime: self.lifetime,
            answers: self.answers,
            default_application,
            clock: self.clock,
            hooks: self.hooks,
        };
        problems.or(())?;
        let key = match self.signing_key {
            Some(key) => Ok(key),
            None => SigningKey::generate(self.algorithm),
        };
        let key = key.map_err(|error| {
            ConfigError::one(
                "algorithm",
                format!("has no key: {error}; give one with `signing_key`"),
            )
        })?;
        Ok(TokenIssuer::new(settings, registry, key))
    }
}

//! The issuer itself: what its owner does with it.

use std::{fmt, sync::Arc, time::Duration};

use http::Uri;

use super::{
    account::{Account, Credentials},
    answers::Answers,
    builder::{Loopback, TokenIssuerBuilder},
    check,
    draft::TokenDraft,
    hook::Hooks,
    keys::{KeyRing, RotationError},
    metadata,
    profile::{Profile, Statement},
    registry::Registry,
    slowdown::Slowdown,
};
use crate::{claims::Issuer, error::ConfigError, key::SigningKey, secret::Secret, time::Clock};

/// Issues access tokens for client credentials, and publishes its keys and metadata.
///
/// It is a tower `Service` that never fails: mount it with `Router::fallback_service`, or serve it
/// alone. It answers
///
/// - `POST /oauth/token` and `POST /oidc/token`, which are the same;
/// - `GET /.well-known/jwks.json`;
/// - `GET /.well-known/oauth-authorization-server` (RFC 8414) and
///   `GET /.well-known/openid-configuration`;
///
/// each below the issuer's own path if it has one. Clones are the same issuer.
#[derive(Clone)]
pub struct TokenIssuer {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) registry: Registry,
    pub(super) keys: KeyRing,
    pub(super) slowdown: Slowdown,
    /// The path of the issuer's URL, without a trailing slash.
    path: String,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) issuer: Issuer,
    pub(super) profile: Profile,
    pub(super) lifetime: Duration,
    pub(super) answers: Answers,
    pub(super) default_application: Option<usize>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hooks: Hooks,
}

impl TokenIssuer {
    /// Settings for an issuer with this identifier, which is its URL.
    pub fn builder(issuer: Issuer) -> TokenIssuerBuilder {
        TokenIssuerBuilder::new(issuer)
    }

    /// Settings for an issuer that listens on a free loopback port and names itself after it.
    pub fn on_loopback() -> TokenIssuerBuilder<Loopback> {
        TokenIssuerBuilder::new(Loopback::default())
    }

    pub(super) fn new(settings: Settings, registry: Registry, key: SigningKey) -> Self {
        let url = settings.issuer.as_str().parse::<Uri>().unwrap_or_default();
        let path = url.path().trim_end_matches('/').to_owned();
        let keys = KeyRing::new(key);
        Self {
            shared: Arc::new(Shared { settings, registry, keys, slowdown: Slowdown::new(), path }),
        }
    }

    /// Its identifier: the `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.shared.settings.issuer
    }

    /// The URL of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.shared.url("/oauth/token")
    }

    /// The URL of the JWK Set.
    #[must_use]
    pub fn jwks_uri(&self) -> String {
        self.shared.url("/.well-known/jwks.json")
    }

    /// The JWK Set as it is published now.
    #[must_use]
    pub fn jwk_set(&self) -> String {
        self.shared.jwk_set()
    }

    /// Registers an account and makes its secret, which is shown here and nowhere else.
    ///
    /// # Errors
    /// Every problem of the account; nothing is registered then.
    pub fn create_account(&self, account: Account) -> Result<Credentials, ConfigError> {
        let client_secret = Secret::generate().map_err(check::no_randomness)?;
        let client_id = account.key.clone();
        self.shared.registry.add(account.secret(&client_secret))?;
        Ok(Credentials { client_id, client_secret })
    }

    /// Removes an account: its next request is answered `invalid_client`. False when there was
    /// none. A token that it has lives until its `exp`: no API asks the issuer about it.
    #[expect(clippy::must_use_candidate, reason = "either way there is no such account any more")]
    pub fn delete_account(&self, key: &str) -> bool {
        self.shared.registry.remove(key)
    }

    /// The keys of all accounts, sorted.
    #[must_use]
    pub fn account_keys(&self) -> Vec<String> {
        self.shared.registry.account_keys()
    }

    /// The remark of an account.
    #[must_use]
    pub fn remark(&self, key: &str) -> Option<String> {
        self.shared.registry.account(key)?.remark.clone()
    }

    /// Publishes a key that will sign from the next [`rotate`](Self::rotate) on. The readers of the
    /// JWK Set may keep it for 5 minutes, so wait that long in between.
    ///
    /// # Errors
    /// When a published key has the same `kid`.
    pub fn announce_key(&self, key: SigningKey) -> Result<(), RotationError> {
        self.shared.keys.announce(key, self.shared.settings.clock.now())
    }

    /// Signs with the announced key from now on, or with a new one of the same algorithm when none
    /// is announced. The last key stays published until the last token that it signed has ended.
    ///
    /// # Errors
    /// When no new key can be made; the last one signs on.
    pub fn rotate(&self) -> Result<(), RotationError> {
        let keep = self.shared.registry.longest_lifetime();
        self.shared.keys.rotate(self.shared.settings.clock.now(), keep)
    }

    /// Signs with `key` at once, announced or not.
    ///
    /// # Errors
    /// When a published key has the same `kid`.
    pub fn rotate_keys(&self, key: SigningKey) -> Result<(), RotationError> {
        let keep = self.shared.registry.longest_lifetime();
        self.shared.keys.rotate_to(key, self.shared.settings.clock.now(), keep)
    }

    /// Stops publishing a key that is no secret any more: every token that it signed becomes
    /// worthless as the readers of the JWK Set renew it. A key that signs is replaced first. False
    /// when no published key has this `kid`.
    ///
    /// # Errors
    /// When no new key can be made; nothing has changed then.
    pub fn withdraw_key(&self, kid: &str) -> Result<bool, RotationError> {
        self.shared.keys.withdraw(kid, self.shared.settings.clock.now())
    }

    /// The `kid` of the key that signs.
    #[must_use]
    pub fn kid(&self) -> String {
        self.shared.keys.active().kid().to_owned()
    }

    /// A token of any content, for tests: as the issuer would give it to a client `test-client` for
    /// its first application (for the audience `test-audience` when it has none), without a scope.
    pub fn token(&self) -> TokenDraft {
        let settings = &self.shared.settings;
        let application = self.shared.registry.applications().first();
        let now = settings.clock.now();
        let claims = settings.profile.claims(&Statement {
            issuer: settings.issuer.as_str(),
            client_id: "test-client",
            application: application.map_or("test-application", |known| &known.id),
            audiences: &[application.map_or("test-audience", |known| known.audience_or_id())],
            scope: "",
            issued_at: now,
            expires_at: now + settings.lifetime,
            token_id: "",
        });
        TokenDraft::new(self.shared.keys.active(), settings.profile.typ(), claims)
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(f)
    }
}

impl Shared {
    /// The path of the issuer's URL, without a trailing slash.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.issuer.as_str().trim_end_matches('/'))
    }

    pub(super) fn jwk_set(&self) -> String {
        self.keys.document(self.settings.clock.now())
    }

    pub(super) fn metadata(&self) -> String {
        metadata::document(self)
    }
}

//! The issuer, as its owner uses it.

use std::{fmt, sync::Arc};

use super::{
    configuration::Configuration,
    identity::{JWKS_PATH, TOKEN_PATHS},
    issued_token::IssuedToken,
    keys::{KeyRing, PUBLISH_LEAD_TIME, PublishedKey, RotationError},
    model::account::{Account, Credentials},
    model::profile::ClaimValues,
    model::resolve::no_randomness,
    revocation::{Revocation, RevocationError, Revocations},
    shared::Shared,
    token_builder::TokenBuilder,
};
use crate::{
    claims::Issuer,
    error::ConfigError,
    key::SigningKey,
    secret::Secret,
    time::{Clock, UnixTime},
};

/// Issues access tokens for client credentials, and publishes its keys and metadata.
///
/// It is a tower `Service` that never fails: mount it with `Router::fallback_service`, or serve it
/// alone. It answers
///
/// - `POST /oauth/token` and `POST /oidc/token`, which are the same;
/// - `POST /oauth/revoke` (RFC 7009) and `POST /oauth/introspect` (RFC 7662), and the same at
///   `/oidc/token/revocation` and `/oidc/token/introspection`;
/// - `GET /status-lists/ID`;
/// - `GET /.well-known/jwks.json`;
/// - `GET /.well-known/oauth-authorization-server` (RFC 8414) and
///   `GET /.well-known/openid-configuration`;
///
/// each below the issuer's own path if it has one. Clones are the same issuer.
#[derive(Clone)]
pub struct TokenIssuer {
    pub(super) shared: Arc<Shared>,
}

impl TokenIssuer {
    pub(super) fn new(
        issuer: Issuer,
        clock: Arc<dyn Clock>,
        keys: KeyRing,
        revocations: Revocations,
        configuration: Configuration,
    ) -> Result<Self, ConfigError> {
        let shared = Shared::new(issuer, clock, keys, revocations, configuration)?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Returns the identifier: the `iss` of the tokens.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.shared.identity.issuer
    }

    /// Returns the URL of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> String {
        self.shared.identity.url(TOKEN_PATHS[0])
    }

    /// Returns the URL of the JWK Set.
    #[must_use]
    pub fn jwks_uri(&self) -> String {
        self.shared.identity.url(JWKS_PATH)
    }

    /// Returns the JWK Set as it is published now.
    #[must_use]
    pub fn jwk_set(&self) -> String {
        self.shared.keys.document(self.shared.now())
    }

    /// Adds an account with a new secret, which is returned here and nowhere else.
    ///
    /// # Errors
    /// Every problem of the account; nothing is registered then.
    pub fn create_account(&self, account: Account) -> Result<Credentials, ConfigError> {
        let client_secret = Secret::generate().map_err(no_randomness)?;
        let client_id = account.key.clone();
        self.shared.add(account.secret(&client_secret))?;
        Ok(Credentials { client_id, client_secret })
    }

    /// Adds an account that has a secret or keys.
    ///
    /// # Errors
    /// Every problem of the account; nothing is registered then.
    pub fn add_account(&self, account: Account) -> Result<(), ConfigError> {
        self.shared.add(account)
    }

    /// Removes an account: its next request is answered `invalid_client`, and its tokens are taken
    /// back as [`revoke`](Self::revoke) does. Returns false if there is no such account.
    ///
    /// # Errors
    /// The tokens could not be taken back durably; the account is not removed.
    pub fn delete_account(&self, key: &str) -> Result<bool, RevocationError> {
        self.shared.delete_account(key)
    }

    /// Takes back tokens that were issued with a
    /// [status](super::TokenIssuerBuilder::status_lists), at once and durably. Returns false if no
    /// token was taken back that was not before.
    ///
    /// APIs that read status lists refuse the tokens when they fetch the list next: after the
    /// [`ttl`](super::TokenIssuerBuilder::status_list_ttl) of the last one at the latest. The account
    /// can get new tokens: to prevent it, [delete](Self::delete_account) the account or change its
    /// rules by [`reconfigure`](Self::reconfigure); both take its tokens back.
    ///
    /// With a key store it blocks on the file system.
    ///
    /// ```
    /// # use tower_bearer::{algorithm::Algorithm, issuer::{Revocation, TokenIssuer}};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let issuer = TokenIssuer::builder("https://issuer.example".parse()?)
    /// #     .algorithm(Algorithm::ES256).build()?;
    /// let had_tokens = issuer.revoke(&Revocation::account("outsourcer-a"))?;
    /// # assert!(!had_tokens);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The disk failed. The tokens may be taken back or not; call it again.
    pub fn revoke(&self, revocation: &Revocation) -> Result<bool, RevocationError> {
        self.shared.revocations.revoke(revocation, self.shared.now())
    }

    /// Takes one token back, as [`revoke`](Self::revoke) does. Returns false if it is not a valid
    /// token of this issuer, or was taken back before.
    ///
    /// # Errors
    /// The token has [no status](RevocationError::is_without_status), or the disk failed.
    pub fn revoke_token(&self, token: &str) -> Result<bool, RevocationError> {
        let shared = &self.shared;
        match IssuedToken::verify(shared, &shared.configuration(), token) {
            Some(token) => token.revoke(shared),
            None => Ok(false),
        }
    }

    /// Takes back each token that the present configuration would not grant, as
    /// [`reconfigure`](Self::reconfigure) does. Call it after a start, when all accounts are there:
    /// the configuration may have changed since the key store was used last. If tokens have a status,
    /// it also finds out whether the key store can be written.
    ///
    /// # Errors
    /// The disk failed; call it again.
    pub fn revoke_withdrawn(&self) -> Result<bool, RevocationError> {
        let (shared, config) = (&self.shared, self.shared.configuration());
        if config.settings.has_status_lists() {
            shared.revocations.prepare(shared.now())?;
        }
        shared.revocations.revoke_withdrawn(&config, shared.now())
    }

    /// Reads what other processes with the same key store have taken back. The lists that the issuer
    /// serves are at most half a second behind without it.
    ///
    /// # Errors
    /// The key store cannot be read; the issuer serves what it knows.
    pub fn reload_revocations(&self) -> Result<(), RevocationError> {
        self.shared.revocations.refresh(self.shared.now())
    }

    /// Returns the keys of all accounts, sorted.
    #[must_use]
    pub fn account_keys(&self) -> Vec<String> {
        self.shared.configuration().registry.account_keys()
    }

    /// Returns the remark of an account.
    #[must_use]
    pub fn remark(&self, key: &str) -> Option<String> {
        self.shared.configuration().registry.account(key)?.remark.clone()
    }

    /// Publishes a key that will sign from the next [`rotate`](Self::rotate) on, or from the next
    /// change of the [schedule](super::TokenIssuerBuilder::rotate_every). The readers of the JWK Set may keep
    /// it for 5 minutes, so wait that long in between.
    ///
    /// # Errors
    /// When a published key has the same `kid`, or the key store fails.
    pub fn publish_key(&self, key: SigningKey) -> Result<(), RotationError> {
        let now = self.shared.now();
        let every = self.shared.configuration().settings.rotate_every;
        self.shared.keys.change(|ring| {
            let signs_from = every.map(|every| ring.next_change(now, every));
            ring.publish(key, signs_from, now)
        })
    }

    /// Publishes a new key now. It begins to sign after [`PUBLISH_LEAD_TIME`], when every reader of
    /// the JWK Set knows it. Returns that time.
    ///
    /// # Errors
    /// When no new key can be made, or the key store fails.
    pub fn schedule_rotation(&self) -> Result<UnixTime, RotationError> {
        let now = self.shared.now();
        let algorithm = self.shared.configuration().settings.algorithm;
        let signs_from = now + PUBLISH_LEAD_TIME;
        self.shared.keys.change(|ring| {
            let key = ring.generate_key(algorithm)?;
            ring.publish(key, Some(signs_from), now)
        })?;
        Ok(signs_from)
    }

    /// Signs with the next key from now on, or with a new one if none is published. The last key stays
    /// published until the last token that it signed has expired.
    ///
    /// # Errors
    /// When no new key can be made, or the key store fails; the last one signs on.
    pub fn rotate(&self) -> Result<(), RotationError> {
        let now = self.shared.now();
        let algorithm = self.shared.configuration().settings.algorithm;
        self.shared.keys.change(|ring| ring.rotate(algorithm, now))
    }

    /// Signs with `key` at once, whether it was published before or not.
    ///
    /// # Errors
    /// When another published key has the same `kid`, or the key store fails.
    pub fn rotate_keys(&self, key: SigningKey) -> Result<(), RotationError> {
        let now = self.shared.now();
        self.shared.keys.change(|ring| ring.rotate_to(key, now))
    }

    /// Stops publishing a compromised key: the tokens that it signed are refused as soon as the readers
    /// refresh the JWK Set. A key that signs is replaced first. Returns false if no published key has
    /// this `kid`.
    ///
    /// # Errors
    /// When no new key can be made, or the key store fails; nothing has changed then.
    pub fn withdraw_key(&self, kid: &str) -> Result<bool, RotationError> {
        let now = self.shared.now();
        let algorithm = self.shared.configuration().settings.algorithm;
        self.shared.keys.change(|ring| ring.withdraw(kid, algorithm, now))
    }

    /// Reads the key store again: another process may have rotated the keys or withdrawn one. Without
    /// a store it does nothing.
    ///
    /// # Errors
    /// The store cannot be read; the keys are unchanged.
    pub fn reload_keys(&self) -> Result<(), RotationError> {
        Ok(self.shared.keys.reload()?)
    }

    /// Makes the change of keys that is due, if any. Each request starts it in the background, so that
    /// calling this is needed only for an issuer that may be idle for long.
    ///
    /// # Errors
    /// When no new key can be made, or the key store fails; the last one signs on.
    pub fn rotate_if_due(&self) -> Result<(), RotationError> {
        self.shared.rotate_if_due()
    }

    /// Returns the keys that are published now, each with its state.
    #[must_use]
    pub fn published_keys(&self) -> Vec<PublishedKey> {
        self.shared.keys.states(self.shared.now())
    }

    /// Returns the `kid` of the key that signs.
    #[must_use]
    pub fn kid(&self) -> String {
        self.shared.keys.active().kid().to_owned()
    }

    /// Returns a builder of tokens for tests. It begins with the token that the issuer would give
    /// to a client `test-client` for its first application (for the audience `test-audience` when
    /// it has none), without a scope and without a status.
    pub fn token(&self) -> TokenBuilder {
        let configuration = self.shared.configuration();
        let application = configuration.registry.applications.get(0);
        let now = self.shared.now();
        let claims = configuration.settings.profile.claims(&ClaimValues {
            issuer: self.issuer().as_str(),
            client_id: "test-client",
            application: application.map_or("test-application", |known| &known.id),
            audiences: &[application.map_or("test-audience", |known| known.audience_or_id())],
            scope: "",
            issued_at: now,
            expires_at: now + configuration.settings.lifetime,
            token_id: "",
            status: None,
        });
        TokenBuilder::new(self.shared.keys.active(), configuration.settings.profile.typ(), claims)
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(f)
    }
}

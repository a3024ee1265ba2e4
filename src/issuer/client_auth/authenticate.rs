//! Authenticates the client of a token request.

use std::{sync::Arc, time::Duration};

use super::{
    assertion::{self, Assertion},
    credentials::{ClientCredentials, Proof},
    decoys::decoys,
    replay::{ReplayError, ReplayMemory},
    throttle::Throttle,
};
use crate::{
    issuer::{
        configuration::Configuration,
        error::{ErrorCode, TokenError, TokenFailure},
        identity::{Identity, TOKEN_PATHS},
        model::{record::AccountRecord, resolve::MAX_SECRETS, secret_hash::SecretHash},
    },
    jwt::UnverifiedToken,
    key::KeySet,
    secret::NoRandomness,
    time::Clock,
};

/// Authenticates clients, and remembers failures and used assertions across configurations.
#[derive(Debug)]
pub(in crate::issuer) struct ClientAuthenticator {
    throttle: Throttle,
    replays: ReplayMemory,
    /// Compared if an account has fewer than [`MAX_SECRETS`] secrets, so that an unknown client
    /// costs as much as a wrong secret.
    decoy: SecretHash,
    /// Used to verify an assertion if an account has no key, for the same reason.
    decoy_keys: KeySet,
}

impl ClientAuthenticator {
    pub(in crate::issuer) fn new() -> Result<Self, NoRandomness> {
        Ok(Self {
            throttle: Throttle::new(),
            replays: ReplayMemory::default(),
            decoy: SecretHash::decoy()?,
            decoy_keys: decoys(),
        })
    }

    /// Returns the account that the credentials prove, and counts its request.
    ///
    /// # Errors
    /// `invalid_client`, the same for every fault of the credentials, and delayed after repeated
    /// failures; `too_many_requests` if the account's quota is exhausted.
    pub(in crate::issuer) fn authenticate(
        &self,
        config: &Configuration,
        identity: &Identity,
        clock: &dyn Clock,
        credentials: &ClientCredentials,
    ) -> Result<Arc<AccountRecord>, TokenFailure> {
        let ClientCredentials { client_id, proof } = credentials;
        let proven = match proof {
            Proof::Secret(secret) => self.check_secret(config, client_id, secret),
            Proof::Assertion(token) => {
                self.check_assertion(config, identity, clock, client_id, token)
            }
        };
        let account = proven.map_err(|error| {
            let is_guess = error.code == ErrorCode::InvalidClient;
            let delay = if is_guess { self.throttle.failed(client_id) } else { Duration::ZERO };
            // An unknown client id stays out of the log: it may be a secret in the wrong field.
            let client = config.registry.account(client_id).map(|account| account.key.clone());
            TokenFailure { error, client, delay }
        })?;
        let quota = account.quota.unwrap_or(config.settings.quota);
        account.usage.count_request(quota, clock).map_err(|wait| {
            let why = "the client sends too many requests";
            TokenFailure::of_client(&account.key, TokenError::too_many_requests(why, wait))
        })?;
        Ok(account)
    }

    /// Makes [`MAX_SECRETS`] comparisons, whatever the account.
    fn check_secret(
        &self,
        config: &Configuration,
        client_id: &str,
        secret: &str,
    ) -> Result<Arc<AccountRecord>, TokenError> {
        let account = config.registry.account(client_id);
        let secrets = account.as_ref().map_or(&[][..], |account| &account.secrets);
        let decoys = std::iter::repeat(&self.decoy);
        let is_proven = secrets
            .iter()
            .chain(decoys)
            .take(MAX_SECRETS)
            .fold(false, |proven, hash| proven | hash.matches(secret));
        account.filter(|_| is_proven).ok_or_else(TokenError::invalid_client)
    }

    fn check_assertion(
        &self,
        config: &Configuration,
        identity: &Identity,
        clock: &dyn Clock,
        client_id: &str,
        token: &UnverifiedToken,
    ) -> Result<Arc<AccountRecord>, TokenError> {
        let refuse = |why: &str| {
            tracing::info!(why, "client assertion refused");
            TokenError::invalid_client()
        };
        let account = config.registry.account(client_id);
        let no_keys = KeySet::default();
        let keys = account.as_ref().map_or(&no_keys, |account| &account.public_keys);
        let endpoints = TOKEN_PATHS.map(|path| identity.url(path));
        let mut audiences = vec![identity.issuer.as_str()];
        if config.settings.legacy_assertion_audience {
            audiences.extend(endpoints.iter().map(String::as_str));
        }
        let verified =
            assertion::verify(token, client_id, keys, &self.decoy_keys, &audiences, clock.now());
        let assertion = verified.map_err(refuse)?;
        let account = account.ok_or_else(|| refuse("there is no such client"))?;
        self.use_once(client_id, &assertion, clock).map_err(|error| match error {
            ReplayError::Used => refuse("it was used before"),
            ReplayError::Full(wait) => {
                TokenError::too_many_requests("too many client assertions are remembered", wait)
            }
        })?;
        Ok(account)
    }

    fn use_once(
        &self,
        client_id: &str,
        assertion: &Assertion,
        clock: &dyn Clock,
    ) -> Result<(), ReplayError> {
        self.replays.admit(client_id, assertion, clock.now())
    }
}

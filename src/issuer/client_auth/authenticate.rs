//! Authenticates the client of a token request.

use std::{sync::Arc, time::Duration};

use super::{
    assertion,
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
        workload::{acceptance::TokenUse, form::AssertionForm},
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

    /// Returns the account that the credentials prove, and counts its request. It waits if the keys of
    /// a trusted issuer must be fetched.
    ///
    /// # Errors
    /// `invalid_client` (`invalid_grant` and `invalid_request` where the grant's assertion is the
    /// credential), the same for every fault of the credentials, and delayed after repeated failures;
    /// `too_many_requests` if the account's quota is exhausted.
    pub(in crate::issuer) async fn authenticate(
        &self,
        config: &Configuration,
        identity: &Identity,
        clock: &dyn Clock,
        credentials: &ClientCredentials,
    ) -> Result<Arc<AccountRecord>, TokenFailure> {
        let named = credentials.named.as_deref();
        let account = match &credentials.proof {
            Proof::Secret { client_id, secret } => self
                .check_secret(config, client_id, secret)
                .map_err(|error| self.failure(config, client_id, error))?,
            Proof::Assertion { form, token } if is_of_workload(config, *form, token) => {
                self.check_workload(config, clock, named, *form, token).await?
            }
            Proof::Assertion { token, .. } => {
                let client_id = token.subject().unwrap_or_default();
                self.check_assertion(config, identity, clock, named, token)
                    .map_err(|error| self.failure(config, client_id, error))?
            }
        };
        let quota = account.quota.unwrap_or(config.settings.quota);
        account.usage.count_request(quota, clock).map_err(|wait| {
            let why = "the client sends too many requests";
            TokenFailure::of_client(&account.key, TokenError::too_many_requests(why, wait))
        })?;
        Ok(account)
    }

    /// The failure of a client that claims this id; it is delayed if it may be a guess.
    fn failure(&self, config: &Configuration, client_id: &str, error: TokenError) -> TokenFailure {
        let is_guess = error.code == ErrorCode::InvalidClient;
        let delay = if is_guess { self.throttle.failed(client_id) } else { Duration::ZERO };
        // An unknown client id stays out of the log: it may be a secret in the wrong field.
        let client = config.registry.account(client_id).map(|account| account.key.clone());
        TokenFailure { error, client, delay }
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
        named: Option<&str>,
        token: &UnverifiedToken,
    ) -> Result<Arc<AccountRecord>, TokenError> {
        let refuse = |why: &str| {
            tracing::info!(why, "client assertion refused");
            TokenError::invalid_client()
        };
        let client_id = token.subject().ok_or_else(TokenError::invalid_client)?;
        if named.is_some_and(|named| named != client_id) {
            return Err(TokenError::another_client());
        }
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
        self.replays
            .admit(client_id, &assertion.token_id, assertion.ends_at, clock.now())
            .map_err(|error| replayed(&error, || refuse("it was used before")))?;
        Ok(account)
    }

    /// Checks an assertion of another issuer, which nobody can guess: its failures are not delayed.
    async fn check_workload(
        &self,
        config: &Configuration,
        clock: &dyn Clock,
        named: Option<&str>,
        form: AssertionForm,
        token: &UnverifiedToken,
    ) -> Result<Arc<AccountRecord>, TokenError> {
        if config.workloads.is_empty() && !form.is_client_authentication() {
            let why = "no issuer is trusted for assertions; the grant type is client_credentials";
            return Err(TokenError::new(ErrorCode::UnsupportedGrantType, why));
        }
        let workload = config.workloads.recognize(token.clone(), form).await?;
        let key = workload.account.as_str();
        // SPIFFE's clients are named by their SPIFFE IDs.
        let is_subject =
            |named: &str| form == AssertionForm::SpiffeAssertion && named == workload.subject;
        if named.is_some_and(|named| named != key && !is_subject(named)) {
            return Err(TokenError::another_client());
        }
        let refuse = |why: &str| {
            let (issuer, client_id) = (&workload.issuer, key);
            tracing::info!(why, issuer, client_id, "assertion refused");
            form.refusal()
        };
        let account = config.registry.account(key);
        let account = account.ok_or_else(|| refuse("there is no such account"))?;
        if let Some(TokenUse { token_id, ends_at }) = &workload.once {
            // No client has a NUL at the beginning of its key.
            let user = format!("\0{key}\0{}", workload.issuer);
            self.replays
                .admit(&user, token_id, *ends_at, clock.now())
                .map_err(|error| replayed(&error, || refuse("it was used before")))?;
        }
        workload.log(form);
        Ok(account)
    }
}

/// Returns true if another issuer must have signed the assertion: its `iss` is a trusted issuer, or a
/// client cannot sign assertions of this form itself.
fn is_of_workload(config: &Configuration, form: AssertionForm, token: &UnverifiedToken) -> bool {
    form != AssertionForm::ClientAssertion
        || token.issuer().is_some_and(|issuer| config.workloads.trusts(issuer))
}

fn replayed(error: &ReplayError, refuse: impl FnOnce() -> TokenError) -> TokenError {
    match error {
        ReplayError::Used => refuse(),
        ReplayError::Full(wait) => {
            TokenError::too_many_requests("too many assertions are remembered", *wait)
        }
    }
}

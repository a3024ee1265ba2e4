//! Whether the request comes from whom it says.

use std::sync::Arc;

use super::{
    assertion,
    configuration::Configuration,
    credentials::{Presented, Proof},
    registry::AccountRecord,
    replays::Refused,
    response::TokenError,
    shared::Shared,
};

impl Shared {
    /// The account that the credentials prove. There is one answer to all that do not.
    pub(super) fn authenticate(
        &self,
        with: &Configuration,
        presented: &Presented,
    ) -> Result<Arc<AccountRecord>, TokenError> {
        let Presented { client_id, proof } = presented;
        match proof {
            Proof::Secret(secret) => {
                let account = with.registry.authenticate(client_id, secret);
                account.ok_or_else(TokenError::invalid_client)
            }
            Proof::Assertion(assertion) => self.verify_assertion(with, client_id, assertion),
        }
    }

    fn verify_assertion(
        &self,
        with: &Configuration,
        client_id: &str,
        assertion: &str,
    ) -> Result<Arc<AccountRecord>, TokenError> {
        let refused = |why: &str| {
            tracing::info!(why, "client assertion refused");
            TokenError::invalid_client()
        };
        let account = with.registry.account(client_id).ok_or_else(|| refused("no such client"))?;
        let endpoints = ["/oauth/token", "/oidc/token"].map(|path| self.url(path));
        let mut audiences = vec![self.issuer.as_str()];
        if with.legacy_assertion_audience {
            audiences.extend(endpoints.iter().map(String::as_str));
        }
        let now = self.now();
        let keys = &account.public_keys;
        let assertion =
            assertion::verify(assertion, client_id, keys, &audiences, now).map_err(refused)?;
        match self.replays.admit(client_id, &assertion, now) {
            Ok(()) => Ok(account),
            Err(Refused::Used) => Err(refused("it was used before")),
            Err(Refused::Full(wait)) => Err(TokenError::too_many_requests(
                "too many client assertions are remembered",
                wait,
            )),
        }
    }
}

//! Whether the request comes from whom it says.

use std::sync::Arc;

use crate::issuer::{
    client_auth::assertion,
    client_auth::credentials::{Presented, Proof},
    client_auth::replay::Refused,
    endpoint::response::TokenError,
    model::configuration::Configuration,
    model::registry::AccountRecord,
    shared::Shared,
};
use crate::key::KeySet;

impl Shared {
    /// The account that the credentials prove. There is one answer to all that do not.
    pub(in crate::issuer) fn authenticate(
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
        let account = with.registry.account(client_id);
        let no_keys = KeySet::default();
        let keys = account.as_ref().map_or(&no_keys, |account| &account.public_keys);
        let decoys = with.registry.decoy_keys();
        let endpoints = ["/oauth/token", "/oidc/token"].map(|path| self.url(path));
        let mut audiences = vec![self.issuer.as_str()];
        if with.legacy_assertion_audience {
            audiences.extend(endpoints.iter().map(String::as_str));
        }
        let now = self.now();
        let verified = assertion::verify(assertion, client_id, keys, decoys, &audiences, now);
        let assertion = verified.map_err(refused)?;
        let account = account.ok_or_else(|| refused("there is no such client"))?;
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

//! Gives a token its status.

use std::sync::Arc;

use super::decision::Grant;
use crate::{
    issuer::{
        blocking,
        configuration::Configuration,
        error::TokenError,
        revocation::{Assigned, AssignedStatus, RecordedGrant, Wanted},
        shared::Shared,
    },
    time::UnixTime,
};

/// Returns the status of a token that is issued `now`; `None` if tokens have none.
///
/// A request that was decided by a configuration that was replaced meanwhile is refused if the new
/// one would not grant the token: it would be issued after it was taken back.
pub(super) async fn assign(
    shared: &Arc<Shared>,
    config: &Arc<Configuration>,
    grant: &Grant,
    now: UnixTime,
) -> Result<Option<AssignedStatus>, TokenError> {
    if !config.settings.has_status_lists() {
        return Ok(None);
    }
    let recorded = RecordedGrant {
        account: grant.account.key.clone(),
        applications: grant.applications(config).map(|known| known.id.clone()).collect(),
        scope: grant.granted.scope.clone(),
        credentials: grant.account.credentials.clone(),
    };
    let wanted = Wanted::new(recorded, grant.lifetime, now);
    let is_current = || shared.is_current(config, &grant.account);
    if let Some(status) = shared.revocations.take(&wanted, is_current) {
        return Ok(Some(status));
    }
    let worker = Arc::clone(shared);
    let assign = move || {
        let address = |id: &str| worker.identity.status_list(id);
        worker.revocations.assign(&wanted, || worker.configuration(), address)
    };
    match blocking::run(shared, assign).await? {
        Ok(Assigned::Status(status)) => Ok(Some(status)),
        Ok(Assigned::NotGranted) => {
            tracing::info!(client_id = grant.account.key, "access was withdrawn meanwhile");
            Err(TokenError::invalid_client())
        }
        Err(error) => {
            tracing::error!(%error, "a token without a status is not issued");
            Err(TokenError::server_error())
        }
    }
}

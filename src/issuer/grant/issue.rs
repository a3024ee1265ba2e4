//! Signs the token of a grant.

use std::sync::Arc;

use super::{decision::Grant, status};
use crate::{
    issuer::{
        configuration::Configuration,
        error::TokenError,
        model::{
            application::Application,
            profile::{ClaimValues, Claims},
        },
        response::TokenResponse,
        shared::Shared,
        token_id::token_id,
    },
    jwt::{self, MAX_TOKEN_BYTES},
};

/// Counts the token, signs it and logs it.
pub(super) async fn issue(
    shared: &Arc<Shared>,
    config: &Arc<Configuration>,
    grant: Grant,
) -> Result<TokenResponse, TokenError> {
    let quota = grant.account.quota.unwrap_or(config.settings.quota);
    grant.account.usage.count_token(quota, &*shared.clock).map_err(|wait| {
        TokenError::too_many_requests("the client has had all tokens of its quota", wait)
    })?;
    let now = shared.clock.now();
    let status = status::assign(shared, config, &grant, now).await?;
    let Grant { account, granted, lifetime, claims, .. } = &grant;
    let audiences: Vec<&str> =
        grant.applications(config).map(Application::audience_or_id).collect();
    let key = shared.keys.active();
    let values = ClaimValues {
        issuer: shared.identity.issuer.as_str(),
        client_id: &account.key,
        application: grant.applications(config).next().map_or("", |first| &first.id),
        audiences: &audiences,
        scope: &granted.scope,
        issued_at: now,
        expires_at: now + *lifetime,
        token_id: &token_id().map_err(|_| TokenError::server_error())?,
        status: status.as_ref().map(|status| (status.index, &*status.uri)),
    };
    let profile = config.settings.profile;
    let claims = Claims { profile, values: &values, added: claims };
    let header = jwt::Header::new(profile.typ(), &key);
    let access_token = jwt::sign(&header, &claims, &key).map_err(|error| {
        tracing::error!(%error, "a token could not be signed");
        TokenError::server_error()
    })?;
    if access_token.len() > MAX_TOKEN_BYTES {
        let bytes = access_token.len();
        tracing::error!(bytes, "a token is too long; grant fewer scopes, or add fewer claims");
        return Err(TokenError::server_error());
    }
    tracing::info!(
        client_id = account.key,
        audience = audiences.join(" "),
        scope = granted.scope,
        rejected_scope = ?granted.rejected_scope,
        "token issued"
    );
    let expires_in = lifetime.as_secs();
    let Grant { granted, .. } = grant;
    Ok(TokenResponse {
        access_token,
        issued_token_type: None,
        token_type: "Bearer",
        expires_in,
        scope: granted.scope,
        rejected_scope: granted.rejected_scope,
    })
}

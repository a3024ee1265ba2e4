//! Runs the hooks on a grant.

use std::{sync::Arc, time::Duration};

use http::request::Parts;

use super::decision::Grant;
use crate::issuer::{
    configuration::Configuration, error::TokenError, hooks::CredentialsExchange,
    model::application::Application,
};

/// The longest time that all hooks of a request may take together.
const HOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// Returns a grant as the hooks modify it; without hooks, the grant itself.
pub(super) async fn ask_hooks(
    config: &Configuration,
    grant: Grant,
    requested: Option<String>,
    head: Parts,
) -> Result<Grant, TokenError> {
    let hooks = &config.settings.hooks;
    if hooks.is_empty() {
        return Ok(grant);
    }
    let audiences = grant.applications(config).map(Application::audience_or_id);
    let mut exchange = CredentialsExchange {
        audiences: audiences.map(str::to_owned).collect(),
        account: grant.account,
        requested,
        granted: grant.granted,
        lifetime: grant.lifetime,
        head: Arc::new(head),
    };
    let asked = tokio::time::timeout(HOOK_TIMEOUT, hooks.run(&mut exchange)).await;
    let claims = asked.unwrap_or_else(|_| {
        tracing::error!(client_id = exchange.client_id(), "the hooks did not answer in time");
        Err(TokenError::server_error())
    })?;
    let CredentialsExchange { account, granted, lifetime, .. } = exchange;
    Grant { account, granted, lifetime, claims, ..grant }.under_policy(config)
}

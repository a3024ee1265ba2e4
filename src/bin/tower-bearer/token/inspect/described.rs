//! An API that a file describes (`--config`).

use std::{fs, path::Path};

use tower_bearer::{
    config::{IssuerConfig, ResourceServerConfig},
    key::KeySet,
    time::UnixTime,
};

use super::{decode::Decoded, expectations::InspectOptions};
use crate::ui::Failure;

/// The leeway of an API whose file sets none.
const DEFAULT_LEEWAY: std::time::Duration = std::time::Duration::from_secs(30);

/// The issuer of the file that the token names, or the first, which refuses it.
pub(super) fn issuer(file: &Path, token: &Decoded) -> Result<IssuerConfig, Failure> {
    let place = file.display();
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("--config {place}: {error}")))?;
    let config: ResourceServerConfig = toml::from_str(&text)
        .map_err(|error| Failure::usage(format!("--config {place}: {error}")))?;
    let issuers = config.relative_to(file.parent().unwrap_or(Path::new(""))).issuers();
    let mut issuers =
        issuers.map_err(|error| Failure::usage(format!("--config {place}: {error}")))?;
    let named: Option<String> = serde_json::from_str(&token.claim("iss")).ok();
    let is_named = |issuer: &IssuerConfig| named.as_deref() == Some(issuer.issuer().as_str());
    let index = issuers.iter().position(is_named).unwrap_or(0);
    Ok(issuers.swap_remove(index))
}

/// Both sides of the comparisons for this issuer.
pub(super) fn options<'a>(
    api: &'a IssuerConfig,
    keys: &'a KeySet,
    now: UnixTime,
) -> InspectOptions<'a> {
    InspectOptions {
        issuer: api.issuer(),
        audiences: api.audiences(),
        algorithms: api.algorithms(),
        keys,
        now,
        leeway: api.leeway().unwrap_or(DEFAULT_LEEWAY),
        max_age: api.max_token_age(),
        strict: api.is_strict(),
        scope_claim: api.scope_claim(),
    }
}

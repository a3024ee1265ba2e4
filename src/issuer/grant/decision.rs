//! Decides which applications and scopes a request is granted. Pure.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value};

use super::request::TokenRequest;
use crate::{
    issuer::{
        configuration::Configuration,
        error::{ErrorCode, TokenError},
        model::{
            application::Application,
            grant_policy::{EmptyGrant, ExcessScope, MissingScope},
            profile::Profile,
            record::{AccountRecord, GrantRecord},
            rules::Granted,
        },
    },
    scope::{MAX_SCOPES, items},
};

/// The applications and scopes that a client is granted.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) account: Arc<AccountRecord>,
    /// The indices of the applications that the token is for.
    pub(super) targets: Vec<usize>,
    pub(super) granted: Granted,
    pub(super) lifetime: Duration,
    /// Claims that hooks have added.
    pub(super) claims: Map<String, Value>,
}

impl Grant {
    /// Grants the part of a request that the account's rules allow.
    pub(super) fn decide(
        config: &Configuration,
        account: &Arc<AccountRecord>,
        request: &TokenRequest,
    ) -> Result<Self, TokenError> {
        if let Some(error) = &request.deferred_error {
            return Err(error.clone());
        }
        let targets = targets(config, account, &request.targets)?;
        let grant = Self {
            granted: judge_scopes(config, &targets, request.scope.as_deref())?,
            targets: targets.iter().map(|grant| grant.application).collect(),
            lifetime: account.lifetime.unwrap_or(config.settings.lifetime),
            account: account.clone(),
            claims: Map::new(),
        };
        grant.under_policy(config)
    }

    /// Returns the grant unless the policy refuses it with `invalid_scope`.
    pub(super) fn under_policy(self, config: &Configuration) -> Result<Self, TokenError> {
        let policy = config.settings.grant_policy;
        let refused = |why| {
            let error = TokenError::new(ErrorCode::InvalidScope, why);
            Err(error.with_rejected_scope(self.granted.rejected_scope.clone()))
        };
        if self.granted.scope.is_empty() && policy.empty == EmptyGrant::Refuse {
            return refused("none of the scopes is granted to the client");
        }
        if !self.granted.rejected_scope.is_empty() && policy.excess == ExcessScope::Refuse {
            return refused("not every scope is granted to the client");
        }
        Ok(self)
    }

    /// Iterates over the applications that the token is for.
    pub(super) fn applications<'a>(
        &'a self,
        config: &'a Configuration,
    ) -> impl Iterator<Item = &'a Application> {
        self.targets.iter().filter_map(|place| config.registry.applications.get(*place))
    }
}

/// Returns the rules for the applications that the token is for: those the request names (RFC 8707
/// §2.2), else the account's only one, else the default one.
fn targets<'a>(
    config: &Configuration,
    account: &'a AccountRecord,
    requested: &[String],
) -> Result<Vec<&'a GrantRecord>, TokenError> {
    let grant_for = |at| account.grants.iter().find(|grant| grant.application == at);
    let invalid_target = |why| TokenError::new(ErrorCode::InvalidTarget, why);
    let grants = if requested.is_empty() {
        let default = || config.default_application.and_then(grant_for);
        let chosen = match account.grants.as_slice() {
            [only] => Some(only),
            _ => default(),
        };
        vec![chosen.ok_or_else(|| {
            invalid_target("name one of the client's applications as audience or resource")
        })?]
    } else {
        let named = requested
            .iter()
            .map(|audience| config.registry.applications.by_audience(audience).and_then(grant_for));
        named.collect::<Option<Vec<_>>>().ok_or_else(|| {
            invalid_target("an audience or resource is unknown, or not the client's")
        })?
    };
    if grants.len() > 1 && config.settings.profile == Profile::Authing {
        return Err(invalid_target("a token of this issuer is for one application"));
    }
    if grants.iter().any(|grant| grant.disabled) {
        return Err(TokenError::new(
            ErrorCode::UnauthorizedClient,
            "the client's access to the application is disabled",
        ));
    }
    Ok(grants)
}

/// Decides the requested scopes. Several applications must grant the same: a scope of one would be
/// valid in the others as well (RFC 9068 §3).
fn judge_scopes(
    config: &Configuration,
    targets: &[&GrantRecord],
    requested: Option<&str>,
) -> Result<Granted, TokenError> {
    let policy = config.settings.grant_policy;
    let invalid_scope = |why| TokenError::new(ErrorCode::InvalidScope, why);
    let count = requested.map_or(0, |list| items(list).take(MAX_SCOPES + 1).count());
    if count == 0 && policy.missing == MissingScope::Refuse {
        return Err(invalid_scope("the request names no scope"));
    }
    if count > MAX_SCOPES {
        return Err(invalid_scope("the request names more than 256 scopes"));
    }
    let mut judged = targets.iter().map(|grant| grant.rules.judge(requested, policy.excess));
    let granted = judged.next().unwrap_or_default();
    if judged.any(|other| other != granted) {
        return Err(invalid_scope(
            "the scopes are not granted alike for each resource; ask for a token for each",
        ));
    }
    if items(&granted.scope).count() > MAX_SCOPES {
        return Err(invalid_scope("more than 256 scopes are granted; ask for fewer"));
    }
    Ok(granted)
}

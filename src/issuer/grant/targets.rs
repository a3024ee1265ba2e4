//! What a request is granted: for which applications, and which scopes. Pure.

use crate::issuer::{
    endpoint::response::{ErrorCode, TokenError},
    grant::rules::Granted,
    model::configuration::Configuration,
    model::grant_policy::{EmptyGrant, ExcessScope, MissingScope},
    model::profile::Profile,
    model::registry::{AccountRecord, GrantRecord},
};
use crate::scope::{MAX_SCOPES, items};

impl Configuration {
    /// The applications that the token is for: those the request names (RFC 8707 §2.2), else the
    /// account's only one, else the default one.
    pub(in crate::issuer) fn targets<'a>(
        &self,
        account: &'a AccountRecord,
        requested: &[String],
    ) -> Result<Vec<&'a GrantRecord>, TokenError> {
        let grant_for = |at| account.grants.iter().find(|grant| grant.application == at);
        let invalid_target = |why| TokenError::new(ErrorCode::InvalidTarget, why);
        let grants = if requested.is_empty() {
            let default = || self.default_application.and_then(grant_for);
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
                .map(|audience| self.registry.by_audience(audience).and_then(grant_for));
            named.collect::<Option<Vec<_>>>().ok_or_else(|| {
                invalid_target("an audience or resource is unknown, or not the client's")
            })?
        };
        if grants.len() > 1 && self.profile == Profile::Authing {
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

    /// Judges the requested scopes. For several applications each must grant the same: a scope of
    /// one would count in the others, too (RFC 9068 §3).
    pub(in crate::issuer) fn scopes(
        &self,
        targets: &[&GrantRecord],
        requested: Option<&str>,
    ) -> Result<Granted, TokenError> {
        let policy = self.grant_policy;
        let invalid_scope = |why| TokenError::new(ErrorCode::InvalidScope, why);
        let named = requested.is_some_and(|list| items(list).next().is_some());
        if !named && policy.missing == MissingScope::Refuse {
            return Err(invalid_scope("the request names no scope"));
        }
        if requested.is_some_and(|list| items(list).count() > MAX_SCOPES) {
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
        self.not_refused(granted)
    }

    /// Refuses what the settings do not answer with a token.
    pub(in crate::issuer) fn not_refused(&self, granted: Granted) -> Result<Granted, TokenError> {
        let policy = self.grant_policy;
        let refused = |why| {
            let error = TokenError::new(ErrorCode::InvalidScope, why);
            Err(error.with_rejected_scope(granted.rejected_scope.clone()))
        };
        if granted.scope.is_empty() && policy.empty == EmptyGrant::Refuse {
            return refused("none of the scopes is granted to the client");
        }
        if !granted.rejected_scope.is_empty() && policy.excess == ExcessScope::Refuse {
            return refused("not every scope is granted to the client");
        }
        Ok(granted)
    }
}

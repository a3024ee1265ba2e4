//! From a token request to its answer: who asks, for which application, for which scopes.

use std::time::Duration;

use http::{HeaderMap, Response, Uri};

use super::{
    answers::{Excess, Nothing, Unscoped},
    draft::token_id,
    grant::{Granted, items},
    jwt,
    profile::{Profile, Statement},
    registry::{AccountRecord, GrantRecord},
    request::TokenRequest,
    response::{ErrorCode, ResponseBody, TokenError, TokenResponse},
    token_issuer::Shared,
};
use crate::scope::MAX_SCOPES;

impl Shared {
    /// Answers a request at the token endpoint, and says how long to hold the answer back.
    pub(super) fn answer(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> (Response<ResponseBody>, Duration) {
        let mut client = None;
        let mut held_back = Duration::ZERO;
        let response = match self.exchange(uri, headers, body, &mut client, &mut held_back) {
            Ok(token) => token.into_response(),
            Err(error) => {
                let code = error.code().name();
                let why = error.description();
                tracing::info!(client_id = client.as_deref(), error = code, why, "token refused");
                error.into_response()
            }
        };
        (response, held_back)
    }

    /// `client` is set to the client's key as soon as it is proven, `held_back` when it is not.
    fn exchange(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
        client: &mut Option<String>,
        held_back: &mut Duration,
    ) -> Result<TokenResponse, TokenError> {
        let request = TokenRequest::read(uri, headers, body)?;
        let account = self.registry.authenticate(&request.presented).ok_or_else(|| {
            *held_back = self.slowdown.failed(&request.presented.client_id);
            TokenError::invalid_client()
        })?;
        *client = Some(account.key.clone());
        request.unheeded?;
        let targets = self.targets(&account, &request.targets)?;
        let granted = self.scopes(&targets, request.scope.as_deref())?;
        self.issue(&account, &targets, granted)
    }

    /// The applications that the token is for: those the request names (RFC 8707 §2.2), else the
    /// account's only one, else the default one.
    fn targets<'a>(
        &self,
        account: &'a AccountRecord,
        requested: &[String],
    ) -> Result<Vec<&'a GrantRecord>, TokenError> {
        let grant_for = |at| account.grants.iter().find(|grant| grant.application == at);
        let invalid_target = |why| TokenError::new(ErrorCode::InvalidTarget, why);
        let grants = if requested.is_empty() {
            let default = || self.settings.default_application.and_then(grant_for);
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
        if grants.len() > 1 && self.settings.profile == Profile::Authing {
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
    fn scopes(
        &self,
        targets: &[&GrantRecord],
        requested: Option<&str>,
    ) -> Result<Granted, TokenError> {
        let answers = self.settings.answers;
        let invalid_scope = |why| TokenError::new(ErrorCode::InvalidScope, why);
        let named = requested.is_some_and(|list| items(list).next().is_some());
        if !named && answers.unscoped == Unscoped::Refuse {
            return Err(invalid_scope("the request names no scope"));
        }
        if requested.is_some_and(|list| items(list).count() > MAX_SCOPES) {
            return Err(invalid_scope("the request names more than 256 scopes"));
        }
        let mut judged = targets.iter().map(|grant| grant.rules.judge(requested, answers.excess));
        let granted = judged.next().unwrap_or_default();
        if judged.any(|other| other != granted) {
            return Err(invalid_scope(
                "the scopes are not granted alike for each resource; ask for a token for each",
            ));
        }
        if items(&granted.scope).count() > MAX_SCOPES {
            return Err(invalid_scope("more than 256 scopes are granted; ask for fewer"));
        }
        let refused =
            |why| Err(invalid_scope(why).with_rejected_scope(granted.rejected_scope.clone()));
        if granted.scope.is_empty() && answers.nothing == Nothing::Refuse {
            return refused("none of the scopes is granted to the client");
        }
        if !granted.rejected_scope.is_empty() && answers.excess == Excess::Refuse {
            return refused("not every scope is granted to the client");
        }
        Ok(granted)
    }

    fn issue(
        &self,
        account: &AccountRecord,
        targets: &[&GrantRecord],
        granted: Granted,
    ) -> Result<TokenResponse, TokenError> {
        let server_error = || TokenError::new(ErrorCode::ServerError, "no token could be made");
        let applications = self.registry.applications();
        let named: Vec<_> =
            targets.iter().filter_map(|grant| applications.get(grant.application)).collect();
        let audiences: Vec<_> = named.iter().map(|known| known.audience_or_id()).collect();
        let lifetime = account.lifetime.unwrap_or(self.settings.lifetime);
        let now = self.settings.clock.now();
        let key = self.keys.active();
        let claims = self.settings.profile.claims(&Statement {
            issuer: self.settings.issuer.as_str(),
            client_id: &account.key,
            application: named.first().map_or("", |known| &known.id),
            audiences: &audiences,
            scope: &granted.scope,
            issued_at: now,
            expires_at: now + lifetime,
            token_id: &token_id().map_err(|_| server_error())?,
        });
        let header = jwt::header(self.settings.profile.typ(), &key);
        let access_token = jwt::sign(&header, &claims, &key).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            server_error()
        })?;
        tracing::info!(
            client_id = account.key,
            audience = audiences.join(" "),
            scope = granted.scope,
            rejected_scope = ?granted.rejected_scope,
            "token issued"
        );
        Ok(TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: lifetime.as_secs(),
            scope: granted.scope,
            rejected_scope: granted.rejected_scope,
        })
    }
}

//! From a token request to its answer: who asks, for which application, for which scopes.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use http::{HeaderMap, Response, Uri, header::AUTHORIZATION};
use serde_json::{Map, Value};

use super::{
    answers::{Excess, Nothing, Unscoped},
    draft::token_id,
    grant::{Granted, items},
    hook::{CredentialsExchange, HOOK_TIMEOUT},
    jwt,
    profile::{Profile, Statement},
    registry::{AccountRecord, GrantRecord},
    request::TokenRequest,
    response::{ErrorCode, ResponseBody, TokenError, TokenResponse},
    token_issuer::Shared,
};
use crate::{scope::MAX_SCOPES, verify::MAX_TOKEN_BYTES};

/// The answer to a token request.
pub(super) enum Answer {
    Now(Response<ResponseBody>),
    /// Held back for so long.
    After(Duration, Response<ResponseBody>),
    /// When the hooks have been asked.
    Later(Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send>>),
}

impl Shared {
    /// Answers a request at the token endpoint, at once or when the hooks have been asked.
    pub(super) fn answer(self: &Arc<Self>, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Answer {
        let mut client = None;
        let mut held_back = Duration::ZERO;
        let outcome = match self.exchange(uri, headers, body, &mut client, &mut held_back) {
            Ok(exchange) if self.settings.hooks.is_empty() => self.issue(&exchange, Map::new()),
            Ok(exchange) => return Answer::Later(Box::pin(self.clone().ask(exchange))),
            Err(error) => Err(error),
        };
        let response = respond(outcome, client.as_deref());
        if held_back.is_zero() { Answer::Now(response) } else { Answer::After(held_back, response) }
    }

    /// Asks the hooks, and issues what they leave.
    async fn ask(self: Arc<Self>, mut exchange: CredentialsExchange) -> Response<ResponseBody> {
        let client = exchange.client_id().to_owned();
        let asked = self.settings.hooks.ask(&mut exchange);
        let outcome = match tokio::time::timeout(HOOK_TIMEOUT, asked).await {
            Ok(Ok(claims)) => {
                let granted = std::mem::take(&mut exchange.granted);
                self.not_refused(granted).and_then(|granted| {
                    exchange.granted = granted;
                    self.issue(&exchange, claims)
                })
            }
            Ok(Err(denied)) => Err(denied),
            Err(_) => {
                tracing::error!(client_id = client, "the hooks have not answered in time");
                Err(TokenError::server_error())
            }
        };
        respond(outcome, Some(&client))
    }

    /// `client` is set to the client's key as soon as it is proven, `held_back` when it is not.
    fn exchange(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
        client: &mut Option<String>,
        held_back: &mut Duration,
    ) -> Result<CredentialsExchange, TokenError> {
        let request = TokenRequest::read(uri, headers, body)?;
        let account = self.registry.authenticate(&request.presented).ok_or_else(|| {
            *held_back = self.slowdown.failed(&request.presented.client_id);
            TokenError::invalid_client()
        })?;
        *client = Some(account.key.clone());
        request.unheeded?;
        let targets = self.targets(&account, &request.targets)?;
        let granted = self.scopes(&targets, request.scope.as_deref())?;
        let applications = self.registry.applications();
        let named = targets.iter().filter_map(|grant| applications.get(grant.application));
        let mut headers = headers.clone();
        headers.remove(AUTHORIZATION);
        Ok(CredentialsExchange {
            application: targets.first().map_or(0, |grant| grant.application),
            audiences: named.map(|known| known.audience_or_id().to_owned()).collect(),
            lifetime: account.lifetime.unwrap_or(self.settings.lifetime),
            requested: request.scope,
            headers: Arc::new(headers),
            granted,
            account,
        })
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
        self.not_refused(granted)
    }

    /// Refuses what the settings do not answer with a token.
    fn not_refused(&self, granted: Granted) -> Result<Granted, TokenError> {
        let answers = self.settings.answers;
        let refused = |why| {
            let error = TokenError::new(ErrorCode::InvalidScope, why);
            Err(error.with_rejected_scope(granted.rejected_scope.clone()))
        };
        if granted.scope.is_empty() && answers.nothing == Nothing::Refuse {
            return refused("none of the scopes is granted to the client");
        }
        if !granted.rejected_scope.is_empty() && answers.excess == Excess::Refuse {
            return refused("not every scope is granted to the client");
        }
        Ok(granted)
    }

    /// Makes the token, with claims that hooks have added.
    fn issue(
        &self,
        exchange: &CredentialsExchange,
        added: Map<String, Value>,
    ) -> Result<TokenResponse, TokenError> {
        let CredentialsExchange { audiences, granted, lifetime, .. } = exchange;
        let application = self.registry.applications().get(exchange.application);
        let named: Vec<&str> = exchange.audiences().collect();
        let now = self.settings.clock.now();
        let key = self.keys.active();
        let registered = self.settings.profile.claims(&Statement {
            issuer: self.settings.issuer.as_str(),
            client_id: exchange.client_id(),
            application: application.map_or("", |known| &known.id),
            audiences: &named,
            scope: &granted.scope,
            issued_at: now,
            expires_at: now + *lifetime,
            token_id: &token_id().map_err(|_| TokenError::server_error())?,
        });
        let mut claims = added;
        claims.extend(registered);
        let header = jwt::header(self.settings.profile.typ(), &key);
        let access_token = jwt::sign(&header, &claims, &key).map_err(|error| {
            tracing::error!(%error, "a token could not be signed");
            TokenError::server_error()
        })?;
        if access_token.len() > MAX_TOKEN_BYTES {
            let bytes = access_token.len();
            tracing::error!(bytes, "a token is too long; ask for less, or add fewer claims");
            return Err(TokenError::server_error());
        }
        tracing::info!(
            client_id = exchange.client_id(),
            audience = audiences.join(" "),
            scope = granted.scope,
            rejected_scope = ?granted.rejected_scope,
            "token issued"
        );
        Ok(TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: lifetime.as_secs(),
            scope: granted.scope.clone(),
            rejected_scope: granted.rejected_scope.clone(),
        })
    }
}

fn respond(
    outcome: Result<TokenResponse, TokenError>,
    client: Option<&str>,
) -> Response<ResponseBody> {
    match outcome {
        Ok(token) => token.into_response(),
        Err(error) => {
            let (code, why) = (error.code().name(), error.description());
            tracing::info!(client_id = client, error = code, why, "token refused");
            error.into_response()
        }
    }
}

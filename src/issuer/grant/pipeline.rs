//! From a token request to its answer: who asks, for which application, for which scopes.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use http::{Response, header::AUTHORIZATION, request::Parts};
use serde_json::{Map, Value};

use crate::issuer::{
    endpoint::response::{ErrorCode, ResponseBody, TokenError, TokenResponse},
    grant::hooks::{CredentialsExchange, HOOK_TIMEOUT},
    grant::request::TokenRequest,
    model::configuration::Configuration,
    model::profile::{Claims, Statement},
    model::registry::AccountRecord,
    shared::Shared,
    token_builder::token_id,
};
use crate::{jwt, verify::MAX_TOKEN_BYTES};

/// The answer to a token request.
pub(in crate::issuer) enum Answer {
    Now(Response<ResponseBody>),
    /// Held back for so long.
    After(Duration, Response<ResponseBody>),
    /// When the hooks have been asked.
    Later(Pin<Box<dyn Future<Output = Response<ResponseBody>> + Send>>),
}

impl Shared {
    /// GrantPolicy a request at the token endpoint, at once or when the hooks have been asked.
    pub(in crate::issuer) fn answer(self: &Arc<Self>, head: Parts, body: &[u8]) -> Answer {
        let mut client = None;
        let mut held_back = Duration::ZERO;
        let with = self.configuration();
        let outcome = match self.exchange(&with, head, body, &mut client, &mut held_back) {
            Ok(exchange) if with.hooks.is_empty() => self.issue(&with, exchange, &Map::new()),
            Ok(exchange) => return Answer::Later(Box::pin(self.clone().ask(with, exchange))),
            Err(error) => Err(error),
        };
        let response = respond(outcome, client.as_ref().map(|client| client.key.as_str()));
        if held_back.is_zero() { Answer::Now(response) } else { Answer::After(held_back, response) }
    }

    /// Asks the hooks, and issues what they leave.
    async fn ask(
        self: Arc<Self>,
        with: Arc<Configuration>,
        mut exchange: CredentialsExchange,
    ) -> Response<ResponseBody> {
        let client = exchange.client_id().to_owned();
        let asked = with.hooks.ask(&mut exchange);
        let outcome = match tokio::time::timeout(HOOK_TIMEOUT, asked).await {
            Ok(Ok(claims)) => {
                let granted = std::mem::take(&mut exchange.granted);
                with.not_refused(granted).and_then(|granted| {
                    exchange.granted = granted;
                    self.issue(&with, exchange, &claims)
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

    /// `client` is set to the client as soon as it is proven, `held_back` when it is not.
    fn exchange(
        &self,
        with: &Configuration,
        mut head: Parts,
        body: &[u8],
        client: &mut Option<Arc<AccountRecord>>,
        held_back: &mut Duration,
    ) -> Result<CredentialsExchange, TokenError> {
        let request = TokenRequest::read(&head.uri, &head.headers, body)?;
        let presented = &request.presented;
        let account = self.authenticate(with, presented).inspect_err(|error| {
            if error.code() == ErrorCode::InvalidClient {
                *held_back = self.slowdown.failed(&presented.client_id);
            }
        })?;
        *client = Some(account.clone());
        let quota = account.quota.unwrap_or(with.quota);
        account.usage.request(quota, self.now()).map_err(|wait| {
            TokenError::too_many_requests("the client sends too many requests", wait)
        })?;
        request.unheeded?;
        let targets = with.targets(&account, &request.targets)?;
        let granted = with.scopes(&targets, request.scope.as_deref())?;
        let applications = with.registry.applications();
        let named = targets.iter().filter_map(|grant| applications.get(grant.application));
        head.headers.remove(AUTHORIZATION);
        Ok(CredentialsExchange {
            application: targets.first().map_or(0, |grant| grant.application),
            audiences: named.map(|known| known.audience_or_id().to_owned()).collect(),
            lifetime: account.lifetime.unwrap_or(with.lifetime),
            requested: request.scope,
            head: Arc::new(head),
            granted,
            account,
        })
    }

    /// Makes the token, with claims that hooks have added.
    fn issue(
        &self,
        with: &Configuration,
        exchange: CredentialsExchange,
        added: &Map<String, Value>,
    ) -> Result<TokenResponse, TokenError> {
        let CredentialsExchange { account, audiences, granted, lifetime, .. } = exchange;
        let application = with.registry.applications().get(exchange.application);
        let audiences: Vec<&str> = audiences.iter().map(String::as_str).collect();
        let now = self.now();
        let quota = account.quota.unwrap_or(with.quota);
        account.usage.token(quota, now).map_err(|wait| {
            TokenError::too_many_requests("the client has had all tokens of its quota", wait)
        })?;
        let key = self.keys.active();
        let statement = Statement {
            issuer: self.issuer.as_str(),
            client_id: &account.key,
            application: application.map_or("", |known| &known.id),
            audiences: &audiences,
            scope: &granted.scope,
            issued_at: now,
            expires_at: now + lifetime,
            token_id: &token_id().map_err(|_| TokenError::server_error())?,
        };
        let claims = Claims { profile: with.profile, statement: &statement, added };
        let header = jwt::Header::new(with.profile.typ(), &key);
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

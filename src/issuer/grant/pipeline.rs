//! The five steps from a token request to its response.

use std::sync::Arc;

use http::{Response, header::AUTHORIZATION, request::Parts};

use super::{decision::Grant, hooks::ask_hooks, issue::issue, request::TokenRequest};
use crate::issuer::{
    error::TokenFailure,
    hold_back::refuse,
    response::{ResponseBody, TokenResponse},
    serve::Activity,
    shared::Shared,
    workload::form::ACCESS_TOKEN_TYPE,
};

/// Answers a token request. The answer to repeated wrong credentials is delayed.
pub(in crate::issuer) async fn answer(
    shared: Arc<Shared>,
    mut head: Parts,
    body: Vec<u8>,
) -> Response<ResponseBody> {
    let activity = head.extensions.remove::<Activity>();
    match token(&shared, head, &body).await {
        Ok(token) => {
            shared.metrics.answered("granted");
            token.into_response()
        }
        Err(failure) => {
            shared.metrics.answered(failure.error.code.name());
            refuse(failure, "token refused", activity).await
        }
    }
}

async fn token(
    shared: &Arc<Shared>,
    mut head: Parts,
    body: &[u8],
) -> Result<TokenResponse, TokenFailure> {
    let config = shared.configuration();
    let request = TokenRequest::parse(&head.uri, &head.headers, body)?;
    head.headers.remove(AUTHORIZATION);
    let client = shared
        .clients
        .authenticate(&config, &shared.identity, &*shared.clock, &request.credentials)
        .await?;
    let refused = |error| TokenFailure::of_client(&client.key, error);
    let grant = Grant::decide(&config, &client, &request).map_err(refused)?;
    let grant = ask_hooks(&config, grant, request.scope, head).await.map_err(refused)?;
    let response = issue(shared, &config, grant).await.map_err(refused)?;
    Ok(TokenResponse {
        issued_token_type: request.is_exchange.then_some(ACCESS_TOKEN_TYPE),
        ..response
    })
}

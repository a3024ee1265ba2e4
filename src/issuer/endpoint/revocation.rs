//! The revocation endpoint (RFC 7009).

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Response, StatusCode, header::CACHE_CONTROL, request::Parts};

use super::presented_token::PresentedToken;
use crate::issuer::{
    blocking,
    error::{ErrorCode, TokenError, TokenFailure},
    hold_back::refuse,
    issued_token::IssuedToken,
    response::{ResponseBody, bare},
    serve::Activity,
    shared::Shared,
};

/// When a client may try again after the disk has failed.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Answers a revocation request.
pub(super) async fn answer(
    shared: Arc<Shared>,
    mut head: Parts,
    body: Vec<u8>,
) -> Response<ResponseBody> {
    let activity = head.extensions.remove::<Activity>();
    match revoke(&shared, &head, &body).await {
        Ok(()) => {
            let mut response = bare(StatusCode::OK);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(failure) => refuse(failure, "revocation refused", activity).await,
    }
}

/// Takes the client's token back. A token that is not valid needs no revocation (RFC 7009 §2.2).
async fn revoke(shared: &Arc<Shared>, head: &Parts, body: &[u8]) -> Result<(), TokenFailure> {
    let config = shared.configuration();
    let presented = PresentedToken::read(shared, &config, (&head.uri, &head.headers), body).await?;
    let client = &presented.client.key;
    let refused = |error| TokenFailure::of_client(client, error);
    let Some(token) = IssuedToken::verify(shared, &config, &presented.token) else { return Ok(()) };
    if token.account() != Some(client) {
        let why = "the token was issued to another client";
        return Err(refused(TokenError::new(ErrorCode::InvalidGrant, why)));
    }
    let worker = Arc::clone(shared);
    let revoked = blocking::run(shared, move || token.revoke(&worker)).await.map_err(refused)?;
    match revoked {
        Ok(is_new) => {
            tracing::info!(client_id = client, is_new, "token revoked");
            Ok(())
        }
        Err(error) if error.is_without_status() => {
            let why = "the token was issued without a status, and is valid until it expires";
            Err(refused(TokenError::new(ErrorCode::UnsupportedTokenType, why)))
        }
        Err(error) => {
            tracing::error!(%error, "a token could not be revoked");
            let why = "the revocation could not be recorded; the token is still valid";
            let error = TokenError::new(ErrorCode::TemporarilyUnavailable, why);
            Err(refused(TokenError { retry_after: Some(RETRY_AFTER), ..error }))
        }
    }
}

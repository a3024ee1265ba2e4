//! The introspection endpoint (RFC 7662), with signed answers (RFC 9701).

use std::sync::Arc;

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE},
    request::Parts,
};
use serde_json::{Map, Value, json};

use super::presented_token::PresentedToken;
use crate::{
    issuer::{
        blocking,
        error::{TokenError, TokenFailure},
        hold_back::refuse,
        issued_token::IssuedToken,
        model::record::AccountRecord,
        response::{ResponseBody, bare, document},
        serve::Activity,
        shared::Shared,
    },
    jwt,
};

/// The media type of a signed answer (RFC 9701 §4), after `application/` the `typ` of its header.
const SIGNED: &str = "application/token-introspection+jwt";

/// Answers an introspection request.
pub(super) async fn answer(
    shared: Arc<Shared>,
    mut head: Parts,
    body: Vec<u8>,
) -> Response<ResponseBody> {
    let activity = head.extensions.remove::<Activity>();
    match introspect(&shared, &head, &body).await {
        Ok(response) => response,
        Err(failure) => refuse(failure, "introspection refused", activity).await,
    }
}

async fn introspect(
    shared: &Arc<Shared>,
    head: &Parts,
    body: &[u8],
) -> Result<Response<ResponseBody>, TokenFailure> {
    let config = shared.configuration();
    let presented = PresentedToken::read(shared, &config, (&head.uri, &head.headers), body).await?;
    let client = Arc::clone(&presented.client);
    let refused = |error| TokenFailure::of_client(&client.key, error);
    let (worker, api) = (Arc::clone(shared), Arc::clone(&client));
    let members = blocking::run(shared, move || {
        let token = IssuedToken::verify(&worker, &config, &presented.token)?;
        let may_ask = token.account() == Some(&api.key)
            || token.applications(&config).any(|place| api.introspects.contains(&place));
        (may_ask && token.is_active(&worker, &config)).then(|| token.members())
    });
    let members = members.await.map_err(refused)?;
    tracing::info!(client_id = client.key, active = members.is_some(), "token introspected");
    // Nothing else is said about a token that is not active (RFC 7662 §2.2).
    let answer = members.unwrap_or_else(|| Map::from_iter([("active".to_owned(), false.into())]));
    let mut response = if accepts_signed(&head.headers) {
        signed(shared, &client, &answer).map_err(refused)?
    } else {
        document(StatusCode::OK, Value::Object(answer).to_string().into_bytes())
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Signs an answer for the client that asks (RFC 9701 §5).
fn signed(
    shared: &Shared,
    client: &AccountRecord,
    answer: &Map<String, Value>,
) -> Result<Response<ResponseBody>, TokenError> {
    let key = shared.keys.active();
    let claims = json!({
        "iss": shared.identity.issuer.as_str(),
        "aud": client.key,
        "iat": shared.now().as_secs(),
        "token_introspection": answer,
    });
    let header = jwt::Header::new(jwt::media_type(SIGNED), &key);
    let token = jwt::sign(&header, &claims, &key).map_err(|error| {
        tracing::error!(%error, "an introspection answer could not be signed");
        TokenError::server_error()
    })?;
    let mut response = bare(StatusCode::OK);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(SIGNED));
    *response.body_mut() = token.into_bytes().into();
    Ok(response)
}

/// Returns true if the client names the media type of signed answers.
fn accepts_signed(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut ranges = values.flat_map(|value| value.split(','));
    ranges.any(|range| {
        let media_type = range.split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case(SIGNED)
    })
}

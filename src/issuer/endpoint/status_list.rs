//! The status lists (draft-ietf-oauth-status-list, §8.1).

use std::sync::Arc;

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH},
};

use crate::{
    issuer::{
        blocking,
        configuration::Configuration,
        response::{ResponseBody, bare},
        revocation::Document,
        shared::Shared,
    },
    status::MEDIA_TYPE,
};

/// How long caches between issuer and API may keep a list: 1 second, since it comes on top of the
/// `ttl`. It lets a cache answer any number of APIs with one request a second.
const CACHE: &str = "public, max-age=1";

/// Answers with a list that is in memory, if it is.
pub(super) fn ready(
    shared: &Shared,
    config: &Configuration,
    id: &str,
    headers: &HeaderMap,
) -> Option<Response<ResponseBody>> {
    let ttl = config.settings.status_list_ttl;
    let (now, key) = (shared.now(), shared.keys.active());
    let document = shared.revocations.ready_document(id, ttl, now, &key)?;
    Some(response(&document, headers))
}

/// Answers with a list, which is built if it has changed.
pub(super) async fn answer(
    shared: Arc<Shared>,
    config: Arc<Configuration>,
    id: String,
    headers: HeaderMap,
) -> Response<ResponseBody> {
    let worker = Arc::clone(&shared);
    let built = blocking::run(&shared, move || {
        let (issuer, uri) = (worker.identity.issuer.as_str(), worker.identity.status_list(&id));
        let (ttl, key) = (config.settings.status_list_ttl, worker.keys.active());
        worker.revocations.document(&id, issuer, &uri, ttl, worker.now(), &key)
    });
    match built.await {
        Ok(Ok(Some(document))) => response(&document, &headers),
        Ok(Ok(None)) => bare(StatusCode::NOT_FOUND),
        Ok(Err(error)) => {
            tracing::error!(%error, "a status list could not be signed");
            bare(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(error) => error.into_response(),
    }
}

fn response(document: &Document, headers: &HeaderMap) -> Response<ResponseBody> {
    let mut response = if has(headers, &document.etag) {
        bare(StatusCode::NOT_MODIFIED)
    } else {
        let mut response = bare(StatusCode::OK);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        *response.body_mut() = document.body.clone().into();
        response
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHE));
    if let Ok(etag) = HeaderValue::from_str(&document.etag) {
        headers.insert(ETAG, etag);
    }
    response
}

/// Returns true if `If-None-Match` names this entity tag (RFC 9110 §13.1.2).
fn has(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

//! The location of the token endpoint: configured, or discovered in the issuer's metadata.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header::ACCEPT};

use super::error::{TokenRequestError, TokenRequestErrorKind};
use crate::{
    claims::Issuer,
    metadata::{ServerMetadata, check_json_type, well_known_urls},
    transport::{Transport, UrlRule},
};

/// The longest metadata that is read, in bytes.
const MAX_METADATA_BYTES: usize = 256 * 1_024;

/// The location of the token endpoint.
#[derive(Debug)]
pub(super) enum Location {
    /// At a configured URL.
    Endpoint(Uri),
    /// Named by the metadata of the issuer; `found` caches it.
    Issuer { issuer: Issuer, found: ArcSwapOption<Uri> },
}

impl Location {
    /// Returns the audience of the client's assertions: the issuer's identifier, or the token
    /// endpoint if only that is known.
    pub(super) fn audience(&self) -> String {
        match self {
            Self::Endpoint(url) => url.to_string(),
            Self::Issuer { issuer, .. } => issuer.as_str().to_owned(),
        }
    }

    /// Checks the configured URL; the error is the end of a sentence that begins with its name.
    pub(super) fn check(&self, rule: UrlRule) -> Result<(), (&'static str, String)> {
        match self {
            Self::Endpoint(url) => {
                rule.check(url).map_err(|help| ("token endpoint", help.to_owned()))
            }
            Self::Issuer { issuer, .. } => {
                let urls = well_known_urls(issuer)
                    .map_err(|error| ("issuer", format!("cannot be discovered: {error}")))?;
                let checked = urls.first().map_or(Ok(()), |url| rule.check(url));
                checked.map_err(|help| ("issuer", help.to_owned()))
            }
        }
    }

    /// The token endpoint, discovering it if it is not known.
    pub(super) async fn endpoint(
        &self,
        transport: &dyn Transport,
        rule: UrlRule,
    ) -> Result<Uri, TokenRequestError> {
        match self {
            Self::Endpoint(url) => Ok(url.clone()),
            Self::Issuer { issuer, found } => {
                if let Some(url) = &*found.load() {
                    return Ok(Uri::clone(url));
                }
                let url = discover(issuer, transport, rule).await?;
                found.store(Some(Arc::new(url.clone())));
                Ok(url)
            }
        }
    }

    /// Records the status of a token endpoint's answer: an endpoint that is gone is discovered
    /// again.
    pub(super) fn note(&self, status: StatusCode) {
        if let Self::Issuer { found, .. } = self
            && matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
        {
            found.store(None);
        }
    }
}

/// Reads the token endpoint in the metadata of `issuer` (RFC 8414, OpenID Connect Discovery), whose
/// identity is checked byte for byte (RFC 8414 §3.3).
async fn discover(
    issuer: &Issuer,
    transport: &dyn Transport,
    rule: UrlRule,
) -> Result<Uri, TokenRequestError> {
    let urls = well_known_urls(issuer).map_err(|error| invalid(error.to_string()))?;
    let mut failure = None;
    for url in urls {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url.clone();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = transport.send(request, MAX_METADATA_BYTES).await.map_err(|error| {
            TokenRequestError::new(TokenRequestErrorKind::Unreachable)
                .with_description(error.to_string())
        })?;
        if answer.status() != StatusCode::OK || check_json_type(answer.headers()).is_err() {
            failure.get_or_insert(answer.status());
            continue;
        }
        let metadata = ServerMetadata::parse(answer.body(), issuer)
            .map_err(|error| invalid(error.to_string()))?;
        let endpoint = metadata.token_endpoint();
        let endpoint = endpoint.ok_or_else(|| invalid("`token_endpoint` is missing".to_owned()))?;
        rule.check(endpoint).map_err(|help| invalid(format!("`token_endpoint` {help}")))?;
        return Ok(endpoint.clone());
    }
    Err(match failure {
        Some(status) if status != StatusCode::OK => TokenRequestErrorKind::Status(status).into(),
        _ => invalid("the answer is not JSON".to_owned()),
    })
}

fn invalid(why: String) -> TokenRequestError {
    TokenRequestError::new(TokenRequestErrorKind::InvalidMetadata).with_description(why)
}

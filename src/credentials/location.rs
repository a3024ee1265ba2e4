//! The location of an issuer's endpoint: configured, or discovered in the issuer's metadata.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header::ACCEPT};

use crate::{
    claims::Issuer,
    metadata::{MetadataAnswer, MetadataMember, well_known_urls},
    transport::{Transport, UrlRule},
};

/// The longest metadata that is read, in bytes.
const MAX_METADATA_BYTES: usize = 256 * 1_024;

/// One of the endpoints that an issuer's metadata names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EndpointName {
    pub(crate) member: MetadataMember,
    /// The setting that a problem of a configured URL names.
    pub(crate) setting: &'static str,
}

/// The location of an endpoint.
#[derive(Debug)]
pub(crate) enum Location {
    /// At a configured URL.
    Endpoint(Uri),
    /// Named by the metadata of the issuer; `found` caches it.
    Issuer { issuer: Issuer, found: ArcSwapOption<Uri> },
}

impl Location {
    /// Returns the audience of the client's assertions: the issuer's identifier, or the endpoint if
    /// only that is known.
    #[cfg(feature = "client")]
    pub(crate) fn audience(&self) -> String {
        match self {
            Self::Endpoint(url) => url.to_string(),
            Self::Issuer { issuer, .. } => issuer.as_str().to_owned(),
        }
    }

    /// The configured URL.
    #[cfg(feature = "client")]
    pub(crate) fn address(&self) -> Option<Uri> {
        match self {
            Self::Endpoint(url) => Some(url.clone()),
            Self::Issuer { issuer, .. } => issuer.as_str().parse().ok(),
        }
    }

    /// Checks the configured URL; the error is the end of a sentence that begins with its name.
    pub(crate) fn check(
        &self,
        name: EndpointName,
        rule: &UrlRule,
    ) -> Result<(), (&'static str, String)> {
        match self {
            Self::Endpoint(url) => rule.check(url).map_err(|help| (name.setting, help.to_owned())),
            Self::Issuer { issuer, .. } => {
                let urls = well_known_urls(issuer)
                    .map_err(|error| ("issuer", format!("cannot be discovered: {error}")))?;
                let checked = urls.first().map_or(Ok(()), |url| rule.check(url));
                checked.map_err(|help| ("issuer", help.to_owned()))
            }
        }
    }

    /// The endpoint, discovering it if it is not known.
    pub(crate) async fn endpoint(
        &self,
        name: EndpointName,
        transport: &dyn Transport,
        rule: &UrlRule,
    ) -> Result<Uri, LocationError> {
        match self {
            Self::Endpoint(url) => Ok(url.clone()),
            Self::Issuer { issuer, found } => {
                if let Some(url) = &*found.load() {
                    return Ok(Uri::clone(url));
                }
                let url = discover(issuer, name, transport, rule).await?;
                found.store(Some(Arc::new(url.clone())));
                Ok(url)
            }
        }
    }

    /// Records the status of an endpoint's answer: an endpoint that is gone is discovered
    /// again.
    pub(crate) fn note(&self, status: StatusCode) {
        if let Self::Issuer { found, .. } = self
            && matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
        {
            found.store(None);
        }
    }
}

/// The reason why the location of an endpoint is not known.
#[derive(Debug)]
pub(crate) enum LocationError {
    /// No answer came.
    Unreachable(String),
    /// No address answered with metadata; this is the first status.
    Status(StatusCode),
    /// The metadata is not that of the issuer, or lacks the endpoint.
    InvalidMetadata(String),
}

/// Reads the location of an endpoint in the metadata of `issuer` (RFC 8414, OpenID Connect
/// Discovery), whose identity is checked byte for byte (RFC 8414 §3.3).
async fn discover(
    issuer: &Issuer,
    name: EndpointName,
    transport: &dyn Transport,
    rule: &UrlRule,
) -> Result<Uri, LocationError> {
    let urls = well_known_urls(issuer).map_err(|error| invalid(error.to_string()))?;
    let mut misses = Vec::new();
    let mut statuses = Vec::new();
    for url in urls {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = url.clone();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = transport.send(request, MAX_METADATA_BYTES).await;
        let answer = answer.map_err(|error| LocationError::Unreachable(error.to_string()))?;
        let status = Some(answer.status()).filter(|status| *status != StatusCode::OK);
        match MetadataAnswer::judge(&answer, issuer, name.member) {
            MetadataAnswer::Found { endpoint, .. } => {
                let checked = rule.check(&endpoint);
                let member = name.member.name();
                checked.map_err(|help| invalid(format!("`{member}` {help}")))?;
                return Ok(endpoint);
            }
            MetadataAnswer::NotHere(why) => {
                statuses.push(status);
                misses.push(format!("{url}: {why}"));
            }
            MetadataAnswer::Failed(why) => {
                return Err(status.map_or_else(|| invalid(why), LocationError::Status));
            }
        }
    }
    // One that answered with a document says more than those that have none.
    let only_statuses: Option<Vec<_>> = statuses.into_iter().collect();
    Err(match only_statuses.as_deref() {
        Some([first, ..]) => LocationError::Status(*first),
        _ => invalid(format!("not found at any of its addresses: {}", misses.join("; "))),
    })
}

const fn invalid(why: String) -> LocationError {
    LocationError::InvalidMetadata(why)
}

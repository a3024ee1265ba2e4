//! Finds an issuer's endpoints by its metadata (RFC 8414, OpenID Connect Discovery).

use http::Uri;
use serde_json::Value;
use tower_bearer::{
    claims::Issuer,
    metadata::{ServerMetadata, well_known_urls},
    transport::Transport,
};

use super::fetch::document;
use crate::ui::Failure;

pub(super) async fn token_endpoint(
    transport: &dyn Transport,
    issuer: &Issuer,
) -> Result<Uri, Failure> {
    endpoint(transport, issuer, "token_endpoint", "pass the endpoint with --endpoint").await
}

pub(super) async fn jwks_uri(transport: &dyn Transport, issuer: &Issuer) -> Result<Uri, Failure> {
    endpoint(transport, issuer, "jwks_uri", "pass a file or a URL with --jwks").await
}

/// The endpoint that a member of the issuer's metadata names.
async fn endpoint(
    transport: &dyn Transport,
    issuer: &Issuer,
    member: &str,
    without: &str,
) -> Result<Uri, Failure> {
    let urls = well_known_urls(issuer)
        .map_err(|error| Failure::usage(format!("--issuer: {error}")).help(without))?;
    for url in &urls {
        let Some(body) = document(transport, url).await? else { continue };
        let metadata = ServerMetadata::parse(&body, issuer).map_err(|error| {
            let failure = Failure::refused(format!("{url}: {error}"));
            match similar_issuer(&body, issuer) {
                Some(other) => failure.help(format!("try --issuer {other}")),
                None => failure.help(without),
            }
        })?;
        let endpoint = match member {
            "jwks_uri" => metadata.jwks_uri(),
            _ => metadata.token_endpoint(),
        };
        return endpoint
            .cloned()
            .ok_or_else(|| Failure::refused(format!("{url} has no `{member}`")).help(without));
    }
    let urls: Vec<_> = urls.iter().map(Uri::to_string).collect();
    let urls = urls.join(", ");
    Err(Failure::unavailable(format!("none of {urls} answers 200")).help(without))
}

/// The issuer of the metadata, if it differs by a trailing slash alone.
fn similar_issuer(document: &[u8], issuer: &Issuer) -> Option<String> {
    let document: Value = serde_json::from_slice(document).ok()?;
    let other = document.get("issuer")?.as_str()?;
    let without_slash = |url: &str| url.trim_end_matches('/').to_owned();
    let is_similar =
        other != issuer.as_str() && without_slash(other) == without_slash(issuer.as_str());
    is_similar.then(|| other.to_owned())
}

//! Finds an issuer's endpoints by its metadata (RFC 8414, OpenID Connect Discovery).

use http::{StatusCode, Uri};
use serde_json::Value;
use tower_bearer::{
    claims::Issuer,
    metadata::{MetadataAnswer, MetadataMember, well_known_urls},
    transport::Transport,
};

use super::fetch::answer;
use crate::ui::Failure;

pub(super) async fn token_endpoint(
    transport: &dyn Transport,
    issuer: &Issuer,
) -> Result<Uri, Failure> {
    endpoint(transport, issuer, MetadataMember::TokenEndpoint, "pass the endpoint with --endpoint")
        .await
}

pub(super) async fn jwks_uri(transport: &dyn Transport, issuer: &Issuer) -> Result<Uri, Failure> {
    endpoint(transport, issuer, MetadataMember::JwksUri, "pass a file or a URL with --jwks").await
}

/// The endpoint that a member of the issuer's metadata names.
async fn endpoint(
    transport: &dyn Transport,
    issuer: &Issuer,
    member: MetadataMember,
    without: &str,
) -> Result<Uri, Failure> {
    let urls = well_known_urls(issuer)
        .map_err(|error| Failure::usage(format!("--issuer: {error}")).help(without))?;
    let (mut misses, mut similar, mut has_document) = (Vec::new(), None, false);
    for url in &urls {
        let answer = answer(transport, url).await?;
        match MetadataAnswer::judge(&answer, issuer, member) {
            MetadataAnswer::Found { endpoint, .. } => return Ok(endpoint),
            MetadataAnswer::NotHere(why) => {
                has_document |= answer.status() == StatusCode::OK;
                similar = similar.or_else(|| similar_issuer(answer.body(), issuer));
                misses.push(format!("{url}: {why}"));
            }
            MetadataAnswer::Failed(why) if answer.status() == StatusCode::OK => {
                return Err(Failure::refused(format!("{url}: {why}")).help(without));
            }
            MetadataAnswer::Failed(why) => {
                return Err(Failure::unavailable(format!("{url}: {why}")).help(without));
            }
            _ => {}
        }
    }
    let misses = misses.join("; ");
    let failure =
        if has_document { Failure::refused(misses) } else { Failure::unavailable(misses) };
    Err(match similar {
        Some(other) => failure.help(format!("try --issuer {other}")),
        None => failure.help(without),
    })
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

//! Finds an issuer's token endpoint.

use http::Uri;
use tower_bearer::{
    claims::Issuer,
    metadata::{ServerMetadata, well_known_urls},
    transport::Transport,
};

use super::fetch::document;
use crate::ui::Failure;

/// The token endpoint that the issuer's metadata names (RFC 8414, OpenID Connect Discovery).
pub(super) async fn discover(transport: &dyn Transport, issuer: &Issuer) -> Result<Uri, Failure> {
    let by_hand = "name the endpoint itself with --endpoint";
    let urls = well_known_urls(issuer)
        .map_err(|error| Failure::usage(format!("--issuer: {error}")).help(by_hand))?;
    for url in &urls {
        let Some(body) = document(transport, url).await? else { continue };
        let metadata = ServerMetadata::parse(&body, issuer)
            .map_err(|error| Failure::refused(format!("{url}: {error}")).help(by_hand))?;
        return metadata.token_endpoint().cloned().ok_or_else(|| {
            Failure::refused(format!("{url} names no `token_endpoint`")).help(by_hand)
        });
    }
    let [oauth, oidc] = urls;
    Err(Failure::unavailable(format!("neither {oauth} nor {oidc} answers 200")).help(by_hand))
}

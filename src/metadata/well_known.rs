use http::Uri;

use super::fault::{MetadataError, MetadataErrorKind};
use crate::claims::Issuer;

/// Returns the addresses at which an issuer's metadata may be, in the order in which they are
/// asked: RFC 8414 §3.1 puts the well-known part between host and path, for OpenID Connect as well
/// (§5); OpenID Connect Discovery §4 appends it to the path. Without a path there are two.
///
/// # Errors
/// When the issuer is not an absolute URL, or has a query, a fragment or a template such as
/// `{tenantid}` in it.
pub fn well_known_urls(issuer: &Issuer) -> Result<Vec<Uri>, MetadataError> {
    let name = issuer.as_str();
    if name.contains(['{', '}']) {
        return Err(MetadataErrorKind::TemplatedIssuer.into());
    }
    let whole: Uri = name.parse().map_err(|_| MetadataErrorKind::IssuerNotUrl)?;
    let (Some(scheme), Some(authority), None, false) =
        (whole.scheme_str(), whole.authority(), whole.query(), name.contains('#'))
    else {
        return Err(MetadataErrorKind::IssuerNotUrl.into());
    };
    let path = whole.path().trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ];
    paths.dedup();
    let url = |path: String| format!("{scheme}://{authority}{path}").parse();
    let urls: Result<_, _> = paths.into_iter().map(url).collect();
    urls.map_err(|_| MetadataErrorKind::IssuerNotUrl.into())
}

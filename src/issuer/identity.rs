//! The issuer's identity: its identifier, and the URLs below it.

use http::Uri;

use super::model::profile::Profile;
use crate::{claims::Issuer, error::Problems, transport::UrlRule};

/// The paths of the token endpoint, which are the same; the first one is published.
pub(super) const TOKEN_PATHS: [&str; 2] = ["/oauth/token", "/oidc/token"];

pub(super) const JWKS_PATH: &str = "/.well-known/jwks.json";

/// The paths of the revocation endpoint: Auth0's, which is published, and Authing's.
pub(super) const REVOCATION_PATHS: [&str; 2] = ["/oauth/revoke", "/oidc/token/revocation"];

/// The paths of the introspection endpoint; the first one is published, the second is Authing's.
pub(super) const INTROSPECTION_PATHS: [&str; 2] =
    ["/oauth/introspect", "/oidc/token/introspection"];

/// The path of each status list, before its id.
pub(super) const STATUS_LISTS_PATH: &str = "/status-lists/";

/// An issuer's identifier, which is the URL that everything is below (RFC 8414 §2).
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) issuer: Issuer,
    /// The path of the identifier, without a trailing slash.
    path: String,
}

impl Identity {
    pub(super) fn new(issuer: Issuer) -> Self {
        let url = issuer.as_str().parse::<Uri>().unwrap_or_default();
        Self { path: url.path().trim_end_matches('/').to_owned(), issuer }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the URL of a status list.
    pub(super) fn status_list(&self, id: &str) -> String {
        self.url(&format!("{STATUS_LISTS_PATH}{id}"))
    }

    /// Returns the id of the status list that has this URL.
    pub(super) fn status_list_id<'a>(&self, url: &'a str) -> Option<&'a str> {
        let path = url.strip_prefix(self.issuer.as_str().trim_end_matches('/'))?;
        path.strip_prefix(STATUS_LISTS_PATH)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer.as_str().trim_end_matches('/'))
    }
}

pub(super) fn check_issuer(
    issuer: &Issuer,
    rule: &UrlRule,
    profile: Profile,
    problems: &mut Problems,
) {
    let url = issuer.as_str();
    match url.parse::<Uri>().map(|uri| rule.check(&uri)) {
        Err(_) => problems.add("issuer", "is no URL: give the one that clients reach it at"),
        Ok(Err(fault)) => problems.add("issuer", fault),
        Ok(Ok(())) if url.contains(['?', '#']) => {
            problems.add("issuer", "must have neither query nor fragment");
        }
        Ok(Ok(())) => {}
    }
    if profile == Profile::Auth0 && !url.ends_with('/') {
        problems.add("issuer", "must end in `/` with the profile Auth0: add the slash");
    }
}

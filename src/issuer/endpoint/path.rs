//! The endpoints, and their paths.

use http::Method;

use crate::issuer::identity::{
    INTROSPECTION_PATHS, JWKS_PATH, REVOCATION_PATHS, STATUS_LISTS_PATH, TOKEN_PATHS,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::issuer) enum Endpoint {
    Token,
    Revocation,
    Introspection,
    Jwks,
    Metadata,
    StatusList,
}

impl Endpoint {
    /// Finds the endpoint of a path. The issuer's own path may come first or may have been removed
    /// by the router that the issuer is mounted in; RFC 8414 §3.1 puts it at the end.
    pub(in crate::issuer) fn from_path(path: &str, issuer_path: &str) -> Option<Self> {
        let inserted = path.strip_prefix("/.well-known/oauth-authorization-server");
        if inserted.is_some_and(|rest| matches!(rest, "" | "/") || rest == issuer_path) {
            return Some(Self::Metadata);
        }
        match below(path, issuer_path) {
            path if TOKEN_PATHS.contains(&path) => Some(Self::Token),
            path if REVOCATION_PATHS.contains(&path) => Some(Self::Revocation),
            path if INTROSPECTION_PATHS.contains(&path) => Some(Self::Introspection),
            path if path.starts_with(STATUS_LISTS_PATH) => Some(Self::StatusList),
            JWKS_PATH => Some(Self::Jwks),
            "/.well-known/openid-configuration" => Some(Self::Metadata),
            _ => None,
        }
    }

    /// The value of `Allow`.
    pub(super) const fn methods(self) -> &'static str {
        match self {
            Self::Token | Self::Revocation | Self::Introspection => "POST",
            Self::Jwks | Self::Metadata | Self::StatusList => "GET, HEAD",
        }
    }

    pub(super) fn allows(self, method: &Method) -> bool {
        self.methods().split(", ").any(|name| name == method.as_str())
    }
}

/// Returns the id of the status list that a path names.
pub(super) fn status_list_id<'a>(path: &'a str, issuer_path: &str) -> &'a str {
    below(path, issuer_path).strip_prefix(STATUS_LISTS_PATH).unwrap_or_default()
}

/// Returns a path without the issuer's own path.
fn below<'a>(path: &'a str, issuer_path: &str) -> &'a str {
    path.strip_prefix(issuer_path).filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

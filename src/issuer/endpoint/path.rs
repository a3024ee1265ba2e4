//! The endpoints, and their paths.

use http::Method;

use crate::issuer::identity::{JWKS_PATH, TOKEN_PATHS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::issuer) enum Endpoint {
    Token,
    Jwks,
    Metadata,
}

impl Endpoint {
    /// Finds the endpoint of a path. The issuer's own path may come first or may have been removed
    /// by the router that the issuer is mounted in; RFC 8414 §3.1 puts it at the end.
    pub(in crate::issuer) fn from_path(path: &str, issuer_path: &str) -> Option<Self> {
        let inserted = path.strip_prefix("/.well-known/oauth-authorization-server");
        if inserted.is_some_and(|rest| matches!(rest, "" | "/") || rest == issuer_path) {
            return Some(Self::Metadata);
        }
        match path.strip_prefix(issuer_path).filter(|rest| rest.starts_with('/')).unwrap_or(path) {
            path if TOKEN_PATHS.contains(&path) => Some(Self::Token),
            JWKS_PATH => Some(Self::Jwks),
            "/.well-known/openid-configuration" => Some(Self::Metadata),
            _ => None,
        }
    }

    /// The value of `Allow`.
    pub(super) const fn methods(self) -> &'static str {
        match self {
            Self::Token => "POST",
            Self::Jwks | Self::Metadata => "GET, HEAD",
        }
    }

    pub(super) fn allows(self, method: &Method) -> bool {
        self.methods().split(", ").any(|name| name == method.as_str())
    }
}

use http::Uri;

use super::{
    fault::{MetadataError, MetadataErrorKind},
    member::MetadataMember,
    wide_scope::WideScope,
};
use crate::{
    claims::Issuer,
    json::{self, JsonFault, Member},
};

/// The members of an issuer's metadata that this crate reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMetadata {
    jwks_uri: Option<Uri>,
    token_endpoint: Option<Uri>,
    introspection_endpoint: Option<Uri>,
    revocation_endpoint: Option<Uri>,
    wide_scope: Option<WideScope>,
}

impl ServerMetadata {
    /// Reads a document that was found at one of the [`well_known_urls`](super::well_known_urls) of `expected`.
    ///
    /// It does **not** check which scheme the addresses in it have: the code that fetches them does.
    ///
    /// # Errors
    /// The document is not a JSON object with unique member names, its `issuer` is not `expected`
    /// byte for byte (RFC 8414 §3.3), or an address in it is not an absolute URL.
    pub fn parse(document: &[u8], expected: &Issuer) -> Result<Self, MetadataError> {
        let text = json::document_text(document).map_err(|_| MetadataErrorKind::NotJson)?;
        let mut issuer = None;
        let mut jwks_uri = Ok(None);
        let mut token_endpoint = Ok(None);
        let mut introspection_endpoint = None;
        let mut revocation_endpoint = None;
        let mut wide_scope = None;
        json::read(text, &mut |name, value| match name {
            "issuer" => issuer = string(value),
            "jwks_uri" => jwks_uri = url(value, "jwks_uri"),
            "token_endpoint" => token_endpoint = url(value, "token_endpoint"),
            "introspection_endpoint" => {
                // An API that needs only the keys does not fail for this address.
                introspection_endpoint = url(value, "introspection_endpoint").ok().flatten();
            }
            "revocation_endpoint" => {
                // A client that hands no token back does not fail for this address.
                revocation_endpoint = url(value, "revocation_endpoint").ok().flatten();
            }
            "scopes_supported" => {
                if let Member::Texts(scopes) = value {
                    wide_scope = WideScope::find(scopes);
                }
            }
            _ => {}
        })
        .map_err(|fault| match fault {
            JsonFault::Duplicate => MetadataErrorKind::DuplicateMember,
            _ => MetadataErrorKind::NotJson,
        })?;
        let issuer = issuer.ok_or(MetadataErrorKind::NoIssuer)?;
        if issuer.contains(['{', '}']) {
            return Err(MetadataErrorKind::TemplatedIssuer.into());
        }
        if issuer != expected.as_str() {
            return Err(MetadataErrorKind::IssuerMismatch { expected: expected.clone() }.into());
        }
        Ok(Self {
            jwks_uri: jwks_uri?,
            token_endpoint: token_endpoint?,
            introspection_endpoint,
            revocation_endpoint,
            wide_scope,
        })
    }

    /// An address that the metadata names.
    #[must_use]
    pub fn endpoint(&self, member: MetadataMember) -> Option<&Uri> {
        match member {
            MetadataMember::JwksUri => self.jwks_uri(),
            MetadataMember::TokenEndpoint => self.token_endpoint(),
            MetadataMember::IntrospectionEndpoint => self.introspection_endpoint(),
            MetadataMember::RevocationEndpoint => self.revocation_endpoint(),
        }
    }

    /// A scope of `scopes_supported` that covers another one of it as a pattern.
    pub(crate) const fn wide_scope(&self) -> Option<&WideScope> {
        self.wide_scope.as_ref()
    }

    /// The address of the keys.
    #[must_use]
    pub fn jwks_uri(&self) -> Option<&Uri> {
        self.jwks_uri.as_ref()
    }

    /// The address of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self) -> Option<&Uri> {
        self.token_endpoint.as_ref()
    }

    /// The address of the introspection endpoint (RFC 7662).
    #[must_use]
    pub fn introspection_endpoint(&self) -> Option<&Uri> {
        self.introspection_endpoint.as_ref()
    }

    /// The address of the revocation endpoint (RFC 7009).
    #[must_use]
    pub fn revocation_endpoint(&self) -> Option<&Uri> {
        self.revocation_endpoint.as_ref()
    }
}

fn string(value: Member<'_>) -> Option<String> {
    match value {
        Member::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}

fn url(value: Member<'_>, name: &'static str) -> Result<Option<Uri>, MetadataError> {
    let url = string(value).and_then(|text| text.parse::<Uri>().ok());
    let url = url.filter(|url| url.scheme().is_some() && url.host().is_some());
    url.map(Some).ok_or_else(|| MetadataErrorKind::NotUrl(name).into())
}

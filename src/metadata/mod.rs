//! The metadata documents in which an issuer lists its endpoints (RFC 8414, OpenID Connect
//! Discovery 1.0), and an API its issuers and scopes ([`ProtectedResource`], RFC 9728). Pure:
//! nothing is fetched or served here.
//!
//! ```
//! use tower_bearer::{claims::Issuer, metadata::{ServerMetadata, well_known_urls}};
//!
//! let issuer = Issuer::new("https://issuer.example/tenant")?;
//! assert_eq!(
//!     well_known_urls(&issuer)?,
//!     [
//!         "https://issuer.example/.well-known/oauth-authorization-server/tenant",
//!         "https://issuer.example/.well-known/openid-configuration/tenant",
//!         "https://issuer.example/tenant/.well-known/openid-configuration",
//!     ]
//! );
//! let document = br#"{"issuer":"https://issuer.example/tenant","jwks_uri":"https://issuer.example/jwks"}"#;
//! assert!(ServerMetadata::parse(document, &issuer)?.jwks_uri().is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod fault;
mod protected_resource;

use http::{HeaderMap, Uri, header::CONTENT_TYPE};

pub use self::{
    fault::{MetadataError, MetadataErrorKind},
    protected_resource::ProtectedResource,
};
use crate::{
    claims::Issuer,
    json::{self, JsonFault, Member},
};

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

/// The members of an issuer's metadata that this crate reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMetadata {
    jwks_uri: Option<Uri>,
    token_endpoint: Option<Uri>,
    introspection_endpoint: Option<Uri>,
    revocation_endpoint: Option<Uri>,
}

impl ServerMetadata {
    /// Reads a document that was found at one of the [`well_known_urls`] of `expected`.
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
        })
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

/// Checks that a response's body is `application/json` or of a `+json` type (RFC 6839 §3.1). The
/// error names the type that came.
pub(crate) fn check_json_type(headers: &HeaderMap) -> Result<(), String> {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let came = match (fields.next(), fields.next()) {
        (None, _) => "without a content type".to_owned(),
        (Some(_), Some(_)) => "of two content types".to_owned(),
        (Some(field), None) => {
            let text = field.to_str().unwrap_or_default();
            let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            if essence == "application/json" || essence.ends_with("+json") {
                return Ok(());
            }
            format!("{:?}", essence.chars().take(100).collect::<String>())
        }
    };
    Err(format!("the answer is {came}, and should be application/json"))
}

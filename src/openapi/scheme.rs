use std::collections::BTreeMap;

use crate::{
    claims::Issuer,
    metadata::{MetadataError, well_known_urls},
};

/// How a caller gets a token for the API: the security scheme of its document, under the name
/// [`SCHEME_NAME`](super::SCHEME_NAME).
///
/// ```
/// use tower_bearer::openapi::SecurityScheme;
///
/// let scheme = SecurityScheme::client_credentials("https://issuer.example/oauth/token")
///     .describe_scope("announce:read", "Read announcements");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SecurityScheme {
    pub(super) kind: Kind,
    pub(super) descriptions: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    ClientCredentials { token_url: String },
    OpenIdConnect { url: String },
}

impl SecurityScheme {
    /// The scheme `oauth2` with the flow `clientCredentials`: callers post their credentials to this
    /// URL. The scheme lists every scope that an operation of the document names.
    pub fn client_credentials(token_url: impl Into<String>) -> Self {
        Self::of_kind(Kind::ClientCredentials { token_url: token_url.into() })
    }

    /// The scheme `openIdConnect`: callers find everything in the issuer's metadata. OpenAPI does
    /// not list scopes there.
    ///
    /// # Errors
    /// When the issuer is not a URL that metadata can be found at.
    pub fn discover(issuer: &Issuer) -> Result<Self, MetadataError> {
        // The last one is that of OpenID Connect Discovery §4, which OpenAPI means.
        let url = well_known_urls(issuer)?.pop().map(|url| url.to_string()).unwrap_or_default();
        Ok(Self::of_kind(Kind::OpenIdConnect { url }))
    }

    /// The scheme `oauth2` with the token endpoint of the bundled issuer.
    #[cfg(feature = "issuer")]
    pub fn from_issuer(issuer: &crate::issuer::TokenIssuer) -> Self {
        Self::client_credentials(issuer.token_endpoint())
    }

    /// Describes a scope to the readers of the document. A scope without a description is listed as
    /// well.
    pub fn describe_scope(mut self, scope: impl Into<String>, text: impl Into<String>) -> Self {
        self.descriptions.insert(scope.into(), text.into());
        self
    }

    fn of_kind(kind: Kind) -> Self {
        Self { kind, descriptions: BTreeMap::new() }
    }

    /// The scopes of the document, each with its description.
    pub(super) fn describe(
        &self,
        scopes: impl IntoIterator<Item = String>,
    ) -> BTreeMap<String, String> {
        let described = |scope: String| {
            let text = self.descriptions.get(&scope).cloned().unwrap_or_default();
            (scope, text)
        };
        scopes.into_iter().map(described).collect()
    }
}

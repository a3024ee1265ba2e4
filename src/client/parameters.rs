/// The parameters of a token request: the API and the scopes.
///
/// A token depends only on these and on the client, so equal parameters share a token.
///
/// ```
/// use tower_bearer::client::TokenParameters;
///
/// let maps = TokenParameters::new().audience("urn:worldmappers").scope("directions");
/// assert_ne!(maps, TokenParameters::new());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TokenParameters {
    pub(super) audience: Option<Box<str>>,
    pub(super) resource: Option<Box<str>>,
    pub(super) scope: Option<Box<str>>,
}

impl TokenParameters {
    /// No parameters: the issuer decides.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the `audience` parameter, by which Auth0 and others name an API.
    #[must_use]
    pub fn audience(self, audience: impl Into<Box<str>>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// Sets the `resource` parameter of RFC 8707, an absolute URI.
    #[must_use]
    pub fn resource(self, resource: impl Into<Box<str>>) -> Self {
        Self { resource: Some(resource.into()), ..self }
    }

    /// Sets the requested scopes, separated by spaces (RFC 6749 §3.3).
    #[must_use]
    pub fn scope(self, scope: impl Into<Box<str>>) -> Self {
        Self { scope: Some(scope.into()), ..self }
    }
}

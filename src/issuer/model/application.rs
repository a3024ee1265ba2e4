//! Applications: the audiences of tokens, and the permissions in them.

use crate::scope::items;

/// An application with an API: its audience, and the permissions that it defines.
///
/// An API in Auth0's sense is the same thing: an audience and its scopes.
///
/// ```
/// use tower_bearer::issuer::Application;
///
/// let display = Application::new("display")
///     .name("Big screen display")
///     .audience("https://display.example")
///     .resource("announce", ["create", "read", "update", "delete"])
///     .resource("revenue", ["create", "read"]);
/// let maps = Application::new("maps")
///     .audience("urn:worldmappers")
///     .scopes("directions geocode:location reverse-geocode:location");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub(in crate::issuer) id: String,
    pub(in crate::issuer) audience: Option<String>,
    pub(in crate::issuer) name: Option<String>,
    /// Patterns that permissions of this application can have.
    pub(in crate::issuer) scopes: Vec<String>,
    /// Resources may be named as scopes of OpenID Connect.
    pub(in crate::issuer) openid_names: bool,
}

impl Application {
    /// An application, known to the configuration by `id`, which is also its audience unless
    /// [`audience`](Self::audience) sets another one.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), audience: None, name: None, scopes: Vec::new(), openid_names: false }
    }

    /// Sets the identifier in the `aud` of its tokens and in the `audience` or `resource` of a
    /// token request, byte for byte.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// Sets the name for people.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Defines a resource and the operations on it: `resource:*:operation` for each, or
    /// `resource:*:*` when none is given.
    #[must_use]
    pub fn resource<O: AsRef<str>>(
        mut self,
        resource: impl AsRef<str>,
        operations: impl IntoIterator<Item = O>,
    ) -> Self {
        let resource = resource.as_ref();
        let before = self.scopes.len();
        let patterns = operations.into_iter().map(|o| format!("{resource}:*:{}", o.as_ref()));
        self.scopes.extend(patterns);
        if self.scopes.len() == before {
            self.scopes.push(format!("{resource}:*:*"));
        }
        self
    }

    /// Defines scopes by their text, separated by spaces.
    ///
    /// An application that defines neither scopes nor resources accepts any rule; otherwise a rule
    /// about anything that it does not define is a configuration error.
    #[must_use]
    pub fn scopes(mut self, scopes: impl AsRef<str>) -> Self {
        self.scopes.extend(items(scopes.as_ref()).map(str::to_owned));
        self
    }

    /// Allows resources named `openid`, `profile`, `email`, `address`, `phone` or `offline_access`.
    ///
    /// These are scopes of OpenID Connect, and each covers only itself: `email` does not cover
    /// `email:send`, and `*` does not cover `email`.
    #[must_use]
    pub fn allow_openid_names(self) -> Self {
        Self { openid_names: true, ..self }
    }

    pub(in crate::issuer) fn audience_or_id(&self) -> &str {
        self.audience.as_deref().unwrap_or(&self.id)
    }
}

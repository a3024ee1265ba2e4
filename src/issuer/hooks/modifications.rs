//! The changes of a hook to a token.

use std::time::Duration;

use serde_json::{Map, Value};

/// The changes of a hook to a token. It can remove scopes, add claims of its own and shorten the
/// lifetime; it cannot grant a scope, extend the lifetime or change a registered claim.
///
/// ```
/// use std::time::Duration;
/// use tower_bearer::issuer::TokenModifications;
///
/// let modifications = TokenModifications::none()
///     .without_scope("revenue:*")
///     .claim("https://api.example/roles", "reader")
///     .lifetime(Duration::from_secs(300));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a hook returns its changes"]
pub struct TokenModifications {
    pub(in crate::issuer) removed: Vec<String>,
    pub(in crate::issuer) claims: Map<String, Value>,
    pub(in crate::issuer) lifetime: Option<Duration>,
}

impl TokenModifications {
    /// Changes nothing: the token is issued as the rules grant it.
    pub fn none() -> Self {
        Self::default()
    }

    /// Removes each granted scope that overlaps one of these, separated by spaces, as a deny rule
    /// would; `rejected_scope` lists what was removed. If one of them is not a valid scope, the
    /// answer is `server_error` and an error is logged.
    pub fn without_scope(mut self, scopes: impl Into<String>) -> Self {
        self.removed.push(scopes.into());
        self
    }

    /// Adds a claim. Its name must be a URI, such as `https://api.example/roles`; with any other name
    /// the answer is `server_error` and an error is logged.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Limits the lifetime of the token, in whole seconds, at least one.
    pub fn lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime: Some(lifetime), ..self }
    }
}

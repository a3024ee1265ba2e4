use super::{RequireScope, literal::Required, requirement::ToRequirement};
use crate::scope::Requirements;

/// Where routes are built.
impl Requirements {
    /// Returns the layer [`RequireScope`](struct@RequireScope) and adds what it requires to the
    /// list. A malformed scope is not added: the layer logs it and admits nobody.
    ///
    /// ```
    /// # #[cfg(feature = "axum")] fn app() -> axum::Router {
    /// use axum::{Router, routing::get};
    /// use tower_bearer::scope::Requirements;
    ///
    /// let requirements = Requirements::new();
    /// Router::new()
    ///     .route("/revenue", get(|| async { "42" }))
    ///     .route_layer(requirements.require("revenue:read"))
    /// # }
    /// ```
    pub fn require<T: ToRequirement>(&self, required: T) -> RequireScope<T> {
        if let Ok(requirement) = required.to_requirement() {
            self.add(requirement);
        }
        RequireScope(required)
    }

    /// Adds what an extractor requires, given its type.
    ///
    /// ```
    /// # #[cfg(feature = "axum")] {
    /// use tower_bearer::{RequireScope, scope::Requirements};
    ///
    /// type CanRead = RequireScope!["announce:{id}:read"];
    ///
    /// let requirements = Requirements::new();
    /// requirements.add_extractor::<CanRead>();
    /// assert_eq!(requirements.scopes(), ["announce:*:read"]);
    /// # }
    /// ```
    pub fn add_extractor<R: Required>(&self) {
        self.add(R::REQUIREMENT);
    }
}

use crate::scope::{Requirement, ScopeError};

/// The argument of `RequireScope(..)` as a layer: a text (`"a b"` needs both), a [`Requirement`],
/// or what [`any_of`] returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope requirement",
    label = "not a scope requirement",
    note = "use a string literal, a `String`, `any_of([..])` or `scope!(\"..\")`"
)]
pub trait ToRequirement {
    /// Converts to a requirement.
    ///
    /// # Errors
    /// When a text is empty or malformed.
    fn to_requirement(&self) -> Result<Requirement, ScopeError>;
}

/// Needs one of several scopes: `RequireScope(any_of(["announce:read", "announce:admin"]))`.
///
/// As with a text, an empty list or a malformed item admits nobody: the layer logs it and answers
/// 500. [`Requirement::any_of`] returns a `Result` instead.
pub fn any_of<I: AsRef<str>>(items: impl IntoIterator<Item = I>) -> AnyOf {
    AnyOf(Requirement::any_of(items))
}

/// One of several scopes; see [`any_of`].
#[derive(Clone, Debug)]
pub struct AnyOf(Result<Requirement, ScopeError>);

impl ToRequirement for &'static str {
    fn to_requirement(&self) -> Result<Requirement, ScopeError> {
        Requirement::parse(*self)
    }
}

impl ToRequirement for String {
    fn to_requirement(&self) -> Result<Requirement, ScopeError> {
        Requirement::parse(self.clone())
    }
}

impl ToRequirement for Requirement {
    fn to_requirement(&self) -> Result<Requirement, ScopeError> {
        Ok(self.clone())
    }
}

impl ToRequirement for AnyOf {
    fn to_requirement(&self) -> Result<Requirement, ScopeError> {
        self.0.clone()
    }
}

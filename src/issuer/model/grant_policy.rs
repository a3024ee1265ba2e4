//! The answer of the token endpoint to a client that asks for more than its rules allow, or for no
//! scope.

/// The treatment of a token request that the rules grant only in part, or not at all.
///
/// By default it grants what the rules allow and lists the rest in `rejected_scope`, treats a
/// request without `scope` as a request for everything that the rules allow, and refuses a request
/// that is granted no scope.
///
/// ```
/// use tower_bearer::issuer::{EmptyGrant, ExcessScope, GrantPolicy, MissingScope};
///
/// let as_auth0_does =
///     GrantPolicy::default().excess(ExcessScope::Refuse).missing(MissingScope::Everything);
/// # assert_eq!(
/// #     as_auth0_does,
/// #     GrantPolicy::default().excess(ExcessScope::Refuse).empty(EmptyGrant::Refuse)
/// # );
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantPolicy {
    pub(in crate::issuer) excess: ExcessScope,
    pub(in crate::issuer) missing: MissingScope,
    pub(in crate::issuer) empty: EmptyGrant,
}

impl GrantPolicy {
    /// Sets the answer to a request that is granted only in part;
    /// [`ExcessScope::Reject`] by default.
    ///
    /// ```
    /// use tower_bearer::issuer::{ExcessScope, GrantPolicy};
    ///
    /// let all_or_nothing = GrantPolicy::default().excess(ExcessScope::Refuse);
    /// ```
    #[must_use]
    pub fn excess(self, excess: ExcessScope) -> Self {
        Self { excess, ..self }
    }

    /// Sets the answer to a request without `scope`; [`MissingScope::Everything`] by default.
    ///
    /// ```
    /// use tower_bearer::issuer::{GrantPolicy, MissingScope};
    ///
    /// let explicit = GrantPolicy::default().missing(MissingScope::Refuse);
    /// ```
    #[must_use]
    pub fn missing(self, missing: MissingScope) -> Self {
        Self { missing, ..self }
    }

    /// Sets the answer to a request that is granted no scope; [`EmptyGrant::Refuse`] by default.
    ///
    /// ```
    /// use tower_bearer::issuer::{EmptyGrant, GrantPolicy};
    ///
    /// let lenient = GrantPolicy::default().empty(EmptyGrant::EmptyToken);
    /// ```
    #[must_use]
    pub fn empty(self, empty: EmptyGrant) -> Self {
        Self { empty, ..self }
    }
}

/// The answer to a request that is granted only in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExcessScope {
    /// Issues a token for the items that are allowed completely, and lists the others in
    /// `rejected_scope`.
    #[default]
    Reject,
    /// As [`Reject`](Self::Reject), but grants the allowed part of an item that is wider than the
    /// rules, such as `user-growth:2019:read` for `user-growth:*:read`.
    Narrow,
    /// Issues no token: `invalid_scope`.
    Refuse,
}

/// The answer to a request without `scope`, or with an empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingScope {
    /// Grants everything that the account's rules allow.
    #[default]
    Everything,
    /// Issues no token: `invalid_scope`.
    Refuse,
}

/// The answer to a request that is granted no scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmptyGrant {
    /// Issues no token: `invalid_scope`, with `rejected_scope`.
    #[default]
    Refuse,
    /// Issues a token without any scope.
    EmptyToken,
}

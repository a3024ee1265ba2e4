//! What is answered when a client asks for more than it may have, or for nothing in particular.

/// How the token endpoint treats what it does not grant.
///
/// By default it grants what the rules allow, names the rest in `rejected_scope`, takes a request
/// without `scope` to be for everything the rules allow, and refuses a request of which nothing is
/// left.
///
/// ```
/// use tower_bearer::issuer::{Answers, Excess, Nothing, Unscoped};
///
/// let as_auth0_does =
///     Answers::default().excess(Excess::Refuse).unscoped(Unscoped::Everything);
/// # assert_eq!(as_auth0_does, Answers::default().excess(Excess::Refuse).nothing(Nothing::Refuse));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    pub(in crate::issuer) excess: Excess,
    pub(in crate::issuer) unscoped: Unscoped,
    pub(in crate::issuer) nothing: Nothing,
}

impl Answers {
    /// What becomes of a request that is granted in part.
    #[must_use]
    pub fn excess(self, excess: Excess) -> Self {
        Self { excess, ..self }
    }

    /// What a request without `scope` means.
    #[must_use]
    pub fn unscoped(self, unscoped: Unscoped) -> Self {
        Self { unscoped, ..self }
    }

    /// What becomes of a request of which nothing is granted.
    #[must_use]
    pub fn nothing(self, nothing: Nothing) -> Self {
        Self { nothing, ..self }
    }
}

/// What becomes of a request that is granted in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excess {
    /// A token for the items that are allowed whole; the others are named in `rejected_scope`.
    #[default]
    Reject,
    /// As [`Reject`](Self::Reject); of an item that is wider than the rules, the part that they
    /// allow is granted as well, as `user-growth:2019:read` for `user-growth:*:read`.
    Narrow,
    /// No token: `invalid_scope`.
    Refuse,
}

/// What a request without `scope`, or with an empty one, means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unscoped {
    /// It asks for everything that the account's rules allow.
    #[default]
    Everything,
    /// It is an `invalid_scope`.
    Refuse,
}

/// What becomes of a request of which nothing is granted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nothing {
    /// No token: `invalid_scope`, with `rejected_scope`.
    #[default]
    Refuse,
    /// A token without any scope.
    EmptyToken,
}

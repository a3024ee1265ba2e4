use std::fmt;

use serde::{Serialize, Serializer};

use super::{
    fault::{ScopeError, ScopeErrorKind},
    pattern::Pattern,
};

/// The most scopes that a token or a request may list: real ones have below 100, and each costs a
/// comparison at every guarded route.
pub const MAX_SCOPES: usize = 256;

/// How a granted scope is compared with a required one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Matching {
    /// As a [`Pattern`]: `book:read` grants `book:1:read`.
    #[default]
    Patterns,
    /// Byte for byte: for an issuer that does not speak the pattern language, where a bare `read`
    /// is a scope of its own and must not cover `read:appointments`.
    Exact,
}

/// The scopes of a token: what its `scope` lists, in its order.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet(Box<str>);

impl ScopeSet {
    /// Reads a list separated by spaces (RFC 6749 §3.3). Repeated spaces are tolerated. An item
    /// that is no scope token grants nothing.
    ///
    /// # Errors
    /// When there are more than [`MAX_SCOPES`] items.
    pub fn parse(list: &str) -> Result<Self, ScopeError> {
        if items(list).count() > MAX_SCOPES {
            return Err(ScopeError::new(ScopeErrorKind::TooMany));
        }
        Ok(Self(list.into()))
    }

    /// Each scope, as the issuer wrote it.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        items(&self.0)
    }

    /// The list, as the issuer wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no scope at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// How many scopes there are, repeated ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether one of the scopes covers what is required. Two never do together: no finite list of
    /// instances is "every instance".
    #[must_use]
    pub fn covers(&self, required: Pattern<'_>, matching: Matching) -> bool {
        match matching {
            Matching::Patterns => self
                .iter()
                .filter_map(|item| Pattern::parse(item).ok())
                .any(|granted| granted.covers(required)),
            Matching::Exact => self.iter().any(|item| item == required.as_str()),
        }
    }
}

/// The items of a list. Only the space separates (RFC 6749 §3.3): a tab is part of an item, which
/// then is none.
pub(super) fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(' ').filter(|item| !item.is_empty())
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

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
pub struct ScopeSet {
    list: Box<str>,
    /// Where the items begin and end: requests ask for them, and the list is split once.
    places: Box<[(u32, u32)]>,
}

impl ScopeSet {
    /// Reads a list separated by spaces (RFC 6749 §3.3). Repeated spaces are tolerated. An item
    /// that is no scope token grants nothing.
    ///
    /// # Errors
    /// When there are more than [`MAX_SCOPES`] items.
    pub fn parse(list: &str) -> Result<Self, ScopeError> {
        let too_many = ScopeError::new(ScopeErrorKind::TooMany);
        let mut places = Vec::new();
        for item in items(list) {
            let start = item.as_ptr().addr() - list.as_ptr().addr();
            let place = (u32::try_from(start), u32::try_from(start + item.len()));
            let (Ok(start), Ok(end)) = place else { return Err(too_many) };
            if places.len() == MAX_SCOPES {
                return Err(too_many);
            }
            places.push((start, end));
        }
        Ok(Self { list: list.into(), places: places.into() })
    }

    /// Each scope, as the issuer wrote it.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter_map(|place| self.at(*place))
    }

    /// The list, as the issuer wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.list
    }

    /// Whether there is no scope at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many scopes there are, repeated ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether one of the scopes covers what is required. Two never do together: no finite list of
    /// instances is "every instance".
    #[must_use]
    pub fn covers(&self, required: Pattern<'_>, matching: Matching) -> bool {
        // Most tokens list what is required word for word, and every text covers itself.
        self.lists(required.as_str())
            || matching == Matching::Patterns
                && self
                    .iter()
                    .filter(|granted| may_cover(granted, required.as_str()))
                    .filter_map(|granted| Pattern::parse(granted).ok())
                    .any(|granted| granted.covers(required))
    }

    /// Whether one of the scopes is this one, byte for byte.
    pub(super) fn lists(&self, scope: &str) -> bool {
        self.places.iter().any(|(start, end)| {
            (end - start) as usize == scope.len() && self.at((*start, *end)) == Some(scope)
        })
    }

    fn at(&self, (start, end): (u32, u32)) -> Option<&str> {
        self.list.get(start as usize..end as usize)
    }

    /// How many bytes of memory it refers to.
    pub(crate) fn bytes(&self) -> usize {
        self.list.len() + size_of_val(&*self.places)
    }
}

/// Whether a granted text can cover a required one, by its first character: a wildcard, or the same.
fn may_cover(granted: &str, required: &str) -> bool {
    granted.starts_with('*') || granted.as_bytes().first() == required.as_bytes().first()
}

/// The items of a list. Only the space separates (RFC 6749 §3.3): a tab is part of an item, which
/// then is none.
pub(super) fn items(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(' ');
        let end = rest.bytes().position(|byte| byte == b' ').unwrap_or(rest.len());
        let (item, behind) = rest.split_at_checked(end)?;
        rest = behind;
        (!item.is_empty()).then_some(item)
    })
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.list)
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.list)
    }
}

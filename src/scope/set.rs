use std::{fmt, mem, ops::Range};

use memchr::memchr_iter;
use serde::{Serialize, Serializer};

use super::{
    fault::{ScopeError, ScopeErrorKind},
    pattern::{Pattern, Segments, covers},
};

/// The most scopes that a token or a request may list: real ones have below 100, and each costs a
/// comparison at every guarded route.
pub const MAX_SCOPES: usize = 256;

/// The comparison of a granted scope with a required one.
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
///
/// ```
/// use tower_bearer::scope::{Matching, Pattern, ScopeSet};
///
/// let granted = ScopeSet::parse("book:*:read revenue")?;
/// assert_eq!(granted.iter().collect::<Vec<_>>(), ["book:*:read", "revenue"]);
/// assert!(granted.covers(Pattern::parse("book:1:read")?, Matching::Patterns));
/// assert!(!granted.covers(Pattern::parse("book:1:read")?, Matching::Exact));
/// # Ok::<(), tower_bearer::scope::ScopeError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet {
    /// The list, as the issuer wrote it.
    text: Box<str>,
    /// The start and the end of each item, so that the list is split once and not on each request.
    places: Box<[(u32, u32)]>,
}

impl ScopeSet {
    /// Reads a list separated by spaces (RFC 6749 §3.3). Repeated spaces are tolerated. An item
    /// that is not a scope-token grants nothing.
    ///
    /// # Errors
    /// When there are more than [`MAX_SCOPES`] items.
    pub fn parse(list: &str) -> Result<Self, ScopeError> {
        Self::parse_with_limit(list, MAX_SCOPES)
    }

    /// Reads a list of at most `max_scopes` items, as [`parse`](Self::parse) does.
    pub(crate) fn parse_with_limit(list: &str, max_scopes: usize) -> Result<Self, ScopeError> {
        let too_many = ScopeError::new(ScopeErrorKind::TooMany);
        let most = max_scopes.min(memchr_iter(b' ', list.as_bytes()).count() + 1);
        let mut places = Vec::with_capacity(most);
        for place in item_ranges(list) {
            let place = (u32::try_from(place.start), u32::try_from(place.end));
            let (Ok(start), Ok(end)) = place else { return Err(too_many) };
            if places.len() == max_scopes {
                return Err(too_many);
            }
            places.push((start, end));
        }
        Ok(Self { text: list.into(), places: places.into() })
    }

    /// Each scope, as the issuer wrote it.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().filter_map(|place| self.at(*place))
    }

    /// The list, as the issuer wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns true if the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns the number of scopes, repeated ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns true if one of the scopes covers the requirement. Scopes are never combined: no
    /// finite list of instances means "every instance".
    #[must_use]
    pub fn covers(&self, required: Pattern<'_>, matching: Matching) -> bool {
        // Most tokens list the required scope verbatim, and every text covers itself.
        self.lists(required.as_str())
            || matching == Matching::Patterns && self.covers_as_pattern(required)
    }

    /// Returns true if one of the scopes covers the required pattern, whose text may differ.
    pub(super) fn covers_as_pattern(&self, required: Pattern<'_>) -> bool {
        required.segments().is_some_and(|required| self.covers_segments(required))
    }

    /// Returns true if one of the scopes, as a pattern, covers these segments, whatever they hold.
    pub(super) fn covers_segments(&self, required: Segments<'_>) -> bool {
        self.iter()
            .filter(|granted| may_cover(granted, required))
            .filter_map(|granted| Pattern::parse(granted).ok()?.segments())
            .any(|granted| covers(granted, required))
    }

    /// Returns true if one of the scopes equals this one, byte for byte.
    pub(crate) fn lists(&self, scope: &str) -> bool {
        self.places.iter().any(|place| self.has_at(*place, scope))
    }

    fn has_at(&self, (start, end): (u32, u32), scope: &str) -> bool {
        let item = start as usize..end as usize;
        item.len() == scope.len() && self.text.as_bytes().get(item) == Some(scope.as_bytes())
    }

    fn at(&self, (start, end): (u32, u32)) -> Option<&str> {
        self.text.get(start as usize..end as usize)
    }

    /// Returns the heap memory it uses, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.text.len() + size_of_val(&*self.places)
    }
}

/// Returns false only if the granted text cannot cover the required segments: a cheap pre-check, so
/// that few items of a long list are parsed. In a text that passes, the resource is followed by
/// nothing, `*`, the operation alone, or the instance and more text.
fn may_cover(granted: &str, [resource, instance, operation]: Segments<'_>) -> bool {
    let granted = granted.as_bytes();
    if granted.starts_with(b"*") {
        return true;
    }
    if granted.first() != resource.as_bytes().first() {
        return false;
    }
    match granted.get(resource.len()..).and_then(<[u8]>::split_first) {
        Some((b':', rest)) => {
            rest.starts_with(b"*")
                || rest == operation.as_bytes()
                || rest.get(instance.len()) == Some(&b':') && rest.starts_with(instance.as_bytes())
        }
        Some(_) => false,
        None => granted.len() == resource.len(),
    }
}

/// The items of a list.
pub(crate) fn items(list: &str) -> impl Iterator<Item = &str> {
    item_ranges(list).filter_map(|place| list.get(place))
}

/// Joins the texts that are scope tokens into a list.
pub(crate) fn join_scopes<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut list = String::new();
    for text in texts {
        let text = text.as_ref();
        if Pattern::parse(text).is_ok() {
            if !list.is_empty() {
                list.push(' ');
            }
            list.push_str(text);
        }
    }
    list
}

/// Yields the range of each item of a list. Only the space separates items (RFC 6749 §3.3): a tab
/// is part of an item, and makes it invalid.
fn item_ranges(list: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    memchr_iter(b' ', list.as_bytes())
        .chain([list.len()])
        .map(move |end| mem::replace(&mut start, end + 1)..end)
        .filter(|place| !place.is_empty())
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::ScopeSet;

    #[test]
    fn a_set_uses_its_list_and_eight_bytes_a_scope() {
        assert_eq!(ScopeSet::parse("book:read  table").unwrap().bytes(), 16 + 2 * 8);
        assert_eq!(ScopeSet::default().bytes(), 0);
    }
}

use std::fmt;

use super::fault::{ScopeError, ScopeErrorKind};

/// One permission: a resource, an instance of it and an operation, each of which may be `*`.
///
/// `book:1:read` is read of book 1; `book:read` and `book:*:read` are read of every book; `book`,
/// `book:*` and `book:*:*` every operation on every book; `*`, `*:*` and `*:*:*` everything. A text
/// outside this language (four segments, an empty one, `bo*k`) is *opaque*: it covers itself only,
/// and only itself covers it. So are the scopes of OpenID Connect: `openid`, `profile`, `email`,
/// `address`, `phone` and `offline_access`.
///
/// ```
/// use tower_bearer::scope::Pattern;
///
/// let granted = Pattern::parse("book:*:read")?;
/// assert!(granted.covers(Pattern::parse("book:1:read")?));
/// assert!(!granted.covers(Pattern::parse("book:1:delete")?));
/// # Ok::<(), tower_bearer::scope::ScopeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pattern<'a> {
    text: &'a str,
    shape: Shape,
}

/// The scopes of OpenID Connect (Core §5.4 and §11): each is opaque. They are not resources with
/// operations: an issuer grants them with their meaning in OpenID Connect.
pub(crate) const OPENID_SCOPES: [&str; 6] =
    ["openid", "profile", "email", "address", "phone", "offline_access"];

/// The positions of the colons in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Opaque,
    /// One of [`OPENID_SCOPES`].
    OpenId,
    /// `r`
    Resource,
    /// `r:o`
    Operation {
        colon: usize,
    },
    /// `r:i:o`
    Instance {
        first: usize,
        second: usize,
    },
}

/// Resource, instance and operation: the normal form of a pattern.
pub(super) type Segments<'a> = [&'a str; 3];

pub(super) const WILDCARD: &str = "*";

impl<'a> Pattern<'a> {
    /// Parses one permission. Every scope token of RFC 6749 §3.3 is one, structured or opaque.
    ///
    /// # Errors
    /// The text is empty or has a character that no scope token may have.
    pub const fn parse(text: &'a str) -> Result<Self, ScopeError> {
        let bytes = text.as_bytes();
        if bytes.is_empty() {
            return Err(ScopeError::new(ScopeErrorKind::Empty));
        }
        let mut colons = [0; 2];
        let mut count = 0;
        let mut structured = true;
        let mut start = 0;
        let mut at = 0;
        while at <= bytes.len() {
            if at == bytes.len() || bytes[at] == b':' {
                structured &= at > start;
                if at < bytes.len() {
                    if count < colons.len() {
                        colons[count] = at;
                    }
                    count += 1;
                }
                start = at + 1;
            } else if !is_scope_character(bytes[at]) {
                return Err(ScopeError::new(ScopeErrorKind::Character));
            } else if bytes[at] == b'*' {
                let ends = at + 1 == bytes.len() || bytes[at + 1] == b':';
                structured &= at == start && ends;
            }
            at += 1;
        }
        let shape = match (structured, count) {
            (true, 0) if is_openid_scope(bytes) => Shape::OpenId,
            (true, 0) => Shape::Resource,
            (true, 1) => Shape::Operation { colon: colons[0] },
            (true, 2) => Shape::Instance { first: colons[0], second: colons[1] },
            _ => Shape::Opaque,
        };
        Ok(Self { text, shape })
    }

    /// The text, as it was read.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// Returns true if this pattern permits everything that `required` permits: each component is
    /// `*` or equal, byte for byte. A required `*` needs a granted `*`.
    #[must_use]
    pub fn covers(self, required: Pattern<'_>) -> bool {
        match (self.segments(), required.segments()) {
            (Some(granted), Some(required)) => covers(granted, required),
            _ => self.text == required.text,
        }
    }

    /// Returns true if both permit the same, as `book`, `book:*` and `book:*:*` do.
    #[must_use]
    pub fn is_equivalent(self, other: Pattern<'_>) -> bool {
        self.covers(other) && other.covers(self)
    }

    /// Returns the intersection of both as a pattern of three segments; `None` if it is empty.
    #[must_use]
    pub fn intersection(self, other: Pattern<'_>) -> Option<String> {
        let (Some(one), Some(other_segments)) = (self.segments(), other.segments()) else {
            return (self.text == other.text).then(|| self.text.to_owned());
        };
        let mut met = [""; 3];
        for (met, pair) in met.iter_mut().zip(one.into_iter().zip(other_segments)) {
            *met = match pair {
                (WILDCARD, segment) | (segment, WILDCARD) => segment,
                (one, other) if one == other => one,
                _ => return None,
            };
        }
        Some(met.join(":"))
    }

    /// Returns true if the two have a permission in common. Here a scope of OpenID Connect counts
    /// as an ordinary resource, so that a deny rule applies to every reading of its text.
    #[must_use]
    pub fn overlaps(self, other: Pattern<'_>) -> bool {
        match (self.structure(), other.structure()) {
            (Some(one), Some(other)) => one
                .iter()
                .zip(other)
                .all(|(one, other)| *one == other || *one == WILDCARD || other == WILDCARD),
            _ => self.text == other.text,
        }
    }

    /// Returns true if the pattern permits everything.
    #[must_use]
    pub fn is_everything(self) -> bool {
        self.segments() == Some([WILDCARD; 3])
    }

    /// The normal form; `None` for an opaque text.
    pub(super) fn segments(self) -> Option<Segments<'a>> {
        if self.shape == Shape::OpenId { None } else { self.structure() }
    }

    /// Returns the normal form, even for a scope of OpenID Connect.
    fn structure(self) -> Option<Segments<'a>> {
        let text = self.text;
        match self.shape {
            Shape::Opaque => None,
            Shape::Resource | Shape::OpenId => Some([text, WILDCARD, WILDCARD]),
            Shape::Operation { colon } => {
                Some([text.get(..colon)?, WILDCARD, text.get(colon + 1..)?])
            }
            Shape::Instance { first, second } => {
                Some([text.get(..first)?, text.get(first + 1..second)?, text.get(second + 1..)?])
            }
        }
    }
}

/// Returns true if a text is one of [`OPENID_SCOPES`].
const fn is_openid_scope(text: &[u8]) -> bool {
    let mut index = 0;
    while index < OPENID_SCOPES.len() {
        let name = OPENID_SCOPES[index].as_bytes();
        let mut at = 0;
        while at < name.len() && at < text.len() && name[at] == text[at] {
            at += 1;
        }
        if at == name.len() && at == text.len() {
            return true;
        }
        index += 1;
    }
    false
}

/// A [`Pattern`] that owns its text, parsed once and compared often.
#[cfg(feature = "issuer")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnedPattern {
    text: Box<str>,
    shape: Shape,
}

#[cfg(feature = "issuer")]
impl OwnedPattern {
    pub(crate) fn parse(text: &str) -> Result<Self, ScopeError> {
        let shape = Pattern::parse(text)?.shape;
        Ok(Self { text: text.into(), shape })
    }

    pub(crate) fn as_pattern(&self) -> Pattern<'_> {
        Pattern { text: &self.text, shape: self.shape }
    }
}

/// Returns true if one normal form covers another: each component is `*` or equal, byte for byte.
pub(super) fn covers(granted: Segments<'_>, required: Segments<'_>) -> bool {
    granted
        .iter()
        .zip(required)
        .all(|(granted, required)| *granted == WILDCARD || *granted == required)
}

/// Returns true if a scope token may contain this byte (RFC 6749 §3.3).
pub(super) const fn is_scope_character(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)
}

impl fmt::Display for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

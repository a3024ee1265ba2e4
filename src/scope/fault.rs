use std::{error::Error, fmt};

/// The reason why a text is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeError {
    kind: ScopeErrorKind,
}

/// The kinds of [`ScopeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeErrorKind {
    /// The text or list is empty.
    Empty,
    /// A character that no scope token may have (RFC 6749 §3.3).
    Character,
    /// A brace that is not part of a whole segment `{name}`.
    Brace,
    /// A template outside the pattern language: no scope could cover it.
    Template,
    /// More items than [`MAX_SCOPES`](super::MAX_SCOPES).
    TooMany,
}

impl ScopeError {
    pub(super) const fn new(kind: ScopeErrorKind) -> Self {
        Self { kind }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(self) -> ScopeErrorKind {
        self.kind
    }

    pub(super) const fn message(self) -> &'static str {
        match self.kind {
            ScopeErrorKind::Empty => {
                "the scope is empty: name at least one, or take `AccessToken` for any valid token"
            }
            ScopeErrorKind::Character => {
                "the scope has a character that no scope may have: \
                 only printable ASCII, without space, `\"` and `\\`"
            }
            ScopeErrorKind::Brace => {
                "the scope has a brace out of place: `{name}` stands for a whole segment"
            }
            ScopeErrorKind::Template => {
                "a scope with `{name}` has at most three segments, none of them empty, \
                 and `*` only as a whole one"
            }
            ScopeErrorKind::TooMany => "there are more than 256 scopes",
        }
    }
}

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl Error for ScopeError {}

/// The reason why a template such as `book:{id}:read` cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    name: Box<str>,
    repeated: bool,
}

impl TemplateError {
    /// The route has no path parameter of this name.
    #[must_use]
    pub fn missing(name: &str) -> Self {
        Self { name: name.into(), repeated: false }
    }

    /// The route has several path parameters of this name, which nested routers can cause.
    #[must_use]
    pub fn repeated(name: &str) -> Self {
        Self { name: name.into(), repeated: true }
    }

    /// The name in braces.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        if self.repeated {
            write!(f, "the route has two path parameters `{{{name}}}`; rename one of them")
        } else {
            write!(f, "the route has no path parameter `{{{name}}}`; add it to the path")
        }
    }
}

impl Error for TemplateError {}

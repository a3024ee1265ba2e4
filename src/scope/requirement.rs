use std::{borrow::Cow, fmt};

use super::{
    fault::{ScopeError, TemplateError},
    pattern::{Pattern, WILDCARD, is_scope_character},
    set::{Matching, ScopeSet, items},
    syntax::check,
    template::Template,
};

/// The scopes that a route requires of a token: all of a list, or one of several.
///
/// An item may be a template: `book:{id}:read` is filled from the route's path parameters,
/// component by component.
///
/// ```
/// use tower_bearer::{scope, scope::Requirement};
///
/// const BOTH: Requirement = scope!("announce:read revenue:read"); // checked at compile time
/// let one = Requirement::any_of(["announce:read", "announce:admin"])?;
/// assert!(Requirement::parse("").is_err(), "an empty requirement is an error");
/// # Ok::<(), tower_bearer::scope::ScopeError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    list: Cow<'static, str>,
    quantity: Quantity,
    template: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Quantity {
    All,
    Any,
}

impl Requirement {
    /// Requires all scopes of a list separated by spaces.
    ///
    /// # Errors
    /// When the list is empty or an item malformed.
    pub fn parse(list: impl Into<Cow<'static, str>>) -> Result<Self, ScopeError> {
        Self::read(list.into(), Quantity::All)
    }

    /// Requires one of several scopes.
    ///
    /// # Errors
    /// When there are no items or one of them is malformed.
    pub fn any_of<I: AsRef<str>>(scopes: impl IntoIterator<Item = I>) -> Result<Self, ScopeError> {
        let mut list = String::new();
        for scope in scopes {
            Pattern::parse(scope.as_ref())?; // rejects spaces and empty scopes
            if !list.is_empty() {
                list.push(' ');
            }
            list.push_str(scope.as_ref());
        }
        Self::read(list.into(), Quantity::Any)
    }

    /// Requires all scopes of a literal. [`scope!`](crate::scope!) has it checked at compile time.
    ///
    /// # Panics
    /// When the list is empty or an item malformed.
    #[must_use]
    #[track_caller]
    pub const fn from_static(list: &'static str) -> Self {
        Self::literal(list, Quantity::All)
    }

    /// Requires one of the scopes of a literal.
    ///
    /// # Panics
    /// When the list is empty or an item malformed.
    #[must_use]
    #[track_caller]
    pub const fn any_of_static(list: &'static str) -> Self {
        Self::literal(list, Quantity::Any)
    }

    #[track_caller]
    const fn literal(list: &'static str, quantity: Quantity) -> Self {
        match check(list) {
            Ok(template) => Self { list: Cow::Borrowed(list), quantity, template },
            Err(error) => panic!("{}", error.message()),
        }
    }

    fn read(list: Cow<'static, str>, quantity: Quantity) -> Result<Self, ScopeError> {
        let template = check(&list)?;
        Ok(Self { list, quantity, template })
    }

    /// Returns true if an item has a name in braces.
    #[must_use]
    pub const fn is_template(&self) -> bool {
        self.template
    }

    /// The names in braces.
    #[cfg(any(feature = "grpc", feature = "mcp"))]
    pub(crate) fn template_names(&self) -> impl Iterator<Item = &str> {
        let segments = self.items().flat_map(|item| Template::new(item).segments());
        segments.filter_map(|segment| segment.name())
    }

    /// The items, as they were written.
    pub fn items(&self) -> impl Iterator<Item = &str> {
        items(&self.list)
    }

    /// The lists of items of which one is required, each of them whole.
    #[cfg(any(feature = "utoipa", feature = "aide"))]
    pub(crate) fn alternatives(&self) -> Vec<Vec<&str>> {
        match self.quantity {
            Quantity::All => vec![self.items().collect()],
            Quantity::Any => self.items().map(|item| vec![item]).collect(),
        }
    }

    /// Returns true if `scopes` cover the requirement. `fill` returns the percent-decoded value of
    /// a path parameter by its name.
    ///
    /// # Errors
    /// When a template cannot be filled, even where another item would be enough.
    pub fn satisfied_by<'v>(
        &self,
        scopes: &ScopeSet,
        matching: Matching,
        fill: &dyn Fn(&str) -> Result<&'v str, TemplateError>,
    ) -> Result<bool, TemplateError> {
        // Fast path: the token lists the one required scope verbatim. A longer list has a space, so
        // no item equals it.
        if !self.template && scopes.lists(&self.list) {
            return Ok(true);
        }
        self.is_satisfied_item_by_item(scopes, matching, fill)
    }

    /// The slow path of [`satisfied_by`](Self::satisfied_by): most routes need one scope, which
    /// most tokens list verbatim.
    #[cold]
    fn is_satisfied_item_by_item<'v>(
        &self,
        scopes: &ScopeSet,
        matching: Matching,
        fill: &dyn Fn(&str) -> Result<&'v str, TemplateError>,
    ) -> Result<bool, TemplateError> {
        let mut met = 0;
        let mut required = 0;
        for item in self.items() {
            required += 1;
            let covered = if self.template {
                Template::new(item).fill(fill)?.is_covered_by(scopes, matching)
            } else {
                // The text was checked, so an item that the token lists verbatim is granted.
                scopes.lists(item)
                    || matching == Matching::Patterns
                        && Pattern::parse(item).is_ok_and(|item| scopes.covers_as_pattern(item))
            };
            met += usize::from(covered);
        }
        Ok(match self.quantity {
            Quantity::All => met == required,
            Quantity::Any => met > 0,
        })
    }

    /// Renders the requirement for a challenge. A path parameter that is not a plain segment
    /// becomes `*`.
    #[must_use]
    pub fn render<'v>(
        &self,
        fill: &dyn Fn(&str) -> Result<&'v str, TemplateError>,
    ) -> Cow<'static, str> {
        if !self.template {
            return self.list.clone();
        }
        let mut shown = String::new();
        for item in self.items() {
            for (place, segment) in Template::new(item).segments().enumerate() {
                shown.push_str(match (place, shown.is_empty()) {
                    (0, true) => "",
                    (0, false) => " ",
                    _ => ":",
                });
                shown.push_str(match segment.name() {
                    None => segment.text(),
                    Some(name) => {
                        fill(name).ok().filter(|value| is_plain(value)).unwrap_or(WILDCARD)
                    }
                });
            }
        }
        shown.into()
    }
}

fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value.bytes().all(|byte| is_scope_character(byte) && !matches!(byte, b':' | b'*'))
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.list)
    }
}

impl fmt::Debug for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quantity = match self.quantity {
            Quantity::All => "all of",
            Quantity::Any => "any of",
        };
        write!(f, "Requirement({quantity} {:?})", self.list)
    }
}

/// A [`Requirement`](crate::scope::Requirement) from a literal, checked at compile time.
///
/// ```
/// use tower_bearer::{RequireScope, scope};
///
/// let layer = RequireScope(scope!("announce:read"));
/// ```
///
/// ```compile_fail
/// tower_bearer::scope!("announce read\t");
/// ```
#[macro_export]
macro_rules! scope {
    ($list:literal) => {
        const { $crate::scope::Requirement::from_static($list) }
    };
}

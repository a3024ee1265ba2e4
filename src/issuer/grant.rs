//! Who gets which scopes: pure, without a clock, a socket or a store.
//!
//! ```
//! use tower_bearer::issuer::grant::Rules;
//!
//! let rules = Rules::new(["revenue:*:*"], ["revenue:*:delete"])?;
//! let granted = rules.judge(Some("revenue:read revenue:*"))?;
//! assert_eq!(granted.scope, "revenue:read");
//! assert_eq!(granted.rejected_scope, "revenue:*"); // it would hold revenue:*:delete
//! # Ok::<(), tower_bearer::scope::ScopeError>(())
//! ```

use std::collections::HashSet;

use crate::scope::{Pattern, ScopeError, ScopeSet};

/// What one client may have of one audience. Deny beats allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    allow: ScopeSet,
    deny: ScopeSet,
}

/// What is granted of a request, and what is not. Each is a list separated by spaces, empty where
/// there is nothing to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// What the token holds: the `scope` of RFC 6749 §5.1.
    pub scope: String,
    /// The requested items that are not granted, as they were written.
    pub rejected_scope: String,
}

impl Rules {
    /// The patterns to allow and the patterns to deny, each in its order.
    ///
    /// # Errors
    /// When a rule is no scope, or a list has more than [`MAX_SCOPES`](crate::scope::MAX_SCOPES) of them: a rule that is not
    /// understood is never left out.
    pub fn new<A: AsRef<str>, D: AsRef<str>>(
        allow: impl IntoIterator<Item = A>,
        deny: impl IntoIterator<Item = D>,
    ) -> Result<Self, ScopeError> {
        Ok(Self { allow: list(allow)?, deny: list(deny)? })
    }

    /// Grants each requested item that an allow rule covers and no deny rule overlaps, as it was
    /// written; repeated items count once. A wildcard wider than the rules is refused whole: a token
    /// has no negative items.
    ///
    /// Without a `requested` list, or with an empty one, the allow rules themselves are requested,
    /// and what a deny rule withholds of them is not listed in `rejected_scope`.
    ///
    /// # Errors
    /// When more than [`MAX_SCOPES`](crate::scope::MAX_SCOPES) items are requested.
    pub fn judge(&self, requested: Option<&str>) -> Result<Granted, ScopeError> {
        self.grant(requested, |_, _, _| ())
    }

    /// As [`judge`](Self::judge), and of an item that is not granted whole, the parts that the allow
    /// rules cover and no deny rule overlaps are granted: `user-growth:2019:read` of
    /// `user-growth:*:read`. The item itself stays in `rejected_scope`.
    ///
    /// # Errors
    /// When more than [`MAX_SCOPES`](crate::scope::MAX_SCOPES) items are requested, or would be granted.
    pub fn judge_and_narrow(&self, requested: Option<&str>) -> Result<Granted, ScopeError> {
        self.grant(requested, |item, sides, granted| {
            for rule in &sides.allow {
                if let Some(part) = rule.meet(item)
                    && Pattern::parse(&part).is_ok_and(|part| !sides.denies(part))
                {
                    granted.add(&part);
                }
            }
        })
    }

    fn grant(
        &self,
        requested: Option<&str>,
        refused: impl Fn(Pattern<'_>, &Sides<'_>, &mut List),
    ) -> Result<Granted, ScopeError> {
        let named = requested.filter(|list| !list.is_empty()).map(ScopeSet::parse).transpose()?;
        let sides = Sides { allow: patterns(&self.allow), deny: patterns(&self.deny) };
        let (mut granted, mut rejected) = (List::default(), List::default());
        for item in named.as_ref().unwrap_or(&self.allow).iter() {
            match Pattern::parse(item) {
                Ok(pattern) if sides.grants(pattern) => granted.add(item),
                Ok(pattern) => {
                    refused(pattern, &sides, &mut granted);
                    rejected.add(item);
                }
                Err(_) => rejected.add(item),
            }
        }
        // A token with more scopes than a resource server reads would be refused there.
        let scope = ScopeSet::parse(&granted.text).map(|_| granted.text)?;
        Ok(Granted { scope, rejected_scope: named.map_or_else(String::new, |_| rejected.text) })
    }
}

/// Both sides of the rules, parsed once for all items of a request.
struct Sides<'a> {
    allow: Vec<Pattern<'a>>,
    deny: Vec<Pattern<'a>>,
}

impl Sides<'_> {
    fn grants(&self, item: Pattern<'_>) -> bool {
        self.allow.iter().any(|rule| rule.covers(item)) && !self.denies(item)
    }

    /// To deny everything denies opaque items, too, though no wildcard covers them.
    fn denies(&self, item: Pattern<'_>) -> bool {
        self.deny.iter().any(|rule| rule.is_everything() || rule.overlaps(item))
    }
}

/// A list that holds each item once.
#[derive(Default)]
struct List {
    text: String,
    known: HashSet<Box<str>>,
}

impl List {
    fn add(&mut self, item: &str) {
        if self.known.insert(item.into()) {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(item);
        }
    }
}

fn patterns(rules: &ScopeSet) -> Vec<Pattern<'_>> {
    rules.iter().filter_map(|rule| Pattern::parse(rule).ok()).collect()
}

fn list<I: AsRef<str>>(rules: impl IntoIterator<Item = I>) -> Result<ScopeSet, ScopeError> {
    let mut text = String::new();
    for rule in rules {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(Pattern::parse(rule.as_ref())?.as_str());
    }
    ScopeSet::parse(&text)
}

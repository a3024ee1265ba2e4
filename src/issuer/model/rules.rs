//! Decides which scopes a request gets. Pure; no other code decides this.

use std::collections::HashSet;

use super::grant_policy::ExcessScope;
use crate::scope::{OwnedPattern, Pattern, items};

/// The rules of an account for one application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::issuer) struct Rules {
    allow: Vec<OwnedPattern>,
    deny: Vec<OwnedPattern>,
}

/// The result of a request: both lists have single spaces between their items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::issuer) struct Granted {
    /// The granted scopes, as requested or, if narrowed, as allowed.
    pub(in crate::issuer) scope: String,
    /// The scopes that were requested by name and not granted.
    pub(in crate::issuer) rejected_scope: String,
}

impl Granted {
    /// Withdraws each scope that overlaps one of these items, as a deny rule would, and lists it as
    /// rejected.
    pub(in crate::issuer) fn withdraw(&mut self, withdrawn: &[Pattern<'_>]) {
        let (kept, taken): (Vec<&str>, Vec<&str>) = items(&self.scope).partition(|item| {
            let item = Pattern::parse(item);
            item.is_ok_and(|item| !withdrawn.iter().any(|deny| overlaps(*deny, item)))
        });
        let rejected: Vec<&str> = items(&self.rejected_scope).chain(taken).collect();
        (self.scope, self.rejected_scope) = (kept.join(" "), rejected.join(" "));
    }
}

impl Rules {
    /// Reads the rules. Rules that are not valid scopes are ignored.
    pub(in crate::issuer) fn new(allow: &[String], deny: &[String]) -> Self {
        let kept = |rules: &[String]| {
            rules.iter().filter_map(|rule| OwnedPattern::parse(rule).ok()).collect()
        };
        Self { allow: kept(allow), deny: kept(deny) }
    }

    /// A rule that denies everything also denies opaque items, which no other pattern overlaps.
    fn denies(&self, pattern: Pattern<'_>) -> bool {
        self.deny.iter().any(|rule| overlaps(rule.as_pattern(), pattern))
    }

    /// Decides each requested item on its own, in order and without duplicates: it is granted if an
    /// allow rule covers it and no deny rule overlaps it. Deny beats allow, because a token has no
    /// negative items.
    ///
    /// If `requested` is `None`, everything that is allowed counts as requested, and the items that
    /// a deny rule withholds are not listed as rejected.
    pub(in crate::issuer) fn judge(&self, requested: Option<&str>, excess: ExcessScope) -> Granted {
        let allow = || self.allow.iter().map(OwnedPattern::as_pattern);
        let mut judged = Seen::default();
        let mut granted = String::new();
        let mut rejected = String::new();
        let Some(requested) = requested.filter(|list| items(list).next().is_some()) else {
            for rule in allow().filter(|rule| !self.denies(*rule) && judged.add(rule.as_str())) {
                append(&mut granted, rule.as_str());
            }
            return Granted { scope: granted, rejected_scope: rejected };
        };
        // A part of one item may be another item, or a part of another.
        let mut parts = HashSet::new();
        let mut grant = |item: &str| {
            if excess != ExcessScope::Narrow || parts.insert(item.to_owned()) {
                append(&mut granted, item);
            }
        };
        for item in items(requested).filter(|item| judged.add(item)) {
            let pattern = Pattern::parse(item).ok();
            if let Some(pattern) = pattern
                && allow().any(|rule| rule.covers(pattern))
                && !self.denies(pattern)
            {
                grant(item);
                continue;
            }
            append(&mut rejected, item);
            if excess == ExcessScope::Narrow {
                for both in allow().filter_map(|rule| rule.intersection(pattern?)) {
                    if Pattern::parse(&both).is_ok_and(|both| !self.denies(both)) {
                        grant(&both);
                    }
                }
            }
        }
        Granted { scope: granted, rejected_scope: rejected }
    }
}

/// Returns true if a deny rule applies to an item.
fn overlaps(rule: Pattern<'_>, item: Pattern<'_>) -> bool {
    rule.is_everything() || rule.overlaps(item)
}

fn append(list: &mut String, item: &str) {
    if !list.is_empty() {
        list.push(' ');
    }
    list.push_str(item);
}

/// The items seen so far: a few are compared one by one, many are hashed.
#[derive(Default)]
struct Seen<'a> {
    few: Vec<&'a str>,
    many: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    const FEW: usize = 16;

    /// Returns false if the item was seen before.
    fn add(&mut self, item: &'a str) -> bool {
        if self.few.contains(&item) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(item);
            return true;
        }
        self.many.insert(item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judge(allow: &str, deny: &str, requested: &str, excess: ExcessScope) -> (String, String) {
        let list = |text: &str| items(text).map(str::to_owned).collect::<Vec<_>>();
        let granted = Rules::new(&list(allow), &list(deny)).judge(Some(requested), excess);
        (granted.scope, granted.rejected_scope)
    }

    fn both(scope: &str, rejected: &str) -> (String, String) {
        (scope.to_owned(), rejected.to_owned())
    }

    #[test]
    fn t15_a_wildcard_wider_than_the_rules_is_rejected_whole_or_narrowed() {
        let (allow, wide) = ("user-growth:2019:* user-growth:2021:read", "user-growth:*:read");
        assert_eq!(judge(allow, "", wide, ExcessScope::Reject), both("", wide));
        let narrowed = both("user-growth:2019:read user-growth:2021:read", wide);
        assert_eq!(judge(allow, "", wide, ExcessScope::Narrow), narrowed);
        let denied = both("user-growth:2019:read", wide);
        assert_eq!(judge(allow, "user-growth:2021:*", wide, ExcessScope::Narrow), denied);
    }

    #[test]
    fn t15_a_deny_of_everything_denies_opaque_items_and_another_only_what_it_overlaps() {
        assert_eq!(judge("a::b", "*", "a::b", ExcessScope::Reject), both("", "a::b"));
        assert_eq!(judge("a::b", "a", "a::b", ExcessScope::Reject), both("a::b", ""));
        assert_eq!(judge("a::b", "a::b", "a::b", ExcessScope::Reject), both("", "a::b"));
        assert_eq!(
            judge("a:*:*", "a:9:*", "a:1:x a:9:x a", ExcessScope::Narrow),
            both("a:1:x", "a:9:x a")
        );
    }

    #[test]
    fn t15_an_item_outside_the_scope_alphabet_is_rejected_as_it_was_sent() {
        assert_eq!(judge("*", "", "a\tb \u{fc} a", ExcessScope::Narrow), both("a", "a\tb \u{fc}"));
    }

    /// Generates a few rules or requested items from a small set.
    fn some() -> impl Strategy<Value = String> {
        let item = prop::sample::select(vec![
            "a", "b", "*", "a:x", "a:1:x", "a:2:x", "a:1:*", "a:*:y", "*:1:x", "*:x", "a::b", "b:y",
        ]);
        prop::collection::vec(item, 0..5).prop_map(|items| items.join(" "))
    }

    proptest! {
        #[test]
        fn what_is_issued_is_covered_by_an_allow_rule_and_overlaps_no_deny_rule(
            allow in some(), deny in some(), requested in some(), narrow in any::<bool>(),
        ) {
            let excess = if narrow { ExcessScope::Narrow } else { ExcessScope::Reject };
            let (scope, _) = judge(&allow, &deny, &requested, excess);
            let pattern = |text| Pattern::parse(text).unwrap();
            for issued in items(&scope).map(pattern) {
                prop_assert!(items(&allow).map(pattern).any(|rule| rule.covers(issued)));
                prop_assert!(!items(&deny).map(pattern).any(|rule| rule.overlaps(issued)));
            }
        }

        #[test]
        fn scope_and_rejected_scope_partition_the_request(
            allow in some(), deny in some(), requested in some(),
        ) {
            prop_assume!(!requested.is_empty());
            let (scope, rejected) = judge(&allow, &deny, &requested, ExcessScope::Reject);
            let mut parts: Vec<_> = items(&scope).chain(items(&rejected)).collect();
            let mut whole: Vec<_> = items(&requested).collect();
            parts.sort_unstable();
            whole.sort_unstable();
            whole.dedup();
            prop_assert_eq!(parts, whole);
        }

        #[test]
        fn one_more_allow_rule_takes_nothing_away_and_one_more_deny_rule_gives_nothing(
            allow in some(), deny in some(), requested in some(), more in some(),
        ) {
            prop_assume!(!requested.is_empty());
            let granted = |allow: &str, deny: &str| {
                let (scope, _) = judge(allow, deny, &requested, ExcessScope::Reject);
                items(&scope).map(str::to_owned).collect::<HashSet<_>>()
            };
            let before = granted(&allow, &deny);
            let allowed_more = granted(&format!("{allow} {more}"), &deny);
            let denied_more = granted(&allow, &format!("{deny} {more}"));
            prop_assert!(before.is_subset(&allowed_more) && denied_more.is_subset(&before));
        }
    }
}

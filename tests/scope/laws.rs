//! What holds for all patterns, and a second, slow engine that must agree.

use proptest::prelude::*;
use tower_bearer::scope::{MAX_SCOPES, Matching, Pattern, ScopeSet};

use crate::support::{item, pattern};

fn parse(text: &str) -> Pattern<'_> {
    Pattern::parse(text).unwrap()
}

/// The normal form by the definition: `r`, `r:o` or `r:i:o`.
fn normal(text: &str) -> [&str; 3] {
    match text.split(':').collect::<Vec<_>>()[..] {
        [r] => [r, "*", "*"],
        [r, o] => [r, "*", o],
        [r, i, o] => [r, i, o],
        _ => panic!("{text} is no pattern"),
    }
}

/// The names of the small world: those that the patterns may use, and one that none of them does,
/// which stands for everything nobody has named yet.
const UNIVERSE: [&str; 4] = ["a", "b", "ab", "fresh"];

/// Every concrete permission of the small world that a pattern holds.
fn permissions(text: &str) -> Vec<[&'static str; 3]> {
    let [r, i, o] = normal(text);
    let names = |part: &str| -> Vec<_> {
        UNIVERSE.into_iter().filter(|name| part == "*" || part == *name).collect()
    };
    let mut all = Vec::new();
    for resource in names(r) {
        for instance in names(i) {
            for operation in names(o) {
                all.push([resource, instance, operation]);
            }
        }
    }
    all
}

proptest! {
    #[test]
    fn coverage_is_reflexive(p in item()) {
        prop_assert!(parse(&p).covers(parse(&p)));
    }

    #[test]
    fn coverage_is_transitive(p in item(), q in item(), r in item()) {
        let (p, q, r) = (parse(&p), parse(&q), parse(&r));
        prop_assert!(!(p.covers(q) && q.covers(r)) || p.covers(r));
    }

    #[test]
    fn patterns_are_equivalent_if_and_only_if_their_normal_forms_are_equal(
        p in pattern(), q in pattern(),
    ) {
        prop_assert_eq!(parse(&p).is_equivalent(parse(&q)), normal(&p) == normal(&q));
    }

    #[test]
    fn the_meet_is_commutative(p in item(), q in item()) {
        prop_assert_eq!(parse(&p).intersection(parse(&q)), parse(&q).intersection(parse(&p)));
    }

    #[test]
    fn the_meet_is_associative(p in item(), q in item(), r in item()) {
        let (p, q, r) = (parse(&p), parse(&q), parse(&r));
        let left = p.intersection(q).and_then(|both| parse(&both).intersection(r));
        let right = q.intersection(r).and_then(|both| p.intersection(parse(&both)));
        prop_assert_eq!(left, right);
    }

    #[test]
    fn the_meet_is_idempotent(p in item()) {
        let met = parse(&p).intersection(parse(&p)).unwrap();
        prop_assert!(parse(&met).is_equivalent(parse(&p)));
    }

    #[test]
    fn the_meet_is_covered_by_both(p in item(), q in item()) {
        if let Some(met) = parse(&p).intersection(parse(&q)) {
            prop_assert!(parse(&p).covers(parse(&met)));
            prop_assert!(parse(&q).covers(parse(&met)));
        }
    }

    #[test]
    fn a_meet_of_patterns_has_three_segments(p in pattern(), q in pattern()) {
        if let Some(met) = parse(&p).intersection(parse(&q)) {
            prop_assert_eq!(met.split(':').count(), 3);
        }
    }

    #[test]
    fn one_covers_another_if_and_only_if_their_meet_is_the_other(p in item(), q in item()) {
        let met = parse(&p).intersection(parse(&q));
        let is_q = met.is_some_and(|met| parse(&met).is_equivalent(parse(&q)));
        prop_assert_eq!(parse(&p).covers(parse(&q)), is_q);
    }

    #[test]
    fn two_overlap_if_and_only_if_they_meet(p in item(), q in item()) {
        prop_assert_eq!(parse(&p).overlaps(parse(&q)), parse(&p).intersection(parse(&q)).is_some());
    }

    #[test]
    fn another_grant_never_takes_a_permission_away(
        granted in prop::collection::vec(item(), 0..5), more in item(), required in item(),
    ) {
        let required = parse(&required);
        for matching in [Matching::Patterns, Matching::Exact] {
            let before = ScopeSet::parse(&granted.join(" ")).unwrap();
            let after = ScopeSet::parse(&format!("{} {more}", granted.join(" "))).unwrap();
            prop_assert!(!before.covers(required, matching) || after.covers(required, matching));
        }
    }

    #[test]
    fn a_set_covers_what_one_of_its_members_covers(
        granted in prop::collection::vec(item(), 0..40), required in item(),
    ) {
        let one = granted.iter().any(|grant| parse(grant).covers(parse(&required)));
        let set = ScopeSet::parse(&granted.join(" ")).unwrap();
        prop_assert_eq!(set.covers(parse(&required), Matching::Patterns), one);
    }

    #[test]
    fn however_many_there_are_a_set_lists_its_own_items_and_no_others(
        granted in prop::collection::vec("(https://api/)?[a-d][ab]?(:[a-d])?", 0..=MAX_SCOPES),
        required in "(https://api/)?[a-d][ab]?(:[a-d])?",
        spaces in 1_usize..3,
    ) {
        let set = ScopeSet::parse(&granted.join(&" ".repeat(spaces))).unwrap();
        prop_assert!(set.iter().eq(granted.iter()));
        prop_assert_eq!(set.len(), granted.len());
        let listed = granted.contains(&required);
        prop_assert_eq!(set.covers(parse(&required), Matching::Exact), listed);
        for scope in &granted {
            prop_assert!(set.covers(parse(scope), Matching::Exact));
        }
    }

    #[test]
    fn what_is_parsed_is_displayed_as_it_was(text in "[!#-\\[\\]-~]{1,40}") {
        let shown = parse(&text).to_string();
        prop_assert_eq!(&shown, &text);
        prop_assert_eq!(parse(&shown), parse(&text));
    }

    #[test]
    fn no_list_of_scopes_makes_the_parser_panic(text in "(?s).{0,60}", required in item()) {
        let set = ScopeSet::parse(&text).unwrap();
        let by_hand = text.split(' ').any(|item| {
            Pattern::parse(item).is_ok_and(|item| item.covers(parse(&required)))
        });
        prop_assert_eq!(set.covers(parse(&required), Matching::Patterns), by_hand);
        prop_assert_eq!(set.to_string(), text);
    }

    #[test]
    fn the_model_agrees_on_coverage(granted in pattern(), required in pattern()) {
        let held = permissions(&granted);
        let every = permissions(&required).iter().all(|permission| held.contains(permission));
        prop_assert_eq!(parse(&granted).covers(parse(&required)), every);
    }

    #[test]
    fn the_model_agrees_on_the_meet(p in pattern(), q in pattern()) {
        let held = permissions(&q);
        let both: Vec<_> = permissions(&p).into_iter().filter(|each| held.contains(each)).collect();
        let met = parse(&p).intersection(parse(&q)).map_or_else(Vec::new, |met| permissions(&met));
        prop_assert_eq!(met, both);
    }

    #[test]
    fn the_model_agrees_that_an_opaque_item_stands_alone(p in pattern(), q in item()) {
        if Pattern::parse(&q).unwrap().intersection(parse("*")).is_none() {
            prop_assert!(!parse(&p).covers(parse(&q)));
            prop_assert!(!parse(&q).covers(parse(&p)));
        }
    }
}

use proptest::prelude::*;
use tower_bearer::{
    scope,
    scope::{Matching, Pattern, Requirement, ScopeErrorKind, ScopeSet, TemplateError},
};

use crate::support::{item, pattern, word};

const READ: Requirement = scope!("book:{id}:read");

/// Whether a token with `granted` may read the book that the path names by `id`.
fn may_read(granted: &str, id: &str, matching: Matching) -> bool {
    let scopes = ScopeSet::parse(granted).unwrap();
    READ.satisfied_by(&scopes, matching, &|_| Ok(id)).unwrap()
}

/// Whether a grant covers three components, whatever they hold, by the definition.
fn covers_by_hand(granted: &str, required: [&str; 3]) -> bool {
    let parts: Vec<&str> = granted.split(':').collect();
    if parts.iter().any(|part| part.is_empty() || part.contains('*') && *part != "*") {
        return false;
    }
    let granted = match parts[..] {
        [r] => [r, "*", "*"],
        [r, o] => [r, "*", o],
        [r, i, o] => [r, i, o],
        _ => return false,
    };
    granted.iter().zip(required).all(|(granted, required)| *granted == "*" || *granted == required)
}

/// What a path may hold: names that are granted somewhere, and what is no plain segment.
fn value() -> impl Strategy<Value = String> {
    const ODD: [&str; 11] = ["*", "", ":", "a:b", "a:", ":a", "*a", "a*", "*:a", "a ", "\u{e9}"];
    prop_oneof![word(), prop::sample::select(&ODD[..]).prop_map(str::to_owned)]
}

fn shown(requirement: &Requirement, value: &str) -> String {
    requirement.render(&|_| Ok(value)).into_owned()
}

#[test]
fn a_template_is_bound_to_the_value_in_the_path() {
    assert!(may_read("book:1:read", "1", Matching::Patterns));
    assert!(may_read("book:read", "1", Matching::Patterns));
    assert!(!may_read("book:1:read", "2", Matching::Patterns));
    assert!(!may_read("book:1:write", "1", Matching::Patterns));
}

#[test]
fn a_star_in_the_path_asks_for_the_star() {
    assert!(!may_read("book:1:read", "*", Matching::Patterns));
    assert!(may_read("book:*:read", "*", Matching::Patterns));
    assert!(!may_read("book:1:read", "*", Matching::Exact));
}

#[test]
fn a_grant_that_reads_as_the_template_is_of_one_instance() {
    for matching in [Matching::Patterns, Matching::Exact] {
        assert!(!may_read("book:{id}:read", "1", matching));
        assert!(may_read("book:{id}:read", "{id}", matching));
    }
}

#[test]
fn a_value_that_is_no_segment_is_covered_by_the_wildcard_only() {
    for id in ["1:read", "1 ", "", "a b", ":", "1*", "\u{e9}", "a\"b"] {
        let granted = format!("book:{id}:read book:1:read book::read");
        assert!(!may_read(&granted, id, Matching::Patterns), "{id:?}");
        assert!(may_read("book:*:read", id, Matching::Patterns), "{id:?}");
    }
}

#[test]
fn a_value_cannot_shift_the_segments() {
    assert!(!may_read("book:1:delete", "1:delete", Matching::Patterns));
    let scopes = ScopeSet::parse("book:delete").unwrap();
    let any_operation = scope!("book:{operation}");
    let operation = |_: &str| Ok("1:delete");
    assert_eq!(any_operation.satisfied_by(&scopes, Matching::Patterns, &operation), Ok(false));
    let operation = |_: &str| Ok("delete");
    assert_eq!(any_operation.satisfied_by(&scopes, Matching::Patterns, &operation), Ok(true));
}

#[test]
fn a_resource_that_is_no_segment_is_covered_by_the_wildcard_only() {
    let any_resource = scope!("{kind}:1:read");
    for kind in ["", "*x", "a:b", "a*"] {
        let covered = |granted: &str| {
            let scopes = ScopeSet::parse(granted).unwrap();
            any_resource.satisfied_by(&scopes, Matching::Patterns, &|_| Ok(kind)).unwrap()
        };
        assert!(!covered(&format!("{kind}:1:read a:1:read x a b")), "{kind:?}");
        assert!(["*", "*:read", "*:1:*"].into_iter().all(covered), "{kind:?}");
    }
}

#[test]
fn in_exact_mode_a_template_is_compared_segment_by_segment() {
    assert!(may_read("book:1:read", "1", Matching::Exact));
    assert!(!may_read("book:read", "1", Matching::Exact));
    assert!(!may_read("book:*:read", "1", Matching::Exact));
    assert!(!may_read("book:1:x:read", "1:x", Matching::Exact));
    assert!(!may_read("book:1:read:read", "1:read", Matching::Exact));
}

#[test]
fn in_exact_mode_a_granted_item_that_is_no_scope_token_matches_nothing() {
    assert!(!may_read("book:\u{e9}:read", "\u{e9}", Matching::Exact));
    assert!(!may_read("book:a\tb:read", "a\tb", Matching::Exact));
    assert!(may_read("book:ab:read", "ab", Matching::Exact));
}

#[test]
fn a_name_that_the_route_lacks_or_has_twice_admits_nobody() {
    let everything = ScopeSet::parse("*").unwrap();
    let either = Requirement::any_of(["public", "book:{id}:read"]).unwrap();
    for requirement in [READ, either] {
        for error in [TemplateError::missing("id"), TemplateError::repeated("id")] {
            let fill = |_: &str| Err(error.clone());
            let judged = requirement.satisfied_by(&everything, Matching::Patterns, &fill);
            assert_eq!(judged, Err(error.clone()));
            assert!(error.to_string().contains("{id}"));
        }
        let filled = requirement.satisfied_by(&everything, Matching::Patterns, &|_| Ok("1"));
        assert_eq!(filled, Ok(true));
    }
}

#[test]
fn each_name_is_filled_with_its_own_value() {
    let both = scope!("{kind}:{id}:read");
    let fill = |name: &str| match name {
        "kind" => Ok("book"),
        "id" => Ok("1"),
        other => Err(TemplateError::missing(other)),
    };
    let judge =
        |granted| both.satisfied_by(&ScopeSet::parse(granted).unwrap(), Matching::Patterns, &fill);
    assert_eq!(judge("book:1:read"), Ok(true));
    assert_eq!(judge("1:book:read"), Ok(false));
    assert_eq!(both.render(&fill), "book:1:read");
}

#[test]
fn a_challenge_shows_plain_segments_only() {
    assert_eq!(shown(&READ, "1"), "book:1:read");
    for value in ["*", "", "1:read", "a b", "1*", "\u{e9}", "a\"b", "a\\b", "a\r\nb"] {
        assert_eq!(shown(&READ, value), "book:*:read", "{value:?}");
    }
    assert_eq!(shown(&scope!("shop:read book:{id}:read"), "7"), "shop:read book:7:read");
    assert_eq!(shown(&scope!("shop:read  book"), "7"), "shop:read  book");
}

#[test]
fn braces_are_whole_segments_or_malformed() {
    for template in ["{id}", "book:{id}", "{a}:{b}:{c}", "*:{id}:*", "a book:{id}:read"] {
        assert!(Requirement::parse(template).unwrap().is_template(), "{template}");
    }
    for template in ["book:{id:read", "{}", "x{id}", "{id}x", "{{id}}", "}id{", "{a}{b}", "{a:b}"] {
        let error = Requirement::parse(template).unwrap_err();
        assert_eq!(error.kind(), ScopeErrorKind::Brace, "{template}");
    }
    assert!(!Requirement::parse("book:id:read").unwrap().is_template());
}

#[test]
fn a_template_outside_the_pattern_language_is_malformed() {
    for template in ["a:b:c:{id}", "book::{id}", "{id}:", "bo*:{id}", "book:{*rest}", "**:{id}"] {
        let error = Requirement::parse(template).unwrap_err();
        assert_eq!(error.kind(), ScopeErrorKind::Template, "{template}");
    }
}

proptest! {
    #[test]
    fn a_template_filled_with_a_plain_segment_is_that_pattern(granted in pattern(), id in word()) {
        let required = format!("book:{id}:read");
        let granted = ScopeSet::parse(&granted.replace("ab", "book")).unwrap();
        for matching in [Matching::Patterns, Matching::Exact] {
            let filled = READ.satisfied_by(&granted, matching, &|_| Ok(&id)).unwrap();
            prop_assert_eq!(filled, granted.covers(Pattern::parse(&required).unwrap(), matching));
        }
    }

    #[test]
    fn whatever_the_values_a_template_is_covered_component_by_component(
        granted in prop::collection::vec(item(), 0..8), r in value(), i in value(), o in value(),
    ) {
        let fill = |name: &str| Ok(match name {
            "r" => &*r,
            "i" => &i,
            _ => &o,
        });
        let scopes = ScopeSet::parse(&granted.join(" ")).unwrap();
        for (template, required) in [
            (scope!("{r}"), [&*r, "*", "*"]),
            (scope!("{r}:{o}"), [&r, "*", &o]),
            (scope!("{r}:{i}:{o}"), [&r, &i, &o]),
        ] {
            let by_hand = granted.iter().any(|granted| covers_by_hand(granted, required));
            let covered = template.satisfied_by(&scopes, Matching::Patterns, &fill);
            prop_assert_eq!(covered, Ok(by_hand), "{}", template);
        }
    }

    #[test]
    fn whatever_the_value_a_grant_of_one_book_never_reads_another(id in "(?s).{0,12}") {
        prop_assert_eq!(may_read("book:1:read", &id, Matching::Patterns), id == "1");
        prop_assert_eq!(may_read("book:1:read", &id, Matching::Exact), id == "1");
    }

    #[test]
    fn what_a_challenge_shows_is_a_list_of_scopes(id in "(?s).{0,12}") {
        let shown = shown(&READ, &id);
        prop_assert!(shown.split(' ').all(|item| Pattern::parse(item).is_ok()));
        prop_assert_eq!(shown.split(':').count(), 3);
    }
}

use proptest::prelude::*;
use tower_bearer::{
    scope,
    scope::{Matching, Pattern, Requirement, ScopeErrorKind, ScopeSet, TemplateError},
};

use crate::support::item;

fn satisfied(requirement: &Requirement, granted: &str) -> bool {
    let none = |name: &str| Err(TemplateError::missing(name));
    let scopes = ScopeSet::parse(granted).unwrap();
    requirement.satisfied_by(&scopes, Matching::Patterns, &none).unwrap()
}

#[test]
fn all_of_needs_each() {
    const BOTH: Requirement = scope!("announce:read revenue:read");
    assert!(satisfied(&BOTH, "announce:read revenue"));
    assert!(satisfied(&BOTH, "*:read"));
    assert!(!satisfied(&BOTH, "announce:read"));
    assert!(!satisfied(&BOTH, ""));
    assert_eq!(Requirement::parse("announce:read revenue:read").unwrap(), BOTH);
}

#[test]
fn any_of_needs_one() {
    const EITHER: Requirement = Requirement::any_of_static("announce:read announce:admin");
    assert!(satisfied(&EITHER, "announce:admin"));
    assert!(satisfied(&EITHER, "x announce:read"));
    assert!(!satisfied(&EITHER, "announce:write"));
    assert!(!satisfied(&EITHER, ""));
    assert_eq!(Requirement::any_of(["announce:read", "announce:admin"]).unwrap(), EITHER);
    assert_ne!(Requirement::parse("announce:read announce:admin").unwrap(), EITHER);
}

#[test]
fn a_required_wildcard_needs_a_granted_one() {
    let all_books = Requirement::parse("book:*:read").unwrap();
    assert!(satisfied(&all_books, "book:read"));
    assert!(!satisfied(&all_books, "book:1:read"));
    assert!(satisfied(&scope!("*"), "*:*"));
    assert!(!satisfied(&scope!("*"), "*:read *:write"));
}

#[test]
fn nothing_required_is_an_error() {
    let none: [&str; 0] = [];
    assert_eq!(Requirement::parse("").unwrap_err().kind(), ScopeErrorKind::Empty);
    assert_eq!(Requirement::parse("   ").unwrap_err().kind(), ScopeErrorKind::Empty);
    assert_eq!(Requirement::any_of(none).unwrap_err().kind(), ScopeErrorKind::Empty);
    assert_eq!(Requirement::any_of(["a", ""]).unwrap_err().kind(), ScopeErrorKind::Empty);
    assert_eq!(Requirement::any_of(["", "a"]).unwrap_err().kind(), ScopeErrorKind::Empty);
    assert!(Requirement::any_of(["a"]).is_ok());
}

#[test]
fn a_malformed_item_is_an_error() {
    for list in ["a\tb", "a b\"", "\u{e9}", "a,b\n"] {
        let error = Requirement::parse(list).unwrap_err();
        assert_eq!(error.kind(), ScopeErrorKind::Character, "{list:?}");
    }
    assert_eq!(Requirement::any_of(["a b"]).unwrap_err().kind(), ScopeErrorKind::Character);
    assert!(Requirement::parse("a,b").is_ok());
}

#[test]
fn opaque_items_are_legal() {
    assert!(satisfied(&scope!("a:b:c:d"), "a:b:c:d"));
    assert!(!satisfied(&scope!("a:b:c:d"), "*"));
}

proptest! {
    #[test]
    fn a_requirement_agrees_with_its_patterns(
        granted in prop::collection::vec(item(), 0..4),
        required in prop::collection::vec(item(), 1..4),
    ) {
        let granted = granted.join(" ");
        let scopes = ScopeSet::parse(&granted).unwrap();
        let covered = |item: &String| {
            scopes.covers(Pattern::parse(item).unwrap(), Matching::Patterns)
        };
        let all = Requirement::parse(required.join(" ")).unwrap();
        prop_assert_eq!(satisfied(&all, &granted), required.iter().all(covered));
        let any = Requirement::any_of(&required).unwrap();
        prop_assert_eq!(satisfied(&any, &granted), required.iter().any(covered));
    }

    #[test]
    fn no_text_makes_a_requirement_panic(text in "(?s).{0,40}|[a*:{} ]{0,20}") {
        if let Ok(requirement) = Requirement::parse(text.clone()) {
            prop_assert_eq!(requirement.to_string(), text);
        }
    }
}

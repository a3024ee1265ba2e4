//! What scopes and requirements say of themselves.

use std::hint::black_box;

use tower_bearer::scope::{
    Matching, Pattern, Requirement, ScopeErrorKind, ScopeSet, TemplateError,
};

#[test]
fn each_fault_of_a_scope_names_the_cure() {
    let kinds = [
        ("", ScopeErrorKind::Empty, "name at least one"),
        ("a\t", ScopeErrorKind::Character, "printable ASCII"),
        ("a{b}:c", ScopeErrorKind::Brace, "a whole segment"),
        ("{a}:b:c:d", ScopeErrorKind::Template, "at most three segments"),
        (&"a ".repeat(257), ScopeErrorKind::TooMany, "more than 256"),
    ];
    for (list, kind, cure) in kinds {
        let error = Requirement::parse(list.to_owned()).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(cure), "{error}");
    }
}

#[test]
fn a_template_that_cannot_be_filled_names_the_parameter() {
    let missing = TemplateError::missing("id");
    assert_eq!(missing.name(), "id");
    assert_eq!(missing.to_string(), "the route has no path parameter `{id}`; add it to the path");
    let repeated = TemplateError::repeated("id").to_string();
    assert_eq!(repeated, "the route has two path parameters `{id}`; rename one of them");
}

#[test]
fn a_literal_that_is_read_at_run_time_is_the_requirement_of_its_text() {
    let list: &'static str = black_box("announce:read {id}:read");
    let all = Requirement::from_static(list);
    assert_eq!(all, Requirement::parse(list).unwrap());
    assert!(all.is_template());
    let any = Requirement::any_of_static(list);
    assert_ne!(any, all);
    assert_eq!(any.items().collect::<Vec<_>>(), ["announce:read", "{id}:read"]);
    assert!(!Requirement::from_static(black_box("announce:read")).is_template());
}

#[test]
fn what_is_shown_in_debug_is_what_was_written() {
    let all = Requirement::parse("a:b c").unwrap();
    assert_eq!(format!("{all:?} {all}"), r#"Requirement(all of "a:b c") a:b c"#);
    let any = Requirement::any_of(["a:b", "c"]).unwrap();
    assert_eq!(format!("{any:?} {any}"), r#"Requirement(any of "a:b c") a:b c"#);
    let pattern = Pattern::parse("book:*").unwrap();
    assert_eq!(format!("{pattern:?} {pattern}"), r#"Pattern("book:*") book:*"#);
    let set = ScopeSet::parse("b  a").unwrap();
    assert_eq!(format!("{set:?} {set} {}", set.as_str()), r#"{"b", "a"} b  a b  a"#);
}

#[test]
fn an_opaque_item_beside_a_template_stands_for_itself_only() {
    let requirement = Requirement::parse("a:b:c:d book:{id}:read").unwrap();
    let satisfied = |granted: &str, matching| {
        let scopes = ScopeSet::parse(granted).unwrap();
        requirement.satisfied_by(&scopes, matching, &|_| Ok("1")).unwrap()
    };
    for matching in [Matching::Patterns, Matching::Exact] {
        assert!(satisfied("a:b:c:d book:1:read", matching));
        assert!(!satisfied("a:b:c:e book:1:read", matching));
        assert!(!satisfied("* book:1:read", matching));
    }
}

#[test]
fn beside_a_template_a_plain_item_is_a_pattern_as_ever() {
    let requirement = Requirement::parse("announce:read book:{id}:read").unwrap();
    let satisfied = |granted: &str| {
        let scopes = ScopeSet::parse(granted).unwrap();
        requirement.satisfied_by(&scopes, Matching::Patterns, &|_| Ok("1")).unwrap()
    };
    assert!(satisfied("announce book:1:*"));
    assert!(satisfied("*:read"));
    assert!(!satisfied("announce:write book:1:*"));
}

#[test]
fn everything_is_three_wildcards_in_any_spelling_and_nothing_less() {
    let everything = |text: &str| Pattern::parse(text).unwrap().is_everything();
    assert!(["*", "*:*", "*:*:*"].into_iter().all(everything));
    assert!(!["book", "book:*", "*:read", "*:1:*", "*:*:*:*"].into_iter().any(everything));
}

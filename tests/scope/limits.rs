use tower_bearer::scope::{MAX_SCOPES, Matching, Pattern, Requirement, ScopeErrorKind, ScopeSet};

fn list(count: usize) -> String {
    (0..count).map(|n| format!("book:{n}:read")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_token_of_256_scopes_is_read_and_one_of_257_is_not() {
    let set = ScopeSet::parse(&list(MAX_SCOPES)).unwrap();
    assert_eq!(set.len(), 256);
    let last = Pattern::parse("book:255:read").unwrap();
    assert!(set.covers(last, Matching::Patterns));
    let error = ScopeSet::parse(&list(MAX_SCOPES + 1)).unwrap_err();
    assert_eq!(error.kind(), ScopeErrorKind::TooMany);
}

#[test]
fn a_requirement_of_256_scopes_is_read_and_one_of_257_is_not() {
    assert!(Requirement::parse(list(MAX_SCOPES)).is_ok());
    let error = Requirement::parse(list(MAX_SCOPES + 1)).unwrap_err();
    assert_eq!(error.kind(), ScopeErrorKind::TooMany);
}

#[test]
fn repeated_spaces_are_no_items() {
    let set = ScopeSet::parse("  book:read   table:read  ").unwrap();
    assert_eq!(set.iter().collect::<Vec<_>>(), ["book:read", "table:read"]);
    assert!(ScopeSet::parse("   ").unwrap().is_empty());
    assert!(!set.is_empty());
}

#[test]
fn only_the_space_separates() {
    let required = Pattern::parse("book:read").unwrap();
    for separator in ["\t", "\n", "\r\n", "\u{a0}", ","] {
        let set = ScopeSet::parse(&format!("a{separator}book:read")).unwrap();
        assert!(!set.covers(required, Matching::Patterns), "{separator:?}");
        assert!(!set.covers(required, Matching::Exact), "{separator:?}");
    }
    let repaired = ScopeSet::parse("a book:read").unwrap();
    assert!(repaired.covers(required, Matching::Patterns));
}

#[test]
fn an_item_that_is_no_scope_token_grants_nothing_and_the_rest_goes_on() {
    let set = ScopeSet::parse("*\u{e9} \"*\" book\\ book:read").unwrap();
    assert!(set.covers(Pattern::parse("book:1:read").unwrap(), Matching::Patterns));
    assert!(!set.covers(Pattern::parse("table:read").unwrap(), Matching::Patterns));
    assert!(!set.covers(Pattern::parse("book").unwrap(), Matching::Patterns));
}

#[test]
fn a_text_that_is_no_scope_token_is_no_pattern() {
    for (text, kind) in [
        ("", ScopeErrorKind::Empty),
        ("a b", ScopeErrorKind::Character),
        ("a\t", ScopeErrorKind::Character),
        ("a\"", ScopeErrorKind::Character),
        ("a\\", ScopeErrorKind::Character),
        ("\u{e9}", ScopeErrorKind::Character),
        ("a\u{7f}", ScopeErrorKind::Character),
    ] {
        assert_eq!(Pattern::parse(text).unwrap_err().kind(), kind, "{text:?}");
    }
}

#[test]
fn a_set_is_serialized_as_the_list_that_it_was() {
    let set = ScopeSet::parse("book:read  table").unwrap();
    assert_eq!(serde_json::to_string(&set).unwrap(), r#""book:read  table""#);
}

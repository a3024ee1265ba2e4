//! Scopes of OpenID Connect among patterns (row W9).

use tower_bearer::scope::{Matching, Pattern, Requirement, ScopeSet};

const NAMES: [&str; 6] = ["openid", "profile", "email", "address", "phone", "offline_access"];

fn covers(granted: &str, required: &str, matching: Matching) -> bool {
    let required = Requirement::parse(required.to_owned()).unwrap();
    let granted = ScopeSet::parse(granted).unwrap();
    required.satisfied_by(&granted, matching, &|_| Ok("email")).unwrap()
}

#[test]
fn w09_the_scopes_of_openid_connect_cover_only_themselves() {
    for matching in [Matching::Patterns, Matching::Exact] {
        assert!(!covers("openid profile email", "email:send", matching));
        for name in NAMES {
            assert!(covers(name, name, matching), "{name}");
            for operation in ["read", "*", "1:read", "*:*"] {
                assert!(!covers(name, &format!("{name}:{operation}"), matching), "{name}");
            }
        }
    }
    assert!(covers("email:send", "email:1:send", Matching::Patterns), "a scope of an API's own");
    assert!(covers("emails", "emails:send", Matching::Patterns));
    assert!(covers("Email", "Email:send", Matching::Patterns), "case counts");
}

#[test]
fn w09_no_pattern_covers_a_scope_of_openid_connect() {
    for name in NAMES {
        for granted in ["*", "*:*", "*:*:*", &format!("{name}:*"), &format!("{name}:*:*")] {
            assert!(!covers(granted, name, Matching::Patterns), "{granted} {name}");
        }
        let pattern = Pattern::parse(name).unwrap();
        assert!(pattern.covers(pattern) && pattern.is_equivalent(pattern));
        assert_eq!(pattern.intersection(Pattern::parse("*").unwrap()), None);
        assert_eq!(pattern.intersection(pattern).as_deref(), Some(name));
    }
    assert!(covers("*", "emails", Matching::Patterns));
}

#[test]
fn w09_a_template_that_is_filled_with_such_a_name_is_that_scope() {
    assert!(covers("email", "{kind}", Matching::Patterns));
    assert!(!covers("*", "{kind}", Matching::Patterns));
    assert!(covers("*", "book:{id}:read", Matching::Patterns), "one part of three is no scope");
    assert!(covers("book:email:read", "book:{id}:read", Matching::Patterns));
}

#[test]
fn w09_deny_rules_stay_as_wide_as_their_text() {
    for name in NAMES {
        for other in ["*".to_owned(), format!("{name}:read"), format!("{name}:1:read"), name.into()]
        {
            let (name, other) = (Pattern::parse(name).unwrap(), Pattern::parse(&other).unwrap());
            assert!(name.overlaps(other) && other.overlaps(name), "{name} {other}");
        }
        assert!(!Pattern::parse(name).unwrap().overlaps(Pattern::parse("book:read").unwrap()));
    }
}

//! Which scopes an issuer grants.

use proptest::prelude::*;
use tower_bearer::{
    issuer::grant::{Granted, Rules},
    scope::{MAX_SCOPES, Pattern, ScopeErrorKind},
};

use crate::support::{item, truth_table};

fn rules(allow: &[&str], deny: &[&str]) -> Rules {
    Rules::new(allow, deny).unwrap()
}

fn granted(scope: &str, rejected_scope: &str) -> Granted {
    Granted { scope: scope.into(), rejected_scope: rejected_scope.into() }
}

#[test]
fn every_issuance_row_holds() {
    let Some(table) = truth_table() else { return };
    let rows = table["issuance"].as_array().unwrap();
    assert_eq!(rows.len(), 19);
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap();
        let list = |name: &str| {
            let items = row[name].as_array().unwrap().iter();
            items.map(|item| item.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let rules = Rules::new(list("allow"), list("deny")).unwrap();
        let requested = Some(text("requested"));
        let judged = match text("mode") {
            "reject" => rules.judge(requested),
            "narrow" => rules.judge_and_narrow(requested),
            other => panic!("an unknown mode: {other}"),
        };
        let expected = granted(text("scope"), text("rejected_scope"));
        assert_eq!(judged.unwrap(), expected, "row {}: {}", row["n"], row["name"]);
    }
}

#[test]
fn a_request_without_scope_is_for_all_that_the_rules_allow() {
    let rules = rules(&["*", "announce:*:read"], &["revenue:*:delete"]);
    for requested in [None, Some("")] {
        assert_eq!(rules.judge(requested).unwrap(), granted("announce:*:read", ""));
    }
    assert_eq!(rules.judge(Some("*")).unwrap(), granted("", "*"));
    assert_eq!(rules.judge(Some(" ")).unwrap(), granted("", ""), "a list, though without items");
}

#[test]
fn a_narrowed_part_never_overlaps_a_deny() {
    let rules = rules(&["book:*:*", "book:*:read", "book:9:read"], &["book:9:*", "book:*:delete"]);
    assert_eq!(rules.judge_and_narrow(Some("book")).unwrap(), granted("", "book"));
    let rules = self::rules(&["book:*:*", "book:1:*"], &["book:9:*"]);
    assert_eq!(
        rules.judge_and_narrow(Some("book:read")).unwrap(),
        granted("book:1:read", "book:read")
    );
}

#[test]
fn a_narrowed_part_that_is_requested_too_is_granted_once() {
    let rules = rules(&["book:1:read"], &[]);
    let judged = rules.judge_and_narrow(Some("book:read book:1:read")).unwrap();
    assert_eq!(judged, granted("book:1:read", "book:read"));
}

#[test]
fn an_opaque_item_is_granted_and_denied_by_itself_only() {
    let allowed = rules(&["a::b", "*"], &[]);
    assert_eq!(allowed.judge(Some("a::b b::a")).unwrap(), granted("a::b", "b::a"));
    assert_eq!(rules(&["a::b"], &["a"]).judge(Some("a::b")).unwrap(), granted("a::b", ""));
    assert_eq!(rules(&["a::b"], &["a::b"]).judge(Some("a::b")).unwrap(), granted("", "a::b"));
}

#[test]
fn to_deny_everything_denies_opaque_items_too() {
    for everything in ["*", "*:*", "*:*:*"] {
        let judged = rules(&["a::b", "*"], &[everything]).judge(Some("a::b a")).unwrap();
        assert_eq!(judged, granted("", "a::b a"), "{everything}");
    }
    assert_eq!(rules(&["a::b"], &["*:*:x"]).judge(Some("a::b")).unwrap(), granted("a::b", ""));
}

#[test]
fn an_item_that_is_no_scope_token_is_never_granted() {
    let judged = rules(&["*"], &[]).judge(Some("a\tb \u{e9} book")).unwrap();
    assert_eq!(judged, granted("book", "a\tb \u{e9}"));
}

#[test]
fn a_rule_that_is_no_scope_is_an_error() {
    let none: [&str; 0] = [];
    for rule in ["", "a b", "\u{e9}"] {
        assert!(Rules::new([rule], none).is_err(), "{rule:?}");
        assert!(Rules::new(none, ["a", rule]).is_err(), "{rule:?}");
    }
    assert!(Rules::new(["a"], ["b"]).is_ok());
}

#[test]
fn a_request_or_a_grant_of_more_than_256_items_is_an_error() {
    let list = |count| (0..count).map(|n| format!("book:{n}")).collect::<Vec<_>>();
    let rules = rules(&["book"], &[]);
    let all = list(MAX_SCOPES).join(" ");
    assert_eq!(rules.judge(Some(&all)).unwrap(), granted(&all, ""));
    let error = rules.judge(Some(&list(MAX_SCOPES + 1).join(" "))).unwrap_err();
    assert_eq!(error.kind(), ScopeErrorKind::TooMany);

    let none: [&str; 0] = [];
    assert!(Rules::new(list(MAX_SCOPES + 1), none).is_err());
    let narrow = Rules::new(list(MAX_SCOPES), none).unwrap();
    assert_eq!(
        narrow.judge_and_narrow(Some("*:1:* *:2:*")).unwrap_err().kind(),
        ScopeErrorKind::TooMany
    );
    assert!(narrow.judge_and_narrow(Some("*:1:*")).is_ok());
}

/// A few rules or requested items.
fn items() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(item(), 0..5)
}

fn split(list: &str) -> Vec<&str> {
    list.split(' ').filter(|item| !item.is_empty()).collect()
}

proptest! {
    #[test]
    fn what_is_issued_is_covered_by_an_allow_and_overlaps_no_deny(
        allow in items(), deny in items(), requested in items(),
    ) {
        let rules = Rules::new(&allow, &deny).unwrap();
        let requested = requested.join(" ");
        for judged in [rules.judge(Some(&requested)), rules.judge_and_narrow(Some(&requested))] {
            let judged = judged.unwrap();
            for issued in split(&judged.scope) {
                let issued = Pattern::parse(issued).unwrap();
                prop_assert!(allow.iter().any(|a| Pattern::parse(a).unwrap().covers(issued)));
                prop_assert!(!deny.iter().any(|d| Pattern::parse(d).unwrap().overlaps(issued)));
            }
        }
    }

    #[test]
    fn what_is_narrowed_is_covered_by_the_request(allow in items(), requested in items()) {
        prop_assume!(!requested.is_empty());
        let rules = Rules::new(&allow, &[] as &[&str]).unwrap();
        let judged = rules.judge_and_narrow(Some(&requested.join(" "))).unwrap();
        for issued in split(&judged.scope) {
            let issued = Pattern::parse(issued).unwrap();
            prop_assert!(requested.iter().any(|r| Pattern::parse(r).unwrap().covers(issued)));
        }
    }

    #[test]
    fn scope_and_rejected_scope_partition_the_request(
        allow in items(), deny in items(), requested in items(),
    ) {
        prop_assume!(!requested.is_empty());
        let judged = Rules::new(&allow, &deny).unwrap().judge(Some(&requested.join(" "))).unwrap();
        let (scope, rejected) = (split(&judged.scope), split(&judged.rejected_scope));
        let mut once: Vec<&str> = Vec::new();
        for item in &requested {
            if !once.contains(&item.as_str()) {
                once.push(item);
            }
        }
        let of = |part: &[&str]| {
            once.iter().copied().filter(|item| part.contains(item)).collect::<Vec<_>>()
        };
        prop_assert_eq!(&of(&scope), &scope, "in the order of the request");
        prop_assert_eq!(&of(&rejected), &rejected, "in the order of the request");
        prop_assert_eq!(scope.len() + rejected.len(), once.len());
    }

    #[test]
    fn another_deny_never_gives_a_permission(
        allow in items(), deny in items(), more in item(), requested in items(), asked in item(),
    ) {
        let requested = requested.join(" ");
        let narrower: Vec<_> = deny.iter().cloned().chain([more]).collect();
        let before = Rules::new(&allow, &deny).unwrap();
        let after = Rules::new(&allow, &narrower).unwrap();
        let covers = |judged: Granted| {
            let asked = Pattern::parse(&asked).unwrap();
            split(&judged.scope).iter().any(|item| Pattern::parse(item).unwrap().covers(asked))
        };
        prop_assert!(
            !covers(after.judge(Some(&requested)).unwrap())
                || covers(before.judge(Some(&requested)).unwrap())
        );
        prop_assert!(
            !covers(after.judge_and_narrow(Some(&requested)).unwrap())
                || covers(before.judge_and_narrow(Some(&requested)).unwrap())
        );
    }

    #[test]
    fn another_allow_never_takes_a_permission_away(
        allow in items(), deny in items(), more in item(), requested in items(), asked in item(),
    ) {
        let requested = requested.join(" ");
        let wider: Vec<_> = allow.iter().cloned().chain([more]).collect();
        let before = Rules::new(&allow, &deny).unwrap().judge(Some(&requested)).unwrap();
        let after = Rules::new(&wider, &deny).unwrap().judge(Some(&requested)).unwrap();
        let covers = |judged: &Granted| {
            let asked = Pattern::parse(&asked).unwrap();
            split(&judged.scope).iter().any(|item| Pattern::parse(item).unwrap().covers(asked))
        };
        prop_assert!(!covers(&before) || covers(&after));
    }
}

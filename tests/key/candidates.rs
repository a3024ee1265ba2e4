//! Which keys are tried for a token.

use proptest::{collection::vec, option, prelude::*};
use serde_json::json;
use tower_bearer::{
    algorithm::Algorithm::{self, ES256, ES384, RS256, RS384},
    key::{Key, KeySet, MAX_CANDIDATES, SigningKey},
};

use super::{Jwk, public, set, with};

fn named(algorithm: Algorithm, kid: &str) -> Jwk {
    with(public(algorithm), json!({ "kid": kid }))
}

fn fresh(kid: &str) -> Jwk {
    SigningKey::generate(ES256).unwrap().with_kid(kid).public_jwk()
}

fn tried(set: &KeySet, kid: Option<&str>, algorithm: Algorithm) -> Vec<String> {
    set.candidates(kid, algorithm).map(Key::thumbprint).collect()
}

#[test]
fn r41_one_kid_on_keys_of_different_algorithms_is_resolved_by_algorithm() {
    let set = set(&[named(RS256, "dup"), named(ES256, "dup"), named(ES384, "other")]);
    assert_eq!(tried(&set, Some("dup"), ES256), [super::signer(ES256).kid()]);
    assert_eq!(tried(&set, Some("dup"), RS256), [super::signer(RS256).kid()]);
    assert!(tried(&set, Some("dup"), ES384).is_empty());
    assert!(tried(&set, Some("DUP"), ES256).is_empty());
    assert!(tried(&set, Some(""), ES256).is_empty());
}

#[test]
fn r41_keys_that_share_kid_and_algorithm_are_tried_in_order_and_only_a_few() {
    let keys: Vec<Jwk> = (0..10).map(|_| fresh("dup")).collect();
    let set = set(&keys);
    let order: Vec<_> = set.keys().map(Key::thumbprint).collect();
    assert_eq!(tried(&set, Some("dup"), ES256), order[..MAX_CANDIDATES]);
}

#[test]
fn r42_without_kid_the_key_must_be_the_only_one_of_its_algorithm() {
    let one = set(&[named(RS256, "a"), named(ES256, "b")]);
    assert_eq!(tried(&one, None, ES256), [super::signer(ES256).kid()]);
    assert_eq!(tried(&one, None, RS256), [super::signer(RS256).kid()]);
    assert!(tried(&one, None, RS384).is_empty());

    let two = set(&[named(ES256, "a"), fresh("b")]);
    assert!(tried(&two, None, ES256).is_empty());
    assert_eq!(tried(&two, Some("a"), ES256).len(), 1);
}

fn without_kid() -> Jwk {
    with(fresh("x"), json!({ "kid": null }))
}

#[test]
fn w27_a_token_without_kid_is_tried_with_the_keys_without_kid() {
    let set = set(&[named(ES256, "a"), without_kid(), named(RS256, "b"), without_kid()]);
    let all: Vec<_> = set.keys().map(Key::thumbprint).collect();
    assert_eq!(tried(&set, None, ES256), [all[1].as_str(), &all[3]]);
    assert_eq!(tried(&set, None, RS256), [all[2].as_str()], "no such RSA key: the single one");
    assert_eq!(set.kids().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn w27_a_token_whose_kid_no_key_has_is_tried_with_the_keys_without_kid() {
    let set = set(&[named(ES256, "a"), without_kid(), named(RS256, "b")]);
    let all: Vec<_> = set.keys().map(Key::thumbprint).collect();
    assert_eq!(tried(&set, Some("new"), ES256), [all[1].as_str()]);
    assert_eq!(tried(&set, Some("a"), ES256), [all[0].as_str()], "a kid that is known decides");
    assert!(tried(&set, Some("b"), ES256).is_empty(), "whatever its algorithm");
    assert!(tried(&set, Some("new"), RS256).is_empty());
}

#[test]
fn w27_at_most_four_keys_without_kid_are_tried_for_an_algorithm() {
    let keys: Vec<Jwk> = [named(RS256, "other")]
        .into_iter()
        .chain([with(public(RS256), json!({ "kid": null }))])
        .chain((0..6).map(|_| without_kid()))
        .collect();
    let set = set(&keys);
    let order: Vec<_> = set.keys().map(Key::thumbprint).skip(2).collect();
    assert_eq!(tried(&set, None, ES256), order[..MAX_CANDIDATES]);
    assert_eq!(tried(&set, None, RS256).len(), 1);
}

#[test]
fn w27_a_key_without_kid_is_removed_by_its_thumbprint() {
    let set = set(&[named(ES256, "a"), without_kid(), without_kid()]);
    let thumbprint = set.keys().nth(1).unwrap().thumbprint();
    let rest = set.without_thumbprint(&thumbprint);
    assert_eq!(rest.len(), 2);
    assert!(!tried(&rest, None, ES256).contains(&thumbprint));
    assert_eq!(set.without_thumbprint("unknown").len(), 3);
}

#[test]
fn a_set_is_the_same_whatever_the_order_and_what_is_skipped() {
    let (a, b) = (named(ES256, "a"), named(ES384, "b"));
    let both = set(&[a.clone(), b.clone()]);
    assert!(both.same_keys_as(&set(&[
        b.clone(),
        with(a.clone(), json!({ "use": "enc" })),
        a.clone()
    ])));
    assert!(!both.same_keys_as(&set(std::slice::from_ref(&a))));
    assert!(!set(std::slice::from_ref(&a)).same_keys_as(&both));
    assert!(!both.same_keys_as(&set(&[a.clone(), named(ES384, "c")])));
    assert!(!both.same_keys_as(&set(&[a, fresh("b")])));
    let narrowed = set(&[with(named(RS256, "r"), json!({ "alg": null }))]);
    assert!(!narrowed.same_keys_as(&set(&[named(RS256, "r")])));
}

#[test]
fn a_revoked_kid_takes_all_its_keys_with_it() {
    let set = set(&[named(ES256, "a"), named(RS256, "a"), named(ES384, "b")]);
    assert!(set.contains_kid("a"));
    assert_eq!(set.kids().collect::<Vec<_>>(), ["a", "b"]);
    let rest = set.without_kid("a");
    assert!(!rest.contains_kid("a"));
    assert!(rest.contains_kid("b"));
    assert_eq!((set.len(), rest.len()), (3, 1));
}

/// The rule of `candidates`, key by key.
fn by_the_rule<'s>(set: &'s KeySet, kid: Option<&str>, algorithm: Algorithm) -> Vec<&'s Key> {
    let serving = || set.keys().filter(|key| key.can_verify(algorithm));
    let own: Vec<_> = serving().filter(|key| kid.is_some() && key.kid() == kid).collect();
    if kid.is_some_and(|kid| set.keys().any(|key| key.kid() == Some(kid))) {
        return own;
    }
    let without: Vec<_> = serving().filter(|key| key.kid().is_none()).collect();
    if without.is_empty() && kid.is_none() && serving().count() == 1 {
        return serving().collect();
    }
    without
}

proptest! {
    #[test]
    fn the_candidates_are_those_of_the_rule_in_the_order_of_the_document(
        kids in vec(option::of("[abc]?"), 0..12),
        asked in option::of("[abcd]?"),
    ) {
        let keys: Vec<Jwk> = kids.iter().map(|kid| with(fresh("x"), json!({ "kid": kid }))).collect();
        let mut set = set(&keys);
        for removed in [None, Some("a")] {
            if let Some(kid) = removed {
                set = set.without_kid(kid);
            }
            let mut expected = by_the_rule(&set, asked.as_deref(), ES256);
            expected.truncate(MAX_CANDIDATES);
            let expected: Vec<_> = expected.into_iter().map(Key::thumbprint).collect();
            prop_assert_eq!(tried(&set, asked.as_deref(), ES256), expected);
        }
    }
}

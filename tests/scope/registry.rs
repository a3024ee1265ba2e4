//! What the routes require, collected where they are built.

use tower_bearer::{require::any_of, scope, scope::Requirements};

#[test]
fn each_scope_is_listed_once_in_the_order_of_the_routes() {
    let requirements = Requirements::new();
    let routes = requirements.clone();
    let _ = routes.require("announce:read revenue:read");
    let _ = routes.require(any_of(["announce:admin", "announce:read"]));
    let _ = routes.require("announce:read revenue:read");
    assert_eq!(requirements.to_vec().len(), 2);
    assert_eq!(requirements.scopes(), ["announce:read", "revenue:read", "announce:admin"]);
}

#[test]
fn a_name_in_braces_becomes_a_wildcard_and_offline_access_is_left_out() {
    let requirements = Requirements::new();
    requirements.add(scope!("book:{id}:read offline_access"));
    assert_eq!(requirements.scopes(), ["book:*:read"]);
}

#[test]
fn a_baseline_hides_what_a_client_need_not_ask_for_at_first() {
    let requirements = Requirements::new();
    let _ = requirements.require("announce:create");
    assert_eq!(requirements.scopes(), ["announce:create"]);
    requirements.add_baseline(scope!("announce:read"));
    assert_eq!(requirements.scopes(), ["announce:read"]);
    let all: Vec<_> = requirements.to_vec().iter().map(ToString::to_string).collect();
    assert_eq!(all, ["announce:create", "announce:read"]);
}

#[test]
fn a_malformed_scope_is_not_listed() {
    let requirements = Requirements::new();
    let _ = requirements.require("");
    let _ = requirements.require("a\"b".to_owned());
    assert_eq!(requirements.to_vec(), []);
    let _ = requirements.require("ab");
    assert_eq!(requirements.scopes(), ["ab"]);
}

#[cfg(feature = "axum")]
#[test]
fn an_extractor_is_added_by_its_type() {
    let requirements = Requirements::new();
    requirements.add_extractor::<tower_bearer::RequireScope![any "a:read", "b:read"]>();
    assert_eq!(requirements.scopes(), ["a:read", "b:read"]);
    assert_eq!(format!("{:?}", requirements.to_vec()), "[Requirement(any of \"a:read b:read\")]");
}

//! What a problem says.

use serde_json::{Value, json};
use tower_bearer::config::ResourceServerConfig;

use super::{config, full};

fn error(file: &Value) -> String {
    config(file).builder().map(|_| String::new()).unwrap_or_else(|error| error.to_string())
}

/// A file with one issuer that is good but for these members.
fn issuer(members: &Value) -> Value {
    let mut issuer = json!({"issuer": "https://issuer.example", "audience": "urn:api"});
    for (name, value) in members.as_object().unwrap() {
        issuer[name] = value.clone();
    }
    json!({"issuers": [issuer]})
}

#[test]
fn all_problems_are_reported_at_once_whoever_finds_them() {
    let file = json!({
        "relm": "api",
        "cache": {"max_bytes": "much"},
        "issuers": [
            {"issuer": "https://a.example", "audience": ["urn:api", "urn: api"], "leeway": 30},
            {"issuer": "https://a.example", "audience": "urn:api"},
            {"issuer": "https://b.example", "audience": "urn:api", "algorithms": "ES256 none",
             "keys": {"jwks_uri": "http://keys.example/", "max_ttl": "2h"}},
        ],
    });
    let expected = [
        "cache.max_bytes must be a whole number, not a string",
        "issuers[0].audience[1] is not an identifier: give it exactly as tokens have it, without \
         white space, in 1 to 2,048 bytes",
        "issuers[0].leeway must be a string with a number and its unit, such as 30s, not a number",
        r#"issuers[2].algorithms cannot be "none": give one of `RS256`, `RS384`, `RS512`, `PS256`, "#,
        r#"issuers[2].keys.max_ttl cannot be "2h": give 5m to 1h"#,
        "relm is not a setting; did you mean `realm`?",
        "issuers[1].issuer is named twice; name each issuer once",
        "issuers[2].keys.jwks_uri must be https",
    ];
    let config = config(&file);
    let error = config.builder().map(|_| ()).unwrap_err();
    let found: Vec<_> = error.problems().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\n{expected}");
    }
}

#[test]
fn a_name_that_resembles_no_setting_lists_the_settings() {
    let message = error(&issuer(&json!({"keys": {"frobnicate": 1}})));
    assert_eq!(
        message,
        "issuers[0].keys.frobnicate is not a setting; the settings here are `jwks_uri`, `file`, `pem`, \
         `max_ttl`, `stale_if_error`, `max_wait`, `fetch_timeout`, `removed_key_grace`, `max_keys`, \
         `max_document_bytes`, `http`"
    );
}

#[test]
fn two_places_of_the_keys_are_one_too_many() {
    let keys = json!({"jwks_uri": "https://issuer.example/keys", "file": "keys.json"});
    assert_eq!(
        error(&issuer(&json!({"keys": keys}))),
        "issuers[0].keys.file cannot be given together with `jwks_uri`; keep one"
    );
}

#[test]
fn a_url_with_a_password_is_not_repeated() {
    for url in ["https://user:hunter2@keys.example/", "hunter2", "https://hunter2 "] {
        let message = error(&issuer(&json!({"keys": {"jwks_uri": url}})));
        assert!(message.starts_with("issuers[0].keys.jwks_uri "), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_file_without_keys_is_refused() {
    let message = error(&issuer(&json!({"keys": {"file": "mod.rs"}})));
    assert!(message.starts_with("issuers[0].keys.file has no keys: "), "{message}");
    let message = error(&issuer(&json!({"keys": {"file": "absent.json"}})));
    assert!(message.starts_with("issuers[0].keys.file cannot be read: "), "{message}");
}

#[test]
fn what_is_not_a_table_is_one_problem() {
    for (file, kind) in [(json!([]), "a list"), (json!("x"), "a string"), (json!(null), "null")] {
        assert_eq!(error(&file), format!("configuration must be a table, not {kind}"));
    }
    assert_eq!(error(&json!({})), "issuers is missing: give a list of tables");
    assert_eq!(error(&json!({"issuers": []})), "issuers must not be empty; give at least one");
}

#[test]
fn a_member_that_is_given_twice_is_reported() {
    let file = r#"{"realm": "a", "realm": "b",
        "issuers": [{"issuer": "https://a.example", "audience": "urn:a"}]}"#;
    let config: ResourceServerConfig = serde_json::from_str(file).unwrap();
    let error = config.builder().map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "realm is given twice; give it once");
}

#[test]
fn debug_shows_the_issuers_and_nothing_else() {
    let shown = format!("{:?}", config(&full()));
    assert_eq!(
        shown,
        "ResourceServerConfig { issuers: [\"https://issuer.example\", \"https://other.example/\", \
         \"https://third.example/\", \"https://fourth.example\"], .. }"
    );
}

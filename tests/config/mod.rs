//! A server described by a file.

mod leaves;
mod messages;
mod values;

use std::{collections::BTreeSet, path::Path};

use serde_json::Value;
use tower_bearer::config::ResourceServerConfig;

/// A file in which every setting occurs, and which builds.
const FULL: &str = include_str!("full.toml");
/// The settings that exclude one of the full file, and no others but those that these need.
const OPAQUE: &str = include_str!("opaque.toml");

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config"))
}

fn full() -> Value {
    toml::from_str(FULL).unwrap()
}

fn opaque() -> Value {
    toml::from_str(OPAQUE).unwrap()
}

fn config(file: &Value) -> ResourceServerConfig {
    serde_json::from_value::<ResourceServerConfig>(file.clone()).unwrap().relative_to(folder())
}

/// The paths of all problems, in the order in which they are reported; none if the file builds.
fn problems(file: &Value) -> Vec<String> {
    match config(file).build() {
        Ok(_) => Vec::new(),
        Err(error) => {
            error.problems().iter().map(|problem| problem.setting().to_string()).collect()
        }
    }
}

#[test]
fn a_full_file_builds() {
    assert_eq!(problems(&full()), Vec::<String>::new());
    assert_eq!(problems(&opaque()), Vec::<String>::new());
}

#[test]
fn one_issuer_introspects_and_every_token_is_that_of_an_issuer_alone() {
    let with = |file: &Value, pointer: &str, value: &Value| {
        let mut file = file.clone();
        let table = file.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        table.insert("introspection".to_owned(), value.clone());
        file
    };
    let introspection = &full()["issuers"][0]["introspection"];
    let twice = with(&full(), "/issuers/1", introspection);
    assert_eq!(problems(&twice), ["issuers[1].introspection"]);
    let every_token = with(&full(), "/issuers/0", &opaque()["issuers"][0]["introspection"]);
    assert_eq!(problems(&every_token), ["issuers[0].introspection.every_token"]);
}

#[test]
fn the_checked_in_schema_is_that_of_the_description() {
    let file = folder().join("../../docs/api.schema.json");
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let schema = ResourceServerConfig::json_schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&file, &schema).unwrap();
    } else {
        assert!(written == schema, "run this test with UPDATE_SCHEMA=1 and check the file in");
    }
}

/// The names of all settings in a schema.
fn settings(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                found.extend(properties.keys().cloned());
            }
            members.values().for_each(|member| settings(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| settings(item, found)),
        _ => {}
    }
}

/// The names of all members in a file.
fn members(file: &Value, found: &mut BTreeSet<String>) {
    match file {
        Value::Object(table) => {
            found.extend(table.keys().cloned());
            table.values().for_each(|member| members(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, found)),
        _ => {}
    }
}

#[test]
fn every_setting_of_the_schema_occurs_in_the_full_file() {
    let schema: Value = serde_json::from_str(&ResourceServerConfig::json_schema()).unwrap();
    let (mut described, mut used) = (BTreeSet::new(), BTreeSet::new());
    settings(&schema, &mut described);
    members(&full(), &mut used);
    members(&opaque(), &mut used);
    assert_eq!(used, described);
}

//! The ways in which a value may be written.

use serde_json::{Value, json};
use tower_bearer::config::ResourceServerConfig;

use super::{config, full, problems};

#[test]
fn text_from_environment_variables_is_read_as_the_types_it_stands_for() {
    let file = json!({
        "allow_loopback_http": "true",
        "cache": {"max_bytes": "65536"},
        "issuers": {
            "0": {
                "issuer": "http://127.0.0.1:4000",
                "audience": "urn:api urn:other",
                "algorithms": "ES256 RS256",
                "leeway": "5s",
                "keys": {"max_keys": "7"},
            },
            "1": {"issuer": "https://b.example", "audience": {"0": "urn:api", "1": "urn:c"}},
        },
    });
    assert_eq!(problems(&file), Vec::<String>::new());
}

#[test]
fn a_list_by_numbers_has_no_gap() {
    let issuer = json!({"issuer": "https://b.example", "audience": "urn:api"});
    let file = json!({"issuers": {"0": issuer.clone(), "2": issuer}});
    assert_eq!(problems(&file), ["issuers"]);
}

#[test]
fn a_number_is_not_taken_for_an_identifier() {
    let file = json!({"issuers": [{"issuer": "https://b.example", "audience": 123}]});
    assert_eq!(problems(&file), ["issuers[0].audience"]);
    let quoted = json!({"issuers": [{"issuer": "https://b.example", "audience": "0123"}]});
    assert_eq!(problems(&quoted), Vec::<String>::new());
}

#[test]
fn signs_and_spaces_are_not_part_of_a_number_or_a_boolean() {
    for wrong in ["+1", "-1", " 1", "1 ", "1_000", "0x10", "1e3", ""] {
        let file = json!({
            "cache": {"max_bytes": wrong},
            "issuers": [{"issuer": "https://b.example", "audience": "urn:api"}],
        });
        assert_eq!(problems(&file), ["cache.max_bytes"], "{wrong:?}");
    }
    for wrong in [json!("yes"), json!("True"), json!(1), json!("")] {
        let mut file = full();
        file["allow_loopback_http"] = wrong;
        assert_eq!(problems(&file), ["allow_loopback_http"]);
    }
}

#[test]
fn what_was_read_is_written_back() {
    let file = full();
    let written: Value = serde_json::to_value(config(&file)).unwrap();
    assert_eq!(written, file);
    let again: ResourceServerConfig = serde_json::from_value(written).unwrap();
    assert_eq!(again.relative_to(super::folder()), config(&file));
}

#[test]
fn functions_are_added_to_the_builder() {
    let builder = config(&full()).builder().unwrap();
    let api = builder.on_refusal(|error, _| error.to_string()).build();
    assert!(api.is_ok());
}

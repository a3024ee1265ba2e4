//! Nobody gets any of this who did not ask for it.

use std::{collections::HashSet, process::Command};

use super::*;

#[tokio::test]
async fn an_issuer_that_was_not_started_for_testing_has_no_desk() {
    let issuer = TokenIssuer::on_loopback().algorithm(Algorithm::ES256).start().await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for action in ["faults", "mint", "rotate", "withdraw"] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let url = format!("{}/testing/{action}", issuer.url());
            assert_eq!(http.request(method, url).send().await.unwrap().status(), 404, "{action}");
        }
    }
}

#[test]
fn no_other_feature_turns_testing_on() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let features = metadata["packages"][0]["features"].as_object().unwrap();
    assert!(features.contains_key("testing"));
    for feature in features.keys().filter(|name| *name != "testing") {
        let mut open = vec![feature.as_str()];
        let mut implied = HashSet::new();
        while let Some(name) = open.pop() {
            if implied.insert(name) {
                let list = features.get(name).and_then(Value::as_array).into_iter().flatten();
                open.extend(list.filter_map(Value::as_str));
            }
        }
        assert!(!implied.contains("testing"), "{feature} turns testing on");
    }
}

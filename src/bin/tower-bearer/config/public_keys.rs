//! Public keys that are in the file, each as the text of a JWK.

use serde_json::Value;
use tower_bearer::key::KeySet;

use super::{diagnostics::Collector, reader::Spanned};

/// Reads the keys as one set. `line` is that of the entry that has them.
pub(super) fn key_set(
    keys: &[Spanned<String>],
    line: usize,
    problems: &Collector,
) -> Option<KeySet> {
    let mut entries = Vec::new();
    for Spanned { line, value } in keys {
        match serde_json::from_str::<Value>(value) {
            Ok(entry) => entries.push(entry),
            Err(_) => problems.add(*line, "`public_keys` has a string that is not a JWK"),
        }
    }
    let set = serde_json::json!({"keys": entries}).to_string();
    let read = KeySet::parse(set.as_bytes());
    read.map_err(|error| problems.add(line, format!("`public_keys`: {error}"))).ok()
}

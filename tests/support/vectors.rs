//! Test data written by others, kept outside the repository.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

const FOLDER: &str = "TOWER_BEARER_VECTORS";

/// The file `name` of the folder that `TOWER_BEARER_VECTORS` names. Without the variable the caller
/// has nothing to test, and says so in one line; in CI that is a failure.
pub(crate) fn vectors(name: &str) -> Option<Vec<u8>> {
    let Some(folder) = env::var_os(FOLDER) else {
        assert!(env::var_os("CI").is_none(), "{FOLDER} is not set, and {name} must be tested");
        eprintln!("skipped: {FOLDER} is not set, so there is no {name}");
        return None;
    };
    let path = Path::new(&folder).join(name);
    Some(read(&path))
}

/// Where that file is.
pub(crate) fn vectors_path(name: &str) -> Option<PathBuf> {
    Some(Path::new(&env::var_os(FOLDER)?).join(name))
}

/// The same, as JSON.
pub(crate) fn vectors_json(name: &str) -> Option<Value> {
    Some(serde_json::from_slice(&vectors(name)?).expect(name))
}

/// `scope-truth-table.json`: in the folder that `TOWER_BEARER_SPEC` names, else in `spec`, beside
/// the folder of the test data.
pub(crate) fn truth_table() -> Option<Value> {
    const FILE: &str = "scope-truth-table.json";
    match env::var_os("TOWER_BEARER_SPEC") {
        Some(folder) => Some(json_of(&Path::new(&folder).join(FILE))),
        None => vectors_json(&format!("../spec/{FILE}")),
    }
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&read(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

//! Test data written by others, kept outside the repository.

use std::{env, fs, path::Path};

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
    Some(fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The same, as JSON.
pub(crate) fn vectors_json(name: &str) -> Option<Value> {
    Some(serde_json::from_slice(&vectors(name)?).expect(name))
}

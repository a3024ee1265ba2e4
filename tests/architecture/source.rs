//! The sources that the tests read.

use std::{collections::BTreeMap, fs, path::Path};

/// The files of the program: a crate of its own, which knows the library by its public face alone.
const PROGRAM: &str = "bin/";

/// The files of the library, as [`all_sources`].
pub(crate) fn sources() -> BTreeMap<String, String> {
    let mut sources = all_sources();
    sources.retain(|file, _| !file.starts_with(PROGRAM));
    sources
}

/// The file's path below `src/`, and its code without comments and without its unit tests.
pub(crate) fn all_sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            found.insert(name, lines.map(|line| format!("{line}\n")).collect());
        }
    }
    let mut found = BTreeMap::new();
    walk(root(), &mut found);
    found
}

/// The folder `src/`.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// The room of a file; `lib` for the root itself.
pub(crate) fn room_of(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

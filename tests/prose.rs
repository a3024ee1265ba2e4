//! Holds the writing rules of CONTRIBUTING.md as far as a test can: words that the project avoids.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Words and phrases of the list "Words that we avoid".
const AVOIDED: [&str; 12] = [
    "told",
    "upholds",
    "whoever",
    "sees to it",
    "so many",
    "is none of",
    "of which the",
    "mend",
    "stands beside",
    "is no scope",
    "cannot be had",
    "is had",
];

/// Files that were written before the rules and have not been rewritten yet.
const NOT_YET_CLEAN: [&str; 0] = [];

fn files() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs" || end == "md") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["src", "examples", "docs"] {
        walk(&root().join(folder), &mut found);
    }
    found.extend(["README.md", "SECURITY.md", "ARCHITECTURE.md"].map(|name| root().join(name)));
    found.sort();
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether `line` has `phrase` between word boundaries, in any case.
fn has(line: &str, phrase: &str) -> bool {
    let line = line.to_lowercase();
    line.match_indices(phrase).any(|(start, _)| {
        let is_letter = |c: char| c.is_alphanumeric() || c == '_';
        let before = line[..start].chars().next_back();
        let after = line[start + phrase.len()..].chars().next();
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

#[test]
fn nothing_is_written_in_words_that_we_avoid() {
    let mut found = Vec::new();
    for file in files() {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
        if NOT_YET_CLEAN.contains(&name.as_str()) {
            continue;
        }
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            for phrase in AVOIDED.into_iter().filter(|phrase| has(line, phrase)) {
                found.push(format!("{name}:{}: `{phrase}`: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "write it in other words:\n{}", found.join("\n"));
}

#[test]
fn contributing_lists_the_words() {
    let text = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, list) = text.split_once("### Words that we avoid").unwrap();
    for phrase in AVOIDED {
        assert!(list.contains(phrase), "CONTRIBUTING.md does not list `{phrase}`");
    }
}

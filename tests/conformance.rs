//! Holds `docs/conformance.md` to its word: each item has a test that exists, or a reason.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeMap, fs, path::Path};

/// The last item about status lists.
const LAST_OF_LISTS: u8 = 24;

const REASONS: [&str; 2] = ["not yet: ", "not offered: "];

fn read_all(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

fn sources() -> String {
    let mut sources = String::new();
    for folder in ["src", "tests"] {
        read_all(&root().join(folder), &mut sources);
    }
    sources
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the document says of each item, its last column.
fn items() -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    for line in fs::read_to_string(root().join("docs/conformance.md")).unwrap().lines() {
        let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, statement, shown] = columns[..] else { continue };
        let number =
            id.strip_prefix(['R', 'T', 'C', 'S']).and_then(|number| number.parse::<u8>().ok());
        if number.is_some() {
            assert!(!statement.is_empty(), "{id} says nothing");
            assert!(items.insert(id.to_owned(), shown.to_owned()).is_none(), "{id} stands twice");
        }
    }
    items
}

#[test]
fn every_item_has_a_test_that_exists_or_a_reason() {
    let sources = sources();
    let items = items();
    for (letter, last) in [('R', 66), ('T', 34), ('C', 6), ('S', LAST_OF_LISTS)] {
        for number in 1..=last {
            let id = format!("{letter}{number}");
            let shown = items.get(&id).unwrap_or_else(|| panic!("{id} is not in the document"));
            if REASONS.iter().any(|reason| shown.starts_with(reason)) {
                continue;
            }
            let tests: Vec<&str> =
                shown.split('`').filter(|part| !part.trim().is_empty()).collect();
            assert!(!tests.is_empty(), "{id} has neither a test nor a reason");
            for test in tests {
                assert!(sources.contains(&format!("fn {test}(")), "{id}: there is no test {test}");
                let letter = letter.to_ascii_lowercase();
                let carries = test.split('_').any(|word| {
                    word.strip_prefix(letter).and_then(|n| n.parse().ok()) == Some(number)
                });
                assert!(carries, "{id}: {test} does not carry the id");
            }
        }
    }
}

/// The ids that a test's name carries: R4 and T3 of `r04_and_t3_..`.
fn ids(test: &str) -> impl Iterator<Item = String> {
    test.split('_').filter_map(|word| {
        let letter = word.chars().next().filter(|letter| "rtcs".contains(*letter))?;
        let number = word.get(1..)?.parse::<u8>().ok()?;
        Some(format!("{}{number}", letter.to_ascii_uppercase()))
    })
}

#[test]
fn every_test_that_carries_an_id_is_listed_there() {
    let items = items();
    let sources = sources();
    let names = sources.split("fn ").skip(1).filter_map(|rest| rest.split_once('('));
    for (test, _) in names {
        let first = test.split('_').next().unwrap_or_default();
        if test.contains('_') && ids(first).next().is_some() {
            for id in ids(test) {
                let listed = items.get(&id).is_some_and(|shown| shown.contains(test));
                assert!(listed, "{test} is not listed at {id}");
            }
        }
    }
}

#[test]
fn whatever_a_document_names_as_shown_exists() {
    let sources = sources();
    for document in ["docs/conformance.md", "SECURITY.md"] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        for line in text.lines().filter(|line| line.starts_with('|')) {
            let Some((_, shown)) = line.trim_end_matches(['|', ' ']).rsplit_once(" | ") else {
                continue;
            };
            let names = shown.split('`').skip(1).step_by(2);
            for name in names.filter(|name| name.contains(['_', '/'])) {
                let exists = if name.contains('/') {
                    root().join(name).exists()
                } else {
                    sources.contains(&format!("fn {name}("))
                };
                assert!(exists, "{document} names {name}");
            }
        }
    }
}

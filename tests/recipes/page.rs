//! What a page of `docs/recipes` holds: blocks of configuration, and the tokens that each admits.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

const BEGIN: &str =
    "<!-- The test `recipes` writes this table (UPDATE_RECIPES=1) and holds it. -->";
const END: &str = "<!-- end -->";

/// A token of the page, and the configuration above it.
pub(super) struct Example {
    pub(super) config: String,
    pub(super) header: Value,
    pub(super) claims: Value,
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes")
}

pub(super) fn read(page: &str) -> String {
    let path = folder().join(page);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The examples of a page, in its order.
pub(super) fn examples(text: &str) -> Vec<Example> {
    let (mut config, mut examples) = (None, Vec::new());
    for (language, block) in fenced(text) {
        match language {
            "toml" => config = Some(block),
            "json" => {
                let token: Value = serde_json::from_str(&block).unwrap();
                let config = config.clone().expect("a configuration above each token");
                let (header, claims) = (token["header"].clone(), token["claims"].clone());
                examples.push(Example { config, header, claims });
            }
            "rust" => {}
            other => panic!("a block of {other:?}"),
        }
    }
    examples
}

fn fenced(text: &str) -> Vec<(&str, String)> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            blocks.push((language, block.map(|line| format!("{line}\n")).collect()));
        }
    }
    blocks
}

/// Holds the generated part of a page against `table`, or writes it where `UPDATE_RECIPES` is set.
pub(super) fn hold(page: &str, table: &str) {
    let text = read(page);
    let (before, rest) = text.split_once(BEGIN).unwrap_or_else(|| panic!("{page} has no table"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{page}: no end of the table"));
    let expected = format!("{before}{BEGIN}\n\n{table}\n\n{END}{after}");
    if std::env::var_os("UPDATE_RECIPES").is_some() {
        fs::write(folder().join(page), expected).unwrap();
    } else {
        assert!(text == expected, "{page} differs: run with UPDATE_RECIPES=1 and read the change");
    }
}

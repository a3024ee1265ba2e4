//! ARCHITECTURE.md and the tree of `src/` agree.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::{rooms::ROOMS, source::root};

/// The rooms as folders (`jwks/`, with `jwks/mod.rs` or beside `jwks.rs`) or files (`time.rs`), with
/// the folders in each.
fn tree() -> BTreeMap<String, BTreeSet<String>> {
    let mut tree = BTreeMap::new();
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let folders = fs::read_dir(&path)
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_dir())
                .map(|path| format!("{}/", path.file_name().unwrap().to_str().unwrap()));
            tree.insert(format!("{name}/"), folders.collect());
        } else if !path.with_extension("").is_dir() {
            tree.insert(name, BTreeSet::new());
        }
    }
    tree
}

/// The rows of the table of rooms in ARCHITECTURE.md: level, room, what it holds, imports.
fn rows(document: &str) -> Vec<[&str; 4]> {
    document
        .lines()
        .skip_while(|line| !line.starts_with("| level | room |"))
        .skip(2)
        .map_while(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            cells.try_into().unwrap_or_else(|cells| panic!("four cells, not {cells:?}"))
        })
        .collect()
}

/// What is between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn architecture() -> String {
    fs::read_to_string(root().with_file_name("ARCHITECTURE.md")).unwrap()
}

#[test]
fn architecture_md_has_the_table_of_this_test() {
    let document = architecture();
    let written: Vec<_> = rows(&document)
        .into_iter()
        .map(|[level, room, _, imports]| {
            let name = quoted(room).next().unwrap().trim_end_matches('/').trim_end_matches(".rs");
            (level.to_owned(), name, quoted(imports).collect::<Vec<_>>())
        })
        .collect();
    let expected: Vec<_> = ROOMS
        .iter()
        .map(|room| (room.level.to_string(), room.name, room.imports.to_vec()))
        .collect();
    assert_eq!(written, expected);
}

#[test]
fn architecture_md_draws_the_folders_and_files_of_src() {
    let document = architecture();
    let drawn: BTreeMap<String, BTreeSet<String>> = rows(&document)
        .into_iter()
        .map(|[_, room, holds, _]| {
            let folders = quoted(holds).filter(|name| name.ends_with('/')).map(str::to_owned);
            (quoted(room).next().unwrap().to_owned(), folders.collect())
        })
        .collect();
    let mut tree = tree();
    assert!(tree.remove("lib.rs").is_some());
    assert_eq!(tree.remove("bin/"), Some(BTreeSet::from(["tower-bearer/".to_owned()])));
    assert_eq!(drawn, tree);
}

//! The rooms of the crate: the level of each, and the rooms that it imports.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    graph::Graph,
    source::{room_of, sources},
};

/// A module of the crate's root.
pub(crate) struct Room {
    pub(crate) level: u8,
    pub(crate) name: &'static str,
    /// The rooms that it imports, and no others. An import that is gone goes from the list.
    pub(crate) imports: &'static [&'static str],
}

const fn room(level: u8, name: &'static str, imports: &'static [&'static str]) -> Room {
    Room { level, name, imports }
}

/// The rooms in the order of ARCHITECTURE.md, which has the same table.
pub(crate) const ROOMS: [Room; 32] = [
    room(0, "time", &[]),
    room(0, "algorithm", &[]),
    room(0, "scope", &[]),
    room(0, "json", &[]),
    room(1, "claims", &[]),
    room(1, "key", &["algorithm", "json"]),
    room(1, "transport", &["time"]),
    room(1, "secret", &[]),
    room(1, "metrics", &["time"]),
    room(2, "error", &["time", "algorithm", "json"]),
    room(3, "challenge", &["error"]),
    room(3, "metadata", &["scope", "json", "claims"]),
    room(3, "jwt", &["time", "algorithm", "scope", "json", "key", "error"]),
    room(4, "refresh", &["time", "transport", "metrics"]),
    room(4, "token", &["time", "scope", "jwt"]),
    room(
        4,
        "credentials",
        &[
            "time",
            "algorithm",
            "json",
            "claims",
            "key",
            "transport",
            "secret",
            "error",
            "metadata",
            "jwt",
        ],
    ),
    room(
        5,
        "verify",
        &["time", "algorithm", "scope", "json", "claims", "key", "error", "jwt", "token"],
    ),
    room(
        5,
        "jwks",
        &["time", "claims", "key", "transport", "metrics", "error", "metadata", "refresh"],
    ),
    room(5, "denylist", &["time", "claims", "error", "token"]),
    room(
        5,
        "status",
        &["time", "algorithm", "json", "claims", "key", "transport", "error", "jwt", "refresh"],
    ),
    room(
        5,
        "introspection",
        &[
            "time",
            "json",
            "claims",
            "transport",
            "error",
            "metadata",
            "refresh",
            "token",
            "credentials",
        ],
    ),
    room(
        6,
        "trust",
        &[
            "time",
            "json",
            "claims",
            "transport",
            "metrics",
            "error",
            "jwt",
            "token",
            "verify",
            "jwks",
            "denylist",
            "status",
            "introspection",
        ],
    ),
    room(6, "refusal", &["metrics", "error", "challenge"]),
    room(
        7,
        "server",
        &[
            "time",
            "algorithm",
            "scope",
            "claims",
            "transport",
            "metrics",
            "error",
            "metadata",
            "token",
            "verify",
            "jwks",
            "denylist",
            "status",
            "introspection",
            "trust",
            "refusal",
        ],
    ),
    room(7, "require", &["scope", "error", "token", "refusal"]),
    room(
        7,
        "client",
        &[
            "time",
            "scope",
            "json",
            "claims",
            "transport",
            "metrics",
            "secret",
            "error",
            "challenge",
            "metadata",
            "refresh",
            "credentials",
        ],
    ),
    room(
        7,
        "issuer",
        &[
            "time",
            "algorithm",
            "scope",
            "json",
            "claims",
            "key",
            "transport",
            "metrics",
            "secret",
            "error",
            "jwt",
            "token",
            "verify",
            "jwks",
            "trust",
            "status",
        ],
    ),
    room(
        8,
        "config",
        &[
            "algorithm",
            "scope",
            "claims",
            "key",
            "transport",
            "error",
            "metadata",
            "verify",
            "jwks",
            "status",
            "introspection",
            "server",
        ],
    ),
    room(8, "openapi", &["scope", "claims", "metadata", "token", "server", "require", "issuer"]),
    room(8, "grpc", &["scope", "error", "refusal", "require"]),
    room(8, "mcp", &["scope", "json", "error", "require"]),
    room(8, "interop", &["algorithm", "key", "token", "issuer"]),
];

/// Pairs of faces that must stay apart whatever else a change allows: (room, what it never imports).
const APART: [(&str, &[&str]); 4] = [
    ("server", &["client", "issuer", "require"]),
    ("require", &["client", "issuer", "server"]),
    ("client", &["server", "require", "issuer"]),
    ("issuer", &["server", "require", "client"]),
];

fn find(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// What each room imports by `crate::`, with the file of one such import. A name that is no room
/// is among them.
fn imported() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (file, code) in sources() {
        let own = room_of(&file).to_owned();
        if own == "lib" {
            continue;
        }
        let room = found.entry(own.clone()).or_default();
        for import in imports(&code).into_iter().filter(|import| *import != own) {
            room.insert(import.to_owned(), file.clone());
        }
    }
    found
}

/// The modules that a file imports by `crate::`, in one-line and in nested `use` lists.
fn imports(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut start = true;
            for (place, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' => start = depth == 1,
                    c if start && c.is_alphabetic() => {
                        found.push(word(&list[place..]));
                        start = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        } else {
            found.push(word(rest));
        }
    }
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[test]
fn a_room_lists_only_rooms_of_lower_levels() {
    for room in &ROOMS {
        for import in room.imports {
            let other = find(import).unwrap_or_else(|| panic!("{import} is no room"));
            assert!(other.level < room.level, "{} may not import {import}", room.name);
        }
    }
}

#[test]
fn a_room_imports_what_its_list_allows_and_nothing_else() {
    let mut wrong = Vec::new();
    for (own, imports) in imported() {
        let room = find(&own).unwrap_or_else(|| panic!("{own} is not in the table"));
        for (import, file) in &imports {
            if !room.imports.contains(&import.as_str()) {
                wrong.push(format!("{file} imports {import}, which is not on the list of {own}"));
            }
        }
        for listed in room.imports {
            if !imports.contains_key(*listed) {
                wrong.push(format!("{own} does not import {listed}: take it off its list"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_faces_never_import_each_other() {
    let imported = imported();
    for (own, others) in APART {
        let room = find(own).unwrap();
        for other in others {
            assert!(!room.imports.contains(other), "the list of {own} has {other}");
            assert!(!imported[own].contains_key(*other), "{own} imports {other}");
        }
    }
}

/// Then the lists above see each import: the tests look for `crate::`.
#[test]
fn a_room_names_another_by_crate_and_not_by_super() {
    let sources = sources();
    let graph = Graph::new(&sources);
    assert_eq!(graph.files_that_reach_the_root_by_super(), BTreeSet::new());
}

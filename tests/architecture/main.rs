//! Holds ARCHITECTURE.md: which room imports which, which file names which dependency, and more.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod document;
mod graph;
mod rooms;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use graph::Graph;
use source::{all_sources, sources};

/// Dependencies that only these places may name.
const PLACES: [(&str, &[&str]); 13] = [
    ("curve25519_dalek::", &["key/edwards.rs"]),
    ("pem_rfc7468::", &["key/"]),
    ("reqwest::", &["transport/reqwest.rs", "client/middleware.rs"]),
    ("reqwest_middleware::", &["client/middleware.rs"]),
    ("jsonwebtoken::", &["interop/jsonwebtoken.rs"]),
    ("moka::", &["issuer/"]),
    ("quick_cache::", &["trust/cache/"]),
    ("foldhash::", &["trust/cache/"]),
    ("thread_local::", &["trust/cache/"]),
    ("axum::", &["require/", "server/publish.rs", "server/refusal_settings.rs", "openapi/aide.rs"]),
    ("utoipa_axum::", &["openapi/utoipa.rs"]),
    ("prost::", &["refusal/grpc.rs"]),
    (
        "tokio::",
        &[
            "transport/credentials.rs",
            "refresh/",
            "jwks/",
            "status/",
            "credentials/",
            "introspection/",
            "client/",
            "issuer/",
            "mcp/reading.rs",
        ],
    ),
];

/// Circles that are idioms: a type and its builder, a service and its response future, a trait and
/// what is generic over it.
const IDIOMS: [&[&str]; 5] = [
    &["client/builder.rs", "client/token_client.rs"],
    &["client/layer.rs", "client/response_future.rs"],
    &["jwks/document.rs", "jwks/events.rs"],
    &["refresh/document.rs", "refresh/events.rs"],
    &["status/document.rs", "status/events.rs"],
];

#[test]
fn the_files_of_a_room_import_each_other_in_one_direction() {
    let mut found = Vec::new();
    let program: BTreeMap<String, String> = all_sources()
        .into_iter()
        .filter_map(|(file, code)| Some((file.strip_prefix("bin/tower-bearer/")?.to_owned(), code)))
        .collect();
    for sources in [sources(), program] {
        for circle in Graph::new(&sources).circles() {
            if !IDIOMS.iter().any(|idiom| idiom.iter().copied().collect::<BTreeSet<_>>() == circle)
            {
                found.push(circle.into_iter().collect::<Vec<_>>().join(" <-> "));
            }
        }
    }
    assert!(found.is_empty(), "circles of files:\n{}", found.join("\n"));
}

/// What only the program needs is of no use to the library, and out of its way.
#[test]
fn the_dependencies_of_the_program_are_its_own() {
    for (file, code) in sources() {
        for name in [
            "clap::",
            "clap_complete::",
            "toml::",
            "toml_edit::",
            "tracing_subscriber::",
            "humantime::",
        ] {
            assert!(!code.contains(name), "{file}: {name}");
        }
    }
}

#[test]
fn dependencies_are_named_where_they_belong() {
    for (file, code) in sources() {
        for (name, places) in PLACES {
            let named = code.match_indices(name).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            });
            assert!(!named || places.iter().any(|place| file.starts_with(place)), "{file}: {name}");
        }
    }
}

/// To be asked for its first random number costs aws-lc tens of milliseconds, which nobody pays
/// behind a lock for what need not be secret.
#[test]
fn cryptographic_randomness_is_for_keys_and_secrets_alone() {
    for (file, code) in sources() {
        let asks = code.contains("rand::");
        assert!(
            !asks || matches!(&*file, "key/pair.rs" | "secret.rs" | "trust/cache/tag.rs"),
            "{file} asks for it"
        );
    }
}

#[test]
fn only_time_rs_reads_the_wall_clock() {
    for (file, code) in all_sources() {
        let reads = code.contains("SystemTime::now") || code.contains("Instant::now");
        assert!(!reads || file == "time.rs", "{file} reads a clock");
    }
}

#[test]
fn files_stay_small_enough_to_read() {
    for (file, code) in all_sources() {
        let lines = code.lines().count();
        assert!(lines <= 300, "{file} has {lines} lines of code: would its parts know their room?");
    }
}

/// `rust-version` is the highest that a dependency declares: no lower, so that it builds, and no
/// higher, so that nobody is shut out for nothing.
#[test]
fn the_rust_version_is_the_highest_that_a_dependency_declares() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = std::process::Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--all-features",
            "--offline",
            "--filter-platform",
            host().as_str(),
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = |package: &serde_json::Value| -> Option<Vec<u64>> {
        let text = package["rust_version"].as_str()?;
        let mut parts: Vec<u64> = text.split('.').map(|part| part.parse().unwrap()).collect();
        parts.resize(3, 0);
        Some(parts)
    };
    let packages = metadata["packages"].as_array().unwrap();
    let (own, others): (Vec<_>, Vec<_>) =
        packages.iter().partition(|package| package["name"] == "tower-bearer");
    let highest = others.iter().copied().filter_map(version).max();
    assert_eq!(own.first().copied().and_then(version), highest);
}

/// The platform this runs on: what only others need may not be on this machine.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = std::process::Command::new(rustc).arg("-vV").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

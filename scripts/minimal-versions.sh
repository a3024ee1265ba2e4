#!/usr/bin/env bash
# Builds the library and the program with the oldest versions of the direct dependencies that Cargo.toml allows:
# bash scripts/minimal-versions.sh
#
# Needs a nightly cargo to choose the versions; the stable compiler builds. Works on a copy, so that Cargo.lock stays.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
target="$(realpath "${CARGO_TARGET_DIR:-target}")"
git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents -t "$copy" 2> /dev/null
cd "$copy"
cargo +nightly update --quiet -Z direct-minimal-versions
cargo check --locked --all-features --lib --bins --target-dir "$target"

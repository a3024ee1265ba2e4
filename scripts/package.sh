#!/usr/bin/env bash
# Packs the crate, unpacks the .crate file in a folder of its own, and runs the README's two commands
# there: bash scripts/package.sh
#
# Fails if cargo warns about the package, if the package holds a file that only the repository
# needs, or if it has grown beyond its bound.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
# KiB, compressed. 381 when this was written; src/ and examples/ are nearly all of it.
bound=640

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A working copy may have changes; what is packed is what stands in it.
cargo package --locked --no-verify --allow-dirty --target-dir "$folder/target" 2>&1 | tee "$folder/log"
# The tests stay in the repository on purpose, and cargo mentions each.
if grep '^warning' "$folder/log" | grep -v 'ignoring test'; then
    echo "cargo package warns" >&2
    exit 1
fi
crate=("$folder"/target/package/tower-bearer-*.crate)
size=$(($(stat -c %s "${crate[0]}") / 1024))
if [ "$size" -gt "$bound" ]; then
    echo "the package has $size KiB, more than $bound" >&2
    exit 1
fi
tar -xzf "${crate[0]}" -C "$folder"
cd "$folder"/tower-bearer-*/
allowed='^(src|examples|docs)/|^(Cargo\.(toml|lock|toml\.orig)|\.cargo_vcs_info\.json|LICENSE-[A-Z]+|(README|CHANGELOG|SECURITY)\.md)$'
if find . -type f -printf '%P\n' | grep -vE "$allowed"; then
    echo "only the repository needs these files" >&2
    exit 1
fi

# The dependencies are those of the repository: build them once for both.
export CARGO_TARGET_DIR="$root/target"
cargo run --locked --example m2m
cargo test --locked
echo "the package is as it should be: $size KiB"

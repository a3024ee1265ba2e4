#!/usr/bin/env bash
# Runs the loom models of loom/, and each of their mutants, which must fail.
set -euo pipefail
cd "$(dirname "$0")/../loom"
cargo test --quiet --release
for mutant in $(sed -n 's/^\([a-z-]*\) = \[\]$/\1/p' Cargo.toml); do
    if cargo test --quiet --release --features "$mutant" > "target/$mutant.log" 2>&1; then
        echo "the mutant $mutant is not found"
        exit 1
    fi
    grep -q "test result: FAILED" "target/$mutant.log" || { cat "target/$mutant.log"; exit 1; }
    echo "found: $mutant"
done

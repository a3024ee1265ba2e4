#!/usr/bin/env bash
# Runs the test suites of docs/testing.md as they stand there, in Python and in Node, against the program that they are
# about, and shows that the program tower-bearer has nothing of it. What is not on this machine is skipped, but not with
# CI set.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --features testing --example testing_issuer
TESTING_ISSUER="$(realpath "${CARGO_TARGET_DIR:-target}")/debug/examples/testing_issuer"
export TESTING_ISSUER

# The installed program has nothing of it, which the names of the faults show: they are in the one and not in the other.
cargo build --quiet --features cli --bin tower-bearer
grep --quiet --text delay_ms "$TESTING_ISSUER"
if grep --quiet --text delay_ms "$(dirname "$TESTING_ISSUER")/../tower-bearer"; then
    echo "the program tower-bearer can be told to fail" >&2
    exit 1
fi

suites="$(mktemp -d)"
trap 'rm -r "$suites"' EXIT

# The code block of a language.
block() {
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" docs/testing.md | sed '1d;$d'
}

has() {
    command -v "$1" > /dev/null && return
    if [ -n "${CI:-}" ]; then
        echo "$1 is missing, and its test suite must run" >&2
        exit 1
    fi
    echo "skipped: there is no $1"
    return 1
}

if has python3; then
    block python > "$suites/test_my_api.py"
    (cd "$suites" && timeout 60 python3 -W error test_my_api.py)
fi
if has node; then
    block js > "$suites/my_api.test.mjs"
    (cd "$suites" && timeout 60 node --test my_api.test.mjs)
fi

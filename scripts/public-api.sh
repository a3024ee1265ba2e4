#!/usr/bin/env bash
# Compares the public API with docs/public-api.txt: bash scripts/public-api.sh [--update]
#
# Needs cargo-public-api and a nightly rustdoc. A difference is not an error of the code: it has to be seen in the review.
set -euo pipefail
cd "$(dirname "$0")/.."
now=$(mktemp)
trap 'rm -f "$now"' EXIT
cargo +nightly public-api --all-features -sss > "$now"
if [ "${1:-}" = --update ]; then
    cp "$now" docs/public-api.txt
else
    diff --unified docs/public-api.txt "$now" || {
        echo "the public API differs: bash scripts/public-api.sh --update, and look at the difference" >&2
        exit 1
    }
fi

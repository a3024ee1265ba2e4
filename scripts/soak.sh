#!/usr/bin/env bash
# A soak of remote keys: a real API and a real key server on loopback, a flood of junk key ids, a rotation each 20 seconds
# and outages of every kind. `scripts/soak.sh [SECONDS]`: 480 by default, 60 in CI. It fails if an answer is wrong.
set -euo pipefail
cd "$(dirname "$0")/../bench"
cargo build --quiet --release --features soak --bin soak
exec "${CARGO_TARGET_DIR:-target}/release/soak" "${1:-480}"

#!/usr/bin/env bash
# Slow and greedy clients of six kinds hold connections to an issuer, and an honest client asks for tokens beside them:
# idle, half a head, half a body, a byte a second, pipelined wrong secrets, and requests whose responses are never read.
# Nothing of the honest client may be lost, 99 of 100 answers take at most 250 ms, and the issuer's memory is bounded.
# Arguments: the seconds of each run (10), and the numbers of hostile connections (1000 5000). It needs python3.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-10}"
[ $# -gt 1 ] && counts=("${@:2}") || counts=(1000 5000)
command -v python3 > /dev/null || { echo "skipped: there is no python3"; [ -z "${CI:-}" ]; exit; }
ulimit -n "$(ulimit -Hn)"
cargo build --quiet --release --manifest-path bench/Cargo.toml --bin slow_issuer
program="${CARGO_TARGET_DIR:-bench/target}/release/slow_issuer"

export CLIENT_ID=honest CLIENT_SECRET
CLIENT_SECRET="$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
log="$(mktemp)"
issuer=
finish() {
    [ -z "$issuer" ] || kill "$issuer" 2> /dev/null || true
    rm -f "$log"
}
trap finish EXIT

for from in many one; do
    for count in "${counts[@]}"; do
        "$program" > "$log" 2>&1 &
        issuer=$!
        port=
        for _ in $(seq 100); do
            port="$(sed -n 's/.*listening on http:.*:\([0-9]*\)$/\1/p' "$log")"
            [ -n "$port" ] && break
            sleep 0.1
        done
        [ -n "$port" ] || { cat "$log"; exit 1; }
        python3 scripts/slow.py "$port" "$CLIENT_ID" "$CLIENT_SECRET" "$issuer" "$count" "$seconds" "$from"
        kill "$issuer"
        wait "$issuer" 2> /dev/null || true
        issuer=
    done
done

#!/usr/bin/env bash
# The story as three programs: the issuer, the World Mappers API and the Gift Deliveries service, each configured by its
# environment. Gift Deliveries ends with 0 if everything was as it should be.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --example dev_issuer --example world_mappers --example gift_deliveries
programs="${CARGO_TARGET_DIR:-target}/debug/examples"
logs="$(mktemp -d)"
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
    rm -r "$logs"
}
trap finish EXIT

# Starts a program, and sets `url` to where it listens.
start() {
    "$programs/$1" > "$logs/$1" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do
        url="$(sed -n 's/.*listening on \(http[^ ]*\).*/\1/p' "$logs/$1" | head -n 1)"
        [ -n "$url" ] && return
        sleep 0.1
    done
    cat "$logs/$1"
    exit 1
}

export AUDIENCE=urn:worldmappers CLIENT_ID=gift-deliveries CLIENT_SECRET
CLIENT_SECRET="$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
SCOPES=directions PORT=0 start dev_issuer
issuer="$url"
ISSUER="$issuer" PORT=0 start world_mappers
TOKEN_ENDPOINT="$issuer/oauth/token" MAPS="$url" "$programs/gift_deliveries" | tee "$logs/said"
grep -q 'geocode answers 403' "$logs/said"

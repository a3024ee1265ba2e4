#!/usr/bin/env bash
# The story as three programs: the issuer, the World Mappers API and the Gift Deliveries service, each configured by its
# environment. Gift Deliveries ends with 0 if everything was as it should be.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --features cli --bin tower-bearer --example dev_issuer --example world_mappers --example gift_deliveries
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

# The same without a secret: a platform signs the service's token, and the issuer trusts the platform for it.
bearer="${CARGO_TARGET_DIR:-target}/debug/tower-bearer"
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
platform="http://127.0.0.1:$(port)/" issuer="http://127.0.0.1:$(port)"
# Writes a configuration: its name, its issuer, and what else is in it.
configure() {
    printf 'issuer = "%s"\nlisten = "%s"\nallow_loopback_http = true\nalgorithm = "ES256"\n%s\n' \
        "$2" "$(echo "$2" | sed 's,http://\([^/]*\).*,\1,')" "$3" > "$logs/$1.toml"
}
configure platform "$platform" 'profile = "auth0"
[[application]]
id = "issuer"
audience = "https://issuer.example"
scopes = ["token"]'
configure issuer "$issuer" '[[application]]
id = "maps"
audience = "urn:worldmappers"
scopes = ["directions", "geocode:location", "reverse-geocode:location"]
[[account]]
key = "gift-deliveries"
[[rule]]
account = "gift-deliveries"
application = "maps"
scopes = ["directions"]
[[trusted_issuer]]
issuer = "'"$platform"'"
audience = "https://issuer.example"
[[trusted_issuer.rule]]
subject = "deliveries@clients"
account = "gift-deliveries"'
"$bearer" issuer --config "$logs/platform.toml" account add deliveries --json > "$logs/account"
"$bearer" --quiet issuer --config "$logs/platform.toml" rule add deliveries issuer token
for name in platform issuer; do
    "$bearer" issuer --config "$logs/$name.toml" serve > "$logs/$name" 2>&1 &
    pids+=($!)
    for _ in $(seq 100); do grep -qs listening "$logs/$name" && break; sleep 0.1; done
done
SECRET="$(python3 -c 'import json, sys; print(json.load(sys.stdin)["client_secret"])' < "$logs/account")" \
    "$bearer" token get --issuer "$platform" --client-id deliveries --secret-env SECRET > "$logs/assertion"
ISSUER="$issuer" PORT=0 start world_mappers
env -u CLIENT_ID -u CLIENT_SECRET ASSERTION_FILE="$logs/assertion" TOKEN_ENDPOINT="$issuer/oauth/token" MAPS="$url" \
    "$programs/gift_deliveries" | tee "$logs/said"
grep -q 'geocode answers 403' "$logs/said"

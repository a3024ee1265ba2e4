#!/usr/bin/env bash
# Runs this crate against counterparts that others wrote: a certified issuer whose tokens the
# `announcements` example must judge and which `token get` asks for tokens, and real OAuth clients that
# must get tokens from the bundled issuer. TOWER_BEARER_PEERS names the folder that holds `issuer` and `clients`. They are installed
# below target/, never beside the sources.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
    echo "peers: skipped: $1"
    [ -z "${CI:-}" ] || { echo "peers: with CI set, a skip is a failure"; exit 1; }
    exit 0
}

[ -n "${TOWER_BEARER_PEERS:-}" ] || skip "TOWER_BEARER_PEERS is not set"
for tool in node npm python3; do
    command -v "$tool" > /dev/null || skip "$tool is missing"
done

peers="$PWD/target/peers"
mkdir -p "$peers"
cp -r "$TOWER_BEARER_PEERS/issuer" "$TOWER_BEARER_PEERS/clients" "$peers/"
# The copy gives opaque tokens where FORMAT says so.
sed -i "s/accessTokenFormat: 'jwt'/accessTokenFormat: process.env.FORMAT || 'jwt'/" "$peers/issuer/issuer.mjs"
(cd "$peers/issuer" && npm install --silent --no-audit --no-fund)
(cd "$peers/clients" && npm install --silent --no-audit --no-fund)
[ -x "$peers/venv/bin/python" ] || python3 -m venv "$peers/venv"
"$peers/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$peers/clients/requirements.txt"

cargo build --quiet --features cli --bin tower-bearer --example announcements --example dev_issuer
exec python3 scripts/peers.py "$peers" "${CARGO_TARGET_DIR:-target}/debug/examples"

#!/usr/bin/env bash
# Runs every fuzz target for so many seconds (10 unless told): bash scripts/fuzz.sh 600
# It needs nightly Rust and cargo-fuzz. With TOWER_BEARER_VECTORS set and python3 there, the corpus begins with the
# conformance vectors; it grows in fuzz/corpus, which is not kept in the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-10}"

if [ -n "${TOWER_BEARER_VECTORS:-}" ] && command -v python3 > /dev/null; then
    python3 - "$TOWER_BEARER_VECTORS" fuzz/corpus << 'SEEDS'
import base64, hashlib, json, pathlib, sys

vectors, corpus = map(pathlib.Path, sys.argv[1:])


def seed(target, data):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    data = data.encode() if isinstance(data, str) else data
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def payload(token):
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


for case in json.loads((vectors / "hostile-tokens.json").read_text())["cases"]:
    seed("compact_token", case["token"])
    seed("authorization", "Bearer " + case["token"])
    try:
        seed("claims", payload(case["token"]))
    except (IndexError, ValueError):
        pass
for row in json.loads((vectors / "status-list.json").read_text())["lists"]:
    seed("status_list", row["lst"])
for name, target in [("jwks", "jwks"), ("discovery", "metadata")]:
    for file in (vectors / name).glob("*.json"):
        seed(target, file.read_bytes())
for file in (vectors / "rotation").glob("*.json"):
    for row in json.loads(file.read_text()):
        seed("jwks", json.dumps(row["jwks"]))
SEEDS
fi

seed() {
    mkdir -p "fuzz/corpus/$1"
    printf '%s' "$2" > "fuzz/corpus/$1/$3"
}
seed scope 'book:1:read book:*:read book:read book * *:* a::b a:b:c:d' words
seed challenge 'Bearer realm="maps", error="invalid_token", DPoP algs="ES256", Basic realm=x' two
seed metadata '{"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/jwks"}' good
seed claims '{"iss":"https://issuer.example","aud":["urn:api:announcements"],"exp":1800003600,"scope":"a:b"}' good
seed client_assertion '{"iss":"a","sub":"a","aud":"https://issuer.example","exp":1800000060,"jti":"1"}' good
seed workload_assertion '0{"iss":"https://cluster.example","sub":"system:x:gifts","aud":"urn:api:announcements","env":"prod","exp":1800000060,"jti":"1"}' good
seed token_response '{"access_token":"a.b.c","token_type":"Bearer","expires_in":3600,"scope":"a","rejected_scope":"b"}x' good
seed status_list '{"sub":"https://issuer.example/lists/1","iat":1800000000,"ttl":60,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}' good
seed status_list '{"status":{"status_list":{"idx":7,"uri":"https://issuer.example/lists/1"}}}' reference
seed status_list 'eNrbuRgAAhcBXQ' list
seed presented_token 'token=eyJhbGciOiJFUzI1NiJ9.e30.AA&token_type_hint=access_token' form
seed token_request 'grant_type=client_credentials&scope=announce%3Aread+revenue%3Aread' form
seed token_request '{"grant_type":"client_credentials","scope":"announce:read","audience":"display"}' json
seed mcp_operation '{"method":"tools/call","params":{"name":"a","arguments":{"secret":[]}}}' call
seed mcp_operation '[{"method":"resources/read","params":{"uri":"secret"}}]' batch

cargo +nightly fuzz build
for target in $(cargo +nightly fuzz list); do
    echo "-- $target"
    cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 2>&1 \
        | grep -E 'Done|ERROR|panicked|SUMMARY|Test unit' || true
    if compgen -G "fuzz/artifacts/$target/*" > /dev/null; then
        echo "$target found something: see fuzz/artifacts/$target"
        exit 1
    fi
done

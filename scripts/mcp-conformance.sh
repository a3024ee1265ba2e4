#!/usr/bin/env bash
# Runs the published conformance tests of MCP (npm, @modelcontextprotocol/conformance) against the
# example `mcp_client`: those about client credentials (SEP-1046), which are all that apply to a client
# without a user. No scenario of the version below judges the authorization of a server: they send no
# tokens. It needs npm; a Node.js older than 22 is replaced by that of npm.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
    echo "mcp-conformance: skipped: $1"
    [ -z "${CI:-}" ] || { echo "mcp-conformance: with CI set, a skip is a failure"; exit 1; }
    exit 0
}

for tool in node npm; do
    command -v "$tool" > /dev/null || skip "$tool is missing"
done

folder="$PWD/target/mcp-conformance"
mkdir -p "$folder"
packages=(@modelcontextprotocol/conformance@0.1.16)
node=node
if [ "$(node --print 'process.versions.node.split(".")[0]')" -lt 22 ]; then
    packages+=(node@22)
    node="$folder/node_modules/.bin/node"
fi
npm install --silent --no-audit --no-fund --prefix "$folder" "${packages[@]}"
tests="$folder/node_modules/@modelcontextprotocol/conformance/dist/index.js"

cargo build --quiet --example mcp_client
client="${CARGO_TARGET_DIR:-$PWD/target}/debug/examples/mcp_client"
for scenario in auth/client-credentials-jwt auth/client-credentials-basic; do
    printf '%s: ' "$scenario"
    output="$(timeout 60 "$node" "$tests" client --command "$client" --scenario "$scenario" 2>&1)" ||
        { printf 'failed\n%s\n' "$output"; exit 1; }
    grep -E '^Passed: ' <<< "$output"
    grep -q 'OVERALL: PASSED' <<< "$output" || { echo "$output"; exit 1; }
done

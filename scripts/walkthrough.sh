#!/usr/bin/env bash
# Runs the walk-through of the README as it stands there, line by line, in each shell that is on this machine:
# bash scripts/walkthrough.sh [SHELL ...]
#
# Two things differ: the program is built instead of installed, and both ports are free ones.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
cargo build --quiet --features cli --bin tower-bearer
cargo build --quiet --example announcements
programs="$(realpath "${CARGO_TARGET_DIR:-target}")/debug"
export PATH="$programs:$PATH" CARGO_TARGET_DIR="$programs/.."

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The lines of a block, with the ports of this run.
block() {
    sed -n "/^\`\`\`sh walkthrough-$1\$/,/^\`\`\`\$/p" "$root/README.md" | sed '1d;$d;/^cargo install/d' |
        sed "s/127\.0\.0\.1:8080/127.0.0.1:$issuer_port/g; s/127\.0\.0\.1:3000/127.0.0.1:$api_port/g
             s/PORT=3000/PORT=$api_port/"
}

# Waits until something listens on a port.
listens() {
    for _ in $(seq 600); do
        (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return
        sleep 0.1
    done
    echo "nothing listens on port $1" >&2
    cat "$folder"/*.log >&2
    return 1
}

pids=()
finish() {
    for pid in "${pids[@]}"; do
        pkill --parent "$pid" 2> /dev/null || true
        kill "$pid" 2> /dev/null || true
    done
    rm -rf "$folder"
}

walk() {
    local shell=$1
    folder=$(mktemp -d)
    pids=()
    trap finish EXIT
    issuer_port=$(free_port)
    api_port=$(free_port)
    cd "$folder"
    # The address that `init` writes is the one of the block but for the port.
    block issuer | sed "s/issuer init/issuer init --listen 127.0.0.1:$issuer_port/" > issuer
    block api > api
    (block caller && block inspect) > caller
    "$shell" issuer > issuer.log 2>&1 &
    pids+=($!)
    listens "$issuer_port"
    (cd "$root" && exec "$shell" "$folder/api") > api.log 2>&1 &
    pids+=($!)
    listens "$api_port"
    "$shell" caller > caller.log 2>&1
    local answers
    answers=$(grep -o '^HTTP/1.1 [0-9]*' caller.log | cut -d ' ' -f 2 | tr '\n' ' ')
    if [ "$answers" != "401 200 403 " ]; then
        echo "$shell: the answers are $answers" >&2
        cat caller.log >&2
        return 1
    fi
    echo "$shell: the walk-through works"
    finish
    trap - EXIT
    cd "$root"
}

shells=("$@")
[ ${#shells[@]} -gt 0 ] || shells=(bash zsh fish)
for shell in "${shells[@]}"; do
    if command -v "$shell" > /dev/null; then
        walk "$shell"
    elif [ -n "${CI:-}" ]; then
        echo "$shell is missing, and the walk-through must run in it" >&2
        exit 1
    else
        echo "skipped: there is no $shell"
    fi
done

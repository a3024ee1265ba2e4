#!/usr/bin/env bash
# Measures the crate, and writes docs/benchmarks: a page and its plots. After the first build it takes some seven
# minutes, and two cores that nobody else uses. Without arguments everything is measured; or name parts:
# bash scripts/bench.sh guards http parts scaling threads attack issuing cache
set -euo pipefail
cd "$(dirname "$0")/.."
for tool in wrk node npm taskset; do
    command -v "$tool" > /dev/null || { echo "$tool is missing: apt-get install wrk nodejs npm util-linux"; exit 1; }
done

target="$PWD/bench/target"
export PARTS="$target/parts"
mkdir -p "$PARTS" "$target/node" docs/benchmarks
cargo build --release --manifest-path bench/Cargo.toml
cargo build --release --manifest-path bench/peers/Cargo.toml --target-dir "$target"
cp bench/node/* "$target/node/"
(cd "$target/node" && npm install --silent --no-audit --no-fund)

parts=("$@")
if [ $# -eq 0 ]; then
    parts=(guards http parts scaling threads attack issuing cache)
    rm -f "$PARTS"/*
fi
begun=$SECONDS
# Ticks of the processors, in all and idle.
ticks() { awk '/^cpu / { print $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9, $5 + $6 }' /proc/stat; }
before=$(ticks)
sleep 3
busy=$(echo "$before $(ticks)" | awk '{ printf "%d", 100 - 100 * ($4 - $2) / ($3 - $1) }')
for part in "${parts[@]}"; do
    printf '\n== %s\n' "$part"
    case "$part" in
        guards) "$target/release/tower-bearer-peers" ;;
        http) "$target/release/over_http" "$target/node" ;;
        *) "$target/release/$part" ;;
    esac
done
echo "measured for $((SECONDS - begun)) s"

{
    cat << END
# Benchmarks

Written by \`bash scripts/bench.sh\`, which needs \`wrk\` and \`node\`. Peers are measured in the same run, since times of
different machines, or of different hours, say nothing about each other. In each comparison batches alternate: every
round runs one batch of everything, and the lower quartile of the rounds is taken, since whatever else the machine does
only ever adds.

Measured on $(nproc) cores of $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -n 1), $(uname -sm), with $(rustc --version | cut -d ' ' -f 1,2), Node.js
$(node --version) and $(wrk --version 2>&1 | sed -n 's/^\(wrk [^ ]*\).*/\1/p'). Others kept the cores $busy % busy just before: measure anew where that is
more than some.

## Goals

| what | goal | measured | |
|---|---:|---:|---|
END
    cat "$PARTS"/*.goals
    for part in "$PARTS"/*.md; do
        echo
        cat "$part"
    done
} > docs/benchmarks/README.md
find "$PARTS" -name "*.svg" -exec cp {} docs/benchmarks/ \;

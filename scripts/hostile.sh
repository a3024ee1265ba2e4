#!/usr/bin/env bash
# Measures hostile input next to the dearest honest input of the same algorithm and size, at each entrance: requests at
# the layer, key sets, metadata, challenges, answers to a client, and token requests. At most three times is allowed.
set -euo pipefail
cd "$(dirname "$0")/.."
for bin in hostile_input token_requests; do
    cargo run --quiet --release --manifest-path bench/Cargo.toml --bin "$bin"
done

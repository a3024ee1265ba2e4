#!/usr/bin/env bash
# Builds the library and the program with the oldest Rust that Cargo.toml promises, where rustup can get it:
# bash scripts/msrv.sh
#
# Where it cannot, clippy's `incompatible_msrv` stands in: it knows since when each item of std is stable.
set -euo pipefail
cd "$(dirname "$0")/.."
version=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
if rustup toolchain install "$version" --profile minimal > /dev/null 2>&1; then
    cargo "+$version" check --locked --all-features --lib --bins
else
    echo "rustup cannot get Rust $version"
    cargo clippy --locked --all-features --lib --bins -- -D clippy::incompatible_msrv
fi

#!/usr/bin/env bash
# Kills every command of the program that writes, 200 times each (or as often as the argument says),
# spread over its run, and looks whether each file is whole: the old or the new one.
set -euo pipefail
cd "$(dirname "$0")/.."

TOWER_BEARER_KILLS="${1:-200}" cargo test --quiet --features cli --test cli killed -- --nocapture

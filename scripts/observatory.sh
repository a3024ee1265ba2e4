#!/usr/bin/env bash
# The page of the example `observatory` in headless Chromium: what it shows is what the run counted.
# Run it with a path to keep the page and a picture of it: bash scripts/observatory.sh page.html
set -euo pipefail
cd "$(dirname "$0")/.."
folder="$(mktemp -d)"
trap 'rm -r "$folder"' EXIT
page="$folder/observatory.html"

cargo run --quiet --example observatory -- "$page" > "$folder/said"
tail -n 1 "$folder/said" > "$folder/run.json"

browser() {
    timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-background-networking \
        --disable-dev-shm-usage --user-data-dir="$folder/profile" "$@" "file://$page" 2> "$folder/log" || {
        tail -n 20 "$folder/log"
        exit 1
    }
}
browser --dump-dom > "$folder/dom.html"
python3 scripts/observatory.py "$folder/run.json" "$folder/dom.html"
if [ $# -gt 0 ]; then
    browser --screenshot="$folder/page.png" --window-size=1280,1500 --hide-scrollbars > /dev/null
    cp "$page" "$1"
    cp "$folder/page.png" "${1%.html}.png"
fi

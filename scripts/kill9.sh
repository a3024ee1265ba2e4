#!/usr/bin/env bash
# Kills every command of the program that writes, and looks whether each file is whole: the old or the new one. First at
# times spread over its run, 200 times each or as often as the argument says; then, where there is strace, before each of
# its system calls that could leave something half done.
#
# And kills the issuer while it acknowledges revocations, 500 times or as often as the second argument says, and where there
# is strace before its writing system calls: no acknowledged revocation may be lost, and no index given twice.
set -euo pipefail
cd "$(dirname "$0")/.."

TOWER_BEARER_KILLS="${1:-200}" cargo test --quiet --features cli --test cli killed:: -- --nocapture

TOWER_BEARER_KILLS="${2:-500}" cargo test --quiet --features cli --test cli killed_issuer -- --nocapture

command -v strace > /dev/null || { echo "skipped: there is no strace"; [ -z "${CI:-}" ]; exit; }
cargo build --quiet --features cli --bin tower-bearer
TOWER_BEARER_STRACE=1 TOWER_BEARER_KILLS=1 cargo test --quiet --features cli --test cli killed_issuer -- --nocapture
program="$(realpath "${CARGO_TARGET_DIR:-target}")/debug/tower-bearer"
folder="$(mktemp -d)"
trap 'rm -r "$folder"' EXIT
cd "$folder"
mkdir before now
cd before
"$program" issuer init > /dev/null
sed -i 's/^algorithm = .*/algorithm = "ES256"/' issuer.toml
"$program" issuer app add display > /dev/null
"$program" issuer account add outsourcer-a > /dev/null 2>&1
"$program" issuer rotate --announce > /dev/null
cd ../now

calls="openat read write fsync rename unlink fchmod fchown flock statx mkdir close"
while IFS='|' read -r command shown; do
    old=0 new=0
    for call in $calls; do
        for ((at = 1; ; at++)); do
            rm -rf issuer.toml issuer.state .issuer.toml.new
            cp -rp ../before/. .
            # shellcheck disable=SC2086 # the command's words are parted by blanks
            { strace -f -o /dev/null -e "inject=$call:signal=KILL:when=$at" "$program" issuer $command > /dev/null; } 2> /dev/null \
                && break
            "$program" issuer check > state
            "$program" issuer keys >> state
            if cmp -s issuer.toml ../before/issuer.toml && cmp -s issuer.state/keys.json ../before/issuer.state/keys.json; then
                old=$((old + 1))
            else
                grep -q -- "$shown" issuer.toml state || { echo "issuer $command, $call $at: neither old nor new"; exit 1; }
                new=$((new + 1))
            fi
        done
    done
    [ "$old" -gt 0 ] && [ "$new" -gt 0 ] || { echo "issuer $command: $old old, $new new: was it killed at all?"; exit 1; }
    echo "issuer $command: killed at $((old + new)) system calls: $old old, $new new"
done << 'END'
app add maps|id = "maps"
resource add display announce read|announce = \["read"\]
account add outsourcer-b|key = "outsourcer-b"
account secret add outsourcer-a|", "sha256:
account remove outsourcer-a|0 accounts
rule add outsourcer-a display announce|\[\[rule\]\]
rotate --now|published until
END

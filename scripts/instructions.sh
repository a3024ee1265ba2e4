#!/usr/bin/env bash
# Counts the instructions of each path that a request can take, by valgrind's callgrind, and compares them with
# bench/instructions.txt: 3 % more or less is a failure. Instructions are no time, but they are the same today and
# tomorrow. With --update the file is written anew. The counts belong to a compiler and a processor: where the file
# names others, the differences are shown and fail nothing. It needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/../bench"
command -v valgrind > /dev/null || { echo "skipped: there is no valgrind"; [ -z "${CI:-}" ]; exit; }
cargo build --quiet --release --bin paths

# The processor decides which code of the cryptographic library runs, as far as valgrind shows its abilities.
abilities=$(grep -m 1 -o -w -e avx2 -e avx /proc/cpuinfo | sort -u | tail -n 1 || true)
made_by="$(rustc --version | cut -d ' ' -f 1,2), $(valgrind --version), $(uname -m) ${abilities:-without avx}"

directory=target/instructions
mkdir -p "$directory"
rm -f "$directory"/counts*
target/release/paths keys "$directory"
valgrind --tool=callgrind --callgrind-out-file="$directory/counts" --toggle-collect=paths::counted \
    --dump-after=paths::counted target/release/paths walk "$directory" > "$directory/names" 2> "$directory/log" \
    || { cat "$directory/log"; exit 1; }
rounds=$(sed -n 's/^const ROUNDS: usize = \([0-9]*\);$/\1/p' src/bin/paths.rs)

counted="$directory/counted"
number=0
while read -r name; do
    number=$((number + 1))
    total=$(sed -n 's/^totals: //p' "$directory/counts.$number")
    printf '%-32s %8d\n' "$name" $((total / rounds))
done < "$directory/names" > "$counted"

baseline=instructions.txt
if [ "${1:-}" = --update ]; then
    { echo "# Instructions of one walk of each path; scripts/instructions.sh compares. $made_by"; cat "$counted"; } > "$baseline"
    cat "$baseline"
    exit
fi
awk -v made_by="$made_by" '
    FNR == NR && /^#/ { binding = index($0, made_by) > 0; next }
    { count = $NF; sub(/ +[0-9]+$/, "") }
    FNR == NR { before[$0] = count; next }
    {
        change = ($0 in before) ? (count / before[$0] - 1) * 100 : 100
        off = change > 3 || change < -3
        printf "%-32s %8d %+7.2f %%%s\n", $0, count, change, off ? "  <- differs" : ""
        differs += off
        delete before[$0]
    }
    END {
        for (name in before) { print name ": is not counted any more"; differs++ }
        if (!binding) { print "the baseline is of another compiler or processor; nothing is judged"; exit 0 }
        if (differs) { print "after a change that is meant: scripts/instructions.sh --update"; exit 1 }
    }' "$baseline" "$counted"

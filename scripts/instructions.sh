#!/usr/bin/env bash
# Counts the instructions of each path that a request can take, by valgrind's callgrind, and those among them that write
# atomically, and compares them with bench/instructions.txt: 3 % more or less instructions are a failure, and so is
# another number of atomic writes, each of which may move a cache line from core to core. Counts are no time, but they are
# the same today and tomorrow. With --update the file is written anew. The counts belong to a compiler and a processor:
# where the file names others, the differences are shown and fail nothing. It needs valgrind and objdump.
set -euo pipefail
cd "$(dirname "$0")/../bench"
command -v valgrind > /dev/null || { echo "skipped: there is no valgrind"; [ -z "${CI:-}" ]; exit; }
cargo build --quiet --release --bin paths

# The processor decides which code of the cryptographic library runs, as far as valgrind shows its abilities.
abilities=$(grep -m 1 -o -w -e avx2 -e avx /proc/cpuinfo | sort -u | tail -n 1 || true)
made_by="$(rustc --version | cut -d ' ' -f 1,2), $(valgrind --version), $(uname -m) ${abilities:-without avx}"

program=target/release/paths
directory=target/instructions
mkdir -p "$directory"
rm -f "$directory"/counts*
"$program" keys "$directory"
valgrind --tool=callgrind --callgrind-out-file="$directory/counts" --toggle-collect=paths::counted \
    --dump-after=paths::counted --dump-instr=yes --compress-pos=no --compress-strings=no \
    "$program" walk "$directory" > "$directory/names" 2> "$directory/log" || { cat "$directory/log"; exit 1; }
objdump -d --no-show-raw-insn "$program" \
    | awk '$2 == "lock" || ($2 == "xchg" && /\(/) { sub(":", "", $1); print "0x" $1 }' > "$directory/atomic"

rounds=$(sed -n 's/^const ROUNDS: usize = \([0-9]*\);$/\1/p' src/bin/paths.rs)
number=0
while read -r name; do
    number=$((number + 1))
    # A line of costs has the instruction's address, the line and the count; the one after `calls=` is of what was called.
    awk -v rounds="$rounds" -v name="$name" -v program="/$program$" '
        FNR == NR { atomic[$1]; next }
        /^totals: / { total = $2 }
        /^ob=/ { ours = $0 ~ program }
        /^calls=/ { called = 1; next }
        /^0x/ { if (ours && !called && $1 in atomic) writes += $3; called = 0 }
        END { printf "%-28s %8d %4d\n", name, total / rounds, writes / rounds }
    ' "$directory/atomic" "$directory/counts.$number"
done < "$directory/names" > "$directory/counted"

baseline=instructions.txt
if [ "${1:-}" = --update ]; then
    {
        echo "# Instructions of one walk of each path, and atomic writes among them; scripts/instructions.sh compares."
        echo "# $made_by"
        cat "$directory/counted"
    } > "$baseline"
    cat "$baseline"
    exit
fi
awk -v made_by="# $made_by" '
    FNR == NR && /^#/ { binding = binding || $0 == made_by; next }
    { name = $1; for (i = 2; i < NF - 1; i++) name = name " " $i; count = $(NF - 1); writes = $NF }
    FNR == NR { before[name] = count; written[name] = writes; next }
    {
        known = name in before
        change = known ? (count / before[name] - 1) * 100 : 100
        off = change > 3 || change < -3 || writes != written[name]
        printf "%-28s %8d %+7.2f %%  %4d %+d%s\n", name, count, change, writes, writes - written[name], off ? "  <- differs" : ""
        differs += off
        delete before[name]
    }
    END {
        for (name in before) { print name ": is not counted any more"; differs++ }
        if (!binding) { print "the baseline is of another compiler or processor; nothing is judged"; exit 0 }
        if (differs) { print "after a change that is meant: scripts/instructions.sh --update"; exit 1 }
    }' "$baseline" "$directory/counted"

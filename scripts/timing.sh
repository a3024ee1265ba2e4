#!/usr/bin/env bash
# Counts the instructions of a refusal at the token endpoint, by valgrind: an unknown client, a wrong first character of
# the secret and a wrong last one must cost the same, within two parts in a hundred: the seeds of hash tables differ from
# run to run by one, a digest left out is eight. So must an assertion of an unknown client and a forged one of a known
# client, but for what a signature check varies by. It needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/../bench"
command -v valgrind > /dev/null || { echo "skipped: there is no valgrind"; [ -z "${CI:-}" ]; exit; }
cargo build --quiet --release --bin refused_client

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=refused_client::counted \
        target/release/refused_client "$1" "$2" 2>&1 \
        | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
# What one of so many rounds costs is the difference of two runs, so that start-up and key generation do not count; of
# three such differences the one in the middle.
each() {
    for _ in 1 2 3; do
        echo $((($(instructions "$1" $(($2 + 100))) - $(instructions "$1" 100)) / $2))
    done | sort -n | sed -n 2p
}
unknown=$(each unknown 1000)
early=$(each early 1000)
late=$(each late 1000)
echo "instructions of a refusal: unknown client $unknown, first character wrong $early, last character wrong $late"
nobodys=$(each nobodys 100)
forged=$(each forged 100)
echo "of an assertion: unknown client $nobodys, another's signature $forged"
# What a signature check costs depends on key and signature by some parts in a hundred; one that is left out is most of it.
difference=$((nobodys > forged ? nobodys - forged : forged - nobodys))
if [ $((difference * 10)) -gt "$forged" ]; then
    echo "they differ by more than 10 %"
    exit 1
fi
for one in "$unknown" "$early"; do
    difference=$((one > late ? one - late : late - one))
    if [ $((difference * 50)) -gt "$late" ]; then
        echo "they differ by more than 2 %"
        exit 1
    fi
done

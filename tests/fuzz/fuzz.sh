#!/bin/sh
# tests/fuzz/fuzz.sh SECONDS - every fuzz target for so long, from its corpus; one line of TAP each.
#
# What the fuzzer finds new is kept in build/fuzz/found/TARGET and tried first the next time; an
# input that breaks a target is left there as crash-*, leak-* or timeout-*.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-20}

make -s VARIANT=fuzz fuzz-programs || exit 1
failures=0
for source in tests/fuzz/fuzz_*.c; do
    target=$(basename "$source" .c)
    found=build/fuzz/found/$target
    corpus=tests/fuzz/corpus/${target#fuzz_}
    mkdir -p "$found"
    [ -d "$corpus" ] || corpus=
    log=build/fuzz/$target.log
    # shellcheck disable=SC2086 # no corpus is no word
    if ASAN_OPTIONS= "build/fuzz/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 -artifact_prefix="$found/" \
        "$found" $corpus >"$log" 2>&1 </dev/null; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "ok - $target: $runs inputs in $seconds s"
    else
        failures=$((failures + 1))
        echo "not ok - $target"
        tail -n 40 "$log" | sed 's/^/    /'
    fi
done
[ $failures -eq 0 ]

#!/bin/bash
# tests/all.sh - every test and check, one line a stage; ends with "N passed, N failed, N skipped".
#
# A stage counts the tests of a Criterion program, the lines of a script that speaks TAP (ok, not
# ok, # SKIP), or itself as one check. Logs are in build/test-logs/; that of a stage that fails is
# shown. Leaks let Criterion pass, so a sanitizer's report is a failure of its own.
set -u
cd "$(dirname "$0")/.." || exit 1

logs=build/test-logs
rm -rf "$logs"
mkdir -p "$logs"
passed=0 failed=0 skipped=0 stages=0
export ASAN_OPTIONS=log_path=$PWD/$logs/sanitizer:detect_stack_use_after_return=1
export LSAN_OPTIONS=exitcode=0 # leaks are counted by their reports
export UBSAN_OPTIONS=print_stacktrace=1

# Criterion's own process leaks a little: what libcriterion allocated itself (frame 1) is not ours.
is_criterions_own() {
    grep -q 'LeakSanitizer: detected memory leaks' "$1" &&
        ! grep -E '^ *#1 ' "$1" | grep -qv 'libcriterion\.so'
}

# conclude NAME SECONDS PASSED FAILED SKIPPED LOG: counts a stage, and tells.
conclude() {
    local report leaks=0 errors=0 bad=$4
    for report in "$logs"/sanitizer.*; do
        [ -e "$report" ] || continue
        if ! is_criterions_own "$report"; then
            grep -q LeakSanitizer: "$report" && leaks=$((leaks + 1)) || errors=$((errors + 1))
            cat "$report" >>"$6"
        fi
        rm -f "$report"
    done
    [ "$bad" -gt 0 ] || bad=$errors # an error ended its test, which has been counted
    bad=$((bad + leaks))
    passed=$((passed + $3)) failed=$((failed + bad)) skipped=$((skipped + $5))
    printf '%-42s %4d s  %d passed, %d failed, %d skipped\n' "$1" "$2" "$3" "$bad" "$5"
    [ "$bad" -eq 0 ] || { tail -n 150 "$6"; echo "(the log of: $1; in full in $6)"; }
}

log_of() {
    stages=$((stages + 1))
    log=$logs/$(printf '%02d' $stages)-${1//[^A-Za-z0-9]/-}.log
}

# check NAME COMMAND...: one check.
check() {
    local name=$1 since=$SECONDS log code=0
    shift
    log_of "$name"
    "$@" >"$log" 2>&1 </dev/null || code=1
    conclude "$name" $((SECONDS - since)) $((1 - code)) $code 0 "$log"
    return $code
}

# build NAME COMMAND...: not counted, unless it fails.
build() {
    local name=$1 since=$SECONDS log
    shift
    log_of "$name"
    if "$@" >"$log" 2>&1 </dev/null; then
        printf '%-42s %4d s\n' "$name" $((SECONDS - since))
        return 0
    fi
    conclude "$name" $((SECONDS - since)) 0 1 0 "$log"
    return 1
}

# count NAME SINCE CODE TAP LOG: what a file in TAP says; an end without a verdict is a failure.
count() {
    local ok bad skip
    skip=$(grep -cE '^(ok|not ok).*# SKIP' "$4")
    ok=$(($(grep -cE '^ok' "$4") - $(grep -cE '^ok.*# SKIP' "$4")))
    bad=$(grep -E '^not ok' "$4" | grep -vc '# SKIP')
    if { [ "$3" -ne 0 ] && [ "$bad" -eq 0 ]; } || [ $((ok + bad + skip)) -eq 0 ]; then
        echo "ended with $3 and without a failed test, or without any" >>"$5"
        bad=$((bad + 1))
    fi
    conclude "$1" $((SECONDS - $2)) "$ok" "$bad" "$skip" "$5"
}

# criterion NAME PROGRAM
criterion() {
    local since=$SECONDS log code=0
    log_of "$1"
    "$2" --tap="$log.tap" --color=never >"$log" 2>&1 </dev/null || code=$?
    touch "$log.tap"
    count "$1" "$since" $code "$log.tap" "$log"
}

# script NAME COMMAND...: a script that speaks TAP.
script() {
    local name=$1 since=$SECONDS log code=0
    shift
    log_of "$name"
    "$@" >"$log" 2>&1 </dev/null || code=$?
    count "$name" "$since" $code "$log" "$log"
}

scenarios_hold() {
    local scenario said
    find scenarios -mindepth 2 -name '*.json' -not -path '*/base/*' -not -path '*/apps/*' \
        -not -path '*/docker/*' -not -path '*/snapshots/*' | sort | while read -r scenario; do
        if said=$("$1" run "$scenario" --quiet --no-color --out "$logs/out" 2>&1); then
            echo "ok - $scenario"
        else
            echo "not ok - $scenario"
            echo "${said//$'\n'ok/$'\n' ok}"
        fi
    done
}

build 'build' make -s build build/release/tests/{unit,scenario}.run build/release/tests/bench.run &&
    program=yes
build 'build with sanitizers' make -s VARIANT=sanitized build/sanitized/rehearse \
    build/sanitized/tests/{unit,scenario,peers}.run && sanitized=yes

if [ -n "${program:-}" ]; then
    criterion 'unit tests' build/release/tests/unit.run
    criterion 'scenario tests' build/release/tests/scenario.run
    # of others, and so not in this repository
    [ ! -d "${REHEARSAL_OPENB:-../shared/data/openb}" ] ||
        script 'published GPU traces' tests/cli/openb.sh build/rehearse
    check 'model card, short' build/rehearse model-card --short --out "$logs/model-card"
fi
if [ -n "${sanitized:-}" ]; then
    criterion 'unit tests, sanitized' build/sanitized/tests/unit.run
    criterion 'scenario tests, sanitized' build/sanitized/tests/scenario.run
    script 'scenarios, sanitized' scenarios_hold build/sanitized/rehearse
    script 'bad input, sanitized' tests/cli/bad_input.sh build/sanitized/rehearse
    script 'results, sanitized' tests/cli/results.sh build/sanitized/rehearse
    script 'help, sanitized' tests/cli/help.sh build/sanitized/rehearse
    script 'gateway, sanitized' tests/cli/gateway.sh build/sanitized/rehearse
    script 'plans, sanitized' tests/cli/plan.sh build/sanitized/rehearse
    script 'imports, sanitized' tests/cli/import.sh build/sanitized/rehearse
    script 'rehearsed deploys, sanitized' tests/cli/deploy.sh build/sanitized/rehearse
    criterion 'real peers, sanitized' build/sanitized/tests/peers.run
fi
if [ -n "${program:-}" ]; then
    script 'the same scenario on real Docker' tests/peers/docker_run.sh build/rehearse
    script 'real traffic on real Docker' tests/peers/docker_load.sh build/rehearse
    script 'canaries on real Docker' tests/peers/docker_canary.sh build/rehearse
fi
check 'the seam' make -s check-seam
check 'style' make -s check-style
build 'build with gcc and clang, -O0 and -O3' tests/style/check_determinism.sh --build &&
    check 'determinism' make -s check-determinism
build 'build the fuzz targets' make -s VARIANT=fuzz fuzz-programs &&
    script 'fuzzing' tests/fuzz/fuzz.sh "${FUZZ_SECONDS:-20}"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

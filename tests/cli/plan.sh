#!/bin/bash
# tests/cli/plan.sh PROGRAM
#
# Goal:   `rehearse plan staffing` answers with the numbers of Erlang's formulas, to people and to
#         programs, and says what is wrong with a question.
# Method: known staffing numbers in the sentence, the table and the JSON; questions that are not
#         whole.
set -u
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

verdict() { # GOOD NAME DETAIL
    if [ "$1" = yes ]; then
        echo "ok - $2"
    else
        failures=$((failures + 1))
        echo "not ok - $2"
        echo "    $3" | head -c 600
        echo
    fi
}

# answers SERVERS QUESTION...: in the sentence, in the marked line of the table, and as JSON.
answers() {
    local servers=$1 good=no said json
    shift
    said=$("$program" plan staffing "$@" 2>&1) && json=$("$program" plan staffing "$@" --json -) &&
        grep -qE "^$servers servers?: " <<<"$said" && grep -qE "^> +$servers " <<<"$said" &&
        grep -qE "^  \"servers\": $servers,$" <<<"$json" && good=yes
    verdict $good "$* wants $servers" "$said"
}

# refused NAME PATTERN ARGUMENT...
refused() {
    local name=$1 pattern=$2 said code=0 good=no
    shift 2
    said=$("$program" plan "$@" 2>&1 >/dev/null) || code=$?
    [ $code -eq 2 ] && grep -qE -- "$pattern" <<<"$said" && good=yes
    verdict $good "$name" "exit $code, said: $said; wanted: $pattern"
}

answers 119 --load 100 --wait 5%
answers 1034 --load 1000 --wait 20%
answers 117 --load 100 --blocking 1%
answers 71 --load 50 --blocking 0.1%
answers 10 --rate 400/s --service 12ms --wait 5% # 4.8 erlangs
answers 1 --load 0.01 --wait 5%
said=$("$program" plan staffing --load 10 --wait 5% --concurrency 4)
good=no
grep -q '^5 instances ' <<<"$said" && good=yes
verdict $good 'instances are rounded up' "$said"
good=no
"$program" plan staffing --load 10 --wait 5% --json plan.json >said && [ "$(wc -l <said)" -gt 3 ] &&
    grep -q '"wait": 0.030876' plan.json && good=yes
verdict $good 'JSON in a file leaves the text' "$(cat plan.json)"
code=0
"$program" plan staffing --load 10 --wait 5% --json no/such/folder >said 2>&1 || code=$?
good=no
[ $code -eq 3 ] && good=yes
verdict $good 'a file that cannot be written is the environment' "exit $code, $(cat said)"

refused 'no question' 'staffing'
refused 'an unknown question' "no plan 'staff', expected staffing" staff
refused 'no load' 'give --load, or --rate and --service' staffing --wait 5%
refused 'a load in two ways' 'give --load, or' staffing --load 5 --rate 5/s --service 1s --wait 5%
refused 'a rate without a service time' '--rate and --service' staffing --rate 5/s --wait 5%
refused 'no target' 'give --wait or --blocking' staffing --load 5
refused 'two targets' 'one of them' staffing --load 5 --wait 5% --blocking 5%
refused 'a share of all' 'between 0% and 100%' staffing --load 5 --wait 100%
refused 'a load that is no number' '--load takes' staffing --load 1e3x --wait 5%
refused 'a load below zero' '--load takes' staffing --load -5 --wait 5%
refused 'more than there is' '--load takes' staffing --load 20000000 --wait 5%
refused 'far more than there is' 'more than 10000000' staffing --rate 90000000/s --service 1h \
    --wait 5%
refused 'an unknown option' '--help' staffing --lod 5
[ $failures -eq 0 ]

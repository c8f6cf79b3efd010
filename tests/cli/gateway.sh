#!/bin/bash
# tests/cli/gateway.sh PROGRAM
#
# Goal:   keys of a gateway are in nothing that a run leaves or prints; its mistakes are said.
# Method: the stories of the gateway are played; every file they leave, every line of their traces
#         and every word they say is searched for the secrets that stand in them.
set -u
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
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

for story in rate-limit key-auth reload-under-load; do
    good=no
    "$program" run "$root/scenarios/gateway/$story.json" --junit junit.xml >said.txt 2>&1 &&
        trace=$(find out -path "*$story*" -name trace.lz4) && [ -n "$trace" ] &&
        "$program" replay "$trace" --from 0s --to 3m >trace.txt 2>&1 &&
        [ "$(wc -l <trace.txt)" -gt 50 ] &&
        [ -s "$(dirname "$trace")/run.db" ] &&
        ! grep -raq -e secret-4711 -e secret-0815 . && good=yes
    verdict $good "$story leaves and says no secret" \
        "$(grep -ral -e secret-4711 -e secret-0815 .; tail -n 3 said.txt trace.txt)"
    rm -rf out junit.xml
done

good=no
"$program" check --gateway "$root/scenarios/gateway/shop.yaml" >said.txt 2>&1 &&
    grep -q 'ok, 1 services, 1 routes, 2 consumers, 2 plugins' said.txt && good=yes
verdict $good 'a gateway in order' "$(cat said.txt)"

good=no
printf '_format_version: "3.0"\nservices:\n- name: a\n  hots: b\n' >bad.yaml
"$program" check --gateway bad.yaml >said.txt 2>&1
[ $? -eq 2 ] && grep -q '^bad.yaml:4:3: /services/0/hots: unknown key' said.txt && good=yes
verdict $good 'the mistakes of a gateway, with their places' "$(cat said.txt)"

good=no
"$program" check --gateway --print "$root/scenarios/gateway/shop.yaml" >first.json 2>&1 &&
    "$program" check --gateway --print first.json >second.json 2>&1 &&
    cmp -s first.json second.json && good=yes
verdict $good 'a printed gateway reads as the same' "$(diff first.json second.json | head -n 3)"

[ $failures -eq 0 ]

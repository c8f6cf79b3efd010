#!/bin/bash
# tests/peers/docker_canary.sh PROGRAM
#
# Goal:   the same canary, good and bad, on a real Docker Engine and HAProxy: promoted and rolled
#         back by what the balancer measured, with the decisions that the fake run takes, and
#         nothing is left behind.
# Method: scenarios/docker/canary-good.json and canary-bad.json on both backends; the version is an
#         image whose program answers a third of its requests with 500.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/peers/docker_bed.sh "$1" "canaries on real Docker"

play() { # STORY BACKEND LOG
    "$program" run "scenarios/docker/canary-$1.json" --backend "$2" --out "$work/out/$1" \
        --no-color >"$3" 2>&1 </dev/null
}

for story in good bad; do
    for backend in fake docker; do
        play $story $backend "$work/log" && good=yes || good=no
        verdict $good "a $story canary passes on $backend" "$work/log"
    done
    fake=$(find "$work/out/$story" -name run.db -path '*/1/*')
    real=$(find "$work/out/$story" -name run.db -path '*-docker/*')
    "$program" diff --decisions "$fake" "$real" >"$work/decisions" 2>&1 && good=yes || good=no
    verdict $good "the decisions of a $story canary are the same on both" "$work/decisions"
done

left=$(docker -H "unix://$REHEARSAL_DOCKER_SOCKET" ps -aq --filter label=rehearsal.run)
pgrep -af "haproxy.*$work/out" >"$work/left" 2>&1
[ -z "$left" ] && [ ! -s "$work/left" ] && good=yes || good=no
verdict $good 'nothing is left' "$work/left"
[ $failures -eq 0 ]

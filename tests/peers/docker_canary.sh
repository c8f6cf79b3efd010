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
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
program=$(realpath "$1")
work=$(mktemp -d /tmp/rehearsal-docker-canary.XXXXXX)
engine=
failures=0

finish() {
    [ -z "$engine" ] || tests/peers/dockerd.sh stop "$engine"
    rm -rf "$work"
}
trap finish EXIT

verdict() { # OK NAME LOG: the log's end is shown when it is not ok
    if [ "$1" = yes ]; then
        echo "ok - $2"
    else
        failures=$((failures + 1))
        echo "not ok - $2"
        tail -n 40 "$3" | sed 's/^/    /'
    fi
}

if [ -z "${REHEARSAL_DOCKER_SOCKET:-}" ]; then
    if ! REHEARSAL_DOCKER_SOCKET=$(tests/peers/dockerd.sh start "$work/engine"); then
        if [ "${CI:-}" = true ]; then
            echo "not ok - a Docker Engine starts"
            exit 1
        fi
        echo "ok - canaries on real Docker # SKIP no Docker Engine"
        exit 0
    fi
    engine=$work/engine
    export REHEARSAL_DOCKER_SOCKET
fi
tests/peers/images.sh "$REHEARSAL_DOCKER_SOCKET" || exit 1

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

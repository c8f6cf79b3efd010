#!/bin/bash
# tests/peers/docker_run.sh PROGRAM
#
# Goal:   the scenario that fakes play also passes on a real Docker Engine and HAProxy, the platform
#         decides the same there, and nothing is left behind: not after a run, not after Ctrl-C, and
#         not after the run that follows a kill -9.
# Method: an engine of our own (or the one at REHEARSAL_DOCKER_SOCKET); containers are looked for by
#         the label of a run, processes by the folder they were started in.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/peers/docker_bed.sh "$1" "the same scenario on real Docker"
scenario=scenarios/docker/rolling-upgrade.json

containers() { # of any run
    docker -H "unix://$REHEARSAL_DOCKER_SOCKET" ps -aq --filter label=rehearsal.run
}

# nothing_left NAME: no container, no volume, no process of ours, no socket.
nothing_left() {
    {
        containers
        docker -H "unix://$REHEARSAL_DOCKER_SOCKET" volume ls -q --filter label=rehearsal.run
        pgrep -af "haproxy.*$work/out"
        pgrep -af "rehearse run.*$work/out"
        find "$work/out" -type s
    } >"$work/left" 2>&1
    verdict "$([ -s "$work/left" ] || echo yes)" "$1" "$work/left"
}

play_real() { # LOG: its exit code
    "$program" run "$scenario" --backend docker --out "$work/out" --no-color >"$1" 2>&1 </dev/null
}

# interrupted SIGNAL LOG: a run that gets the signal once its containers are there.
interrupted() {
    play_real "$2" &
    local shell=$! tries=0 pid
    until [ "$(containers | wc -l)" -ge 3 ] || [ $tries -ge 600 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    pid=$(pgrep -f "^$program run $scenario --backend docker --out $work/out")
    kill "-$1" "$pid"
    wait $shell
    [ $tries -lt 600 ]
}

"$program" run "$scenario" --out "$work/out" --no-color >"$work/fake" 2>&1 && good=yes || good=no
verdict $good 'it passes on fakes' "$work/fake"

play_real "$work/real" && good=yes || good=no
verdict $good 'it passes on real Docker, and no request fails' "$work/real"
nothing_left 'a run leaves nothing'

fake=$(find "$work/out" -name run.db -path '*/1/*')
real=$(find "$work/out" -name run.db -path '*-docker/*')
"$program" diff --decisions "$fake" "$real" >"$work/decisions" 2>&1 && good=yes || good=no
verdict $good 'the decisions are the same on both' "$work/decisions"

"$program" run scenarios/docker/resident.json --backend docker --out "$work/out" --no-color \
    >"$work/resident" 2>&1 </dev/null && good=yes || good=no
verdict $good 'instances find their volumes again' "$work/resident"
nothing_left 'a run leaves no volume'

interrupted INT "$work/interrupted" && good=yes || good=no
verdict $good 'a run is interrupted' "$work/interrupted"
nothing_left 'an interrupted run leaves nothing'

interrupted KILL "$work/killed" && [ "$(containers | wc -l)" -gt 0 ] && good=yes || good=no
verdict $good 'a run is killed, and its containers stay' "$work/killed"
play_real "$work/again" && good=yes || good=no
verdict $good 'the same command again passes' "$work/again"
nothing_left 'and leaves nothing'

REHEARSAL_DOCKER_SOCKET=$work/no-engine play_real "$work/none"
code=$?
[ $code -eq 3 ] && [ "$(wc -l <"$work/none")" -le 1 ] && grep -qi docker "$work/none" && good=yes ||
    good=no
verdict $good 'without an engine: exit 3 and one line' "$work/none"
[ $failures -eq 0 ]

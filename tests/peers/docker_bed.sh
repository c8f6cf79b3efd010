# tests/peers/docker_bed.sh - what the tests on a real Docker Engine share; sourced, from the top of
# the repository, with the program and the name of the test:
#
#   . tests/peers/docker_bed.sh PROGRAM "canaries on real Docker"
#
# Gives:  $program, its whole path; $work, a folder that goes at the end; the engine at
#         $REHEARSAL_DOCKER_SOCKET, or one of our own, with the images of the tests; $failures.
# Ends the test when there is no engine: skipped, or failed in CI.
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
program=$(realpath "$1")
work=$(mktemp -d /tmp/rehearsal-docker.XXXXXX)
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
        echo "ok - $2 # SKIP no Docker Engine"
        exit 0
    fi
    engine=$work/engine
    export REHEARSAL_DOCKER_SOCKET
fi
tests/peers/images.sh "$REHEARSAL_DOCKER_SOCKET" || exit 1

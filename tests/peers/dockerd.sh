#!/bin/sh
# tests/peers/dockerd.sh start|stop DIR - a Docker Engine of our own, that disturbs no other.
#
# It has its own data-root, exec-root, pid file, socket and bridge, makes no iptables rules, and
# publishes ports on 127.0.0.1 alone. start prints the path of its socket, and nothing else, on
# standard output; everything it does is in DIR/log. stop ends it and takes all of that away again.
# Needs root, dockerd and ip.
set -eu

usage() {
    echo "usage: $0 start|stop DIR" >&2
    exit 2
}

[ $# -eq 2 ] || usage
PATH=$PATH:/usr/sbin:/sbin

# A name of at most 15 letters, and a net, that follow from the folder: two engines get two of each.
number_of() { printf '%s' "$1" | cksum | awk '{ print $1 % 4000 }'; }

stop_engine() {
    if [ -f "$dir/pid" ]; then
        pid=$(cat "$dir/pid")
        kill "$pid" 2>/dev/null || true
        tries=0
        while kill -0 "$pid" 2>/dev/null && [ $tries -lt 150 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        kill -9 "$pid" 2>/dev/null || true
    fi
    awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r mount; do
            umount -l "$mount" || true
        done
    ip link delete "$bridge" 2>/dev/null || true
    rm -rf "$dir"
}

start_engine() {
    ip link add "$bridge" type bridge
    ip addr add "$net.1/24" dev "$bridge"
    ip link set "$bridge" up
    dockerd --data-root "$dir/data" --exec-root "$dir/exec" -p "$dir/pid" -H "unix://$dir/sock" \
        --iptables=false ${REHEARSAL_STORAGE_DRIVER:+--storage-driver "$REHEARSAL_STORAGE_DRIVER"} \
        --bridge="$bridge" --ip 127.0.0.1 >"$dir/log" 2>&1 </dev/null &
    engine=$!
    tries=0
    until docker -H "unix://$dir/sock" version >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 300 ] || ! kill -0 $engine 2>/dev/null; then
            tail -n 5 "$dir/log" >&2
            echo "$0: dockerd did not come up; its log ends as above" >&2
            return 1
        fi
        sleep 0.1
    done
}

[ "$(id -u)" -eq 0 ] || { echo "$0: an engine is started by root only" >&2; exit 1; }
for tool in dockerd docker ip awk; do
    command -v $tool >/dev/null || { echo "$0: $tool is not installed" >&2; exit 1; }
done

mkdir -p "$2"
dir=$(cd "$2" && pwd -P)
number=$(number_of "$dir")
bridge=rehearse$number
net=10.$((200 + number / 250)).$((number % 250))

case $1 in
start)
    if ! start_engine; then
        stop_engine
        exit 1
    fi
    echo "$dir/sock"
    ;;
stop) stop_engine ;;
*) usage ;;
esac

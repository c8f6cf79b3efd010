#!/bin/sh
# tests/setup.sh run|test - what this project needs on a machine: to build and run it, or to test.
#
# Where all is there it does nothing. On Debian, as root or through sudo, it says what is missing
# and what for, and installs that with apt-get. Elsewhere it says what is missing and ends with 1.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Debian's package | what shows that it is there: a command, or a header | what it is for
run_needs='
gcc               | gcc               | compiles everything
libc6-dev         | stdlib.h          | the C library
make              | make              | builds
libcurl4-openssl-dev | curl/curl.h    | HTTP to the Docker Engine and to apps
libjansson-dev    | jansson.h         | reads and writes JSON
libsqlite3-dev    | sqlite3.h         | run.db, and the state of a real run
liblz4-dev        | lz4frame.h        | packs traces
libuv1-dev        | uv.h              | the event loop of a real run
libxxhash-dev     | xxhash.h          | the hash of a trace
libyaml-dev       | yaml.h            | reads gateways written in YAML
gnuplot-nox       | gnuplot           | the charts of a report
'
test_needs='
clang             | clang             | the second compiler
libclang-rt-14-dev | fuzzer/FuzzedDataProvider.h | fuzzing, and sanitizers under clang
libcriterion-dev  | criterion/criterion.h | runs the tests
binutils          | nm                | shows what an object reaches for
docker.io         | dockerd           | the real Docker Engine
haproxy           | haproxy           | the real load balancer
curl              | curl              | a real client of the load balancer
sqlite3           | sqlite3           | reads the run.db of a run
bind9-dnsutils    | dig               | a real client of service discovery
openssl           | openssl           | certificates for it
busybox-static    | busybox           | what the images of the tests are made of
iproute2          | ip                | the network of a Docker Engine for the tests
procps            | pgrep             | shows that a run left no process
'

# A compiler's own headers live deeper than the system's.
header_exists() {
    for folder in /usr/include /usr/local/include "/usr/include/$(uname -m)-linux-gnu" \
        /usr/lib/llvm-*/lib/clang/*/include; do
        [ ! -e "$folder/$1" ] || return 0
    done
    return 1
}

is_there() {
    case $1 in
    *.h) header_exists "$1" ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

case ${1:-} in
run) needs=$run_needs ;;
test) needs=$run_needs$test_needs ;;
*) echo "usage: $0 run|test" >&2; exit 2 ;;
esac

missing=$(echo "$needs" | while IFS='|' read -r package proof purpose; do
    [ -z "$package" ] || is_there "$(echo $proof)" ||
        printf '%-21s%s\n' "$(echo $package)" "$purpose"
done)
[ -n "$missing" ] || exit 0

if [ ! -e /etc/debian_version ] || ! command -v apt-get >/dev/null; then
    echo "This is missing here, by the names of Debian's packages:"
    echo "$missing"
    exit 1
fi
as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    if ! command -v sudo >/dev/null; then
        echo "This is missing; install it as root with apt-get install:"
        echo "$missing"
        exit 1
    fi
fi

echo "Installing what is missing, with apt-get:"
echo "$missing"
packages=$(echo "$missing" | cut -d' ' -f1)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # packages are words
if ! { $as_root apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        $packages; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "$0: apt-get failed; its last words are above" >&2
    exit 1
fi

#!/bin/bash
# tests/cli/results.sh PROGRAM
#
# Goal:   what a run leaves behind is whole and its own, and a program can read what it asked for.
# Method: short and long scenarios, played beside one another, again, and interrupted.
set -u
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
hello=$root/scenarios/smoke/hello.json
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

# only_json NAME COUNT ARGUMENT...: standard output is one JSON array of so many, and nothing else.
only_json() {
    local name=$1 count=$2 good=no
    shift 2
    "$program" "$@" >stdout.json 2>stderr.txt
    [ "$(head -c 1 stdout.json)" = '[' ] && [ "$(tail -n 1 stdout.json)" = ']' ] &&
        [ "$(grep -c '"trace_hash"' stdout.json)" -eq "$count" ] && good=yes
    verdict $good "$name" "$(head -n 3 stdout.json)"
}

only_json 'json of several runs alone' 3 run "$hello" --seeds 1..3 --json -
only_json 'json of runs beside one another alone' 3 run "$hello" --seeds 1..3 --jobs 2 --json -

"$program" run "$hello" --junit - >stdout.xml 2>stderr.txt
good=no
[ "$(head -c 5 stdout.xml)" = '<?xml' ] && grep -q PASSED stderr.txt && good=yes
verdict $good 'junit alone' "$(head -n 3 stdout.xml)"

folder=out/smoke/hello/1
good=no
[ -e $folder/report.html ] && [ -e $folder/trace.lz4 ] && "$program" run "$hello" --report none \
    >stdout.txt 2>&1 && [ "$(ls $folder)" = run.db ] && good=yes
verdict $good 'no report stays beside the database of a later run' "$(ls $folder)"

# What failed is counted over the seeds, also of runs beside one another.
cat >some.json <<END
{ "name": "some", "extends": "$hello",
  "expect": [ { "always": "healthy", "app": "/hello", "at_least": 3, "from": "30s" },
              { "eventually": "healthy", "app": "/hello", "at_least": 2, "by": "30s" } ] }
END
for more in '' '--jobs 2'; do
    # shellcheck disable=SC2086
    "$program" run some.json --seeds 3..9 --report none --quiet $more >stdout.txt 2>stderr.txt
    good=no
    [ "$(tail -n 2 stdout.txt | head -n 1)" = '7 runs: 0 passed, 7 did not' ] &&
        [ "$(tail -n 1 stdout.txt)" = \
            '     7 of 7  always-healthy-hello: seeds 3, 4, 5, 6, 7 and 2 more' ] && good=yes
    verdict $good "what failed is counted over the seeds${more:+, $more}" "$(tail -n 3 stdout.txt)"
done

# interrupted NAME ARGUMENT...: SIGTERM to the first process alone ends all runs, with 3, soon.
interrupted() {
    local name=$1 code=0 good=no pid
    shift
    rm -rf out
    "$program" run "$@" >stdout.txt 2>stderr.txt &
    pid=$!
    for _ in $(seq 200); do # until the first has begun
        [ -n "$(find out -name '*.new' 2>/dev/null)" ] && break
        sleep 0.05
    done
    kill "$pid"
    wait "$pid" || code=$?
    [ $code -eq 3 ] && [ -z "$(find out -type f)" ] &&
        grep -q interrupted stdout.txt stderr.txt && good=yes
    verdict $good "$name" "exit $code, left: $(find out -type f)"
}

cat >long.json <<END
{ "name": "long", "extends": "$root/scenarios/base/three-zones.json",
  "duration": "30d", "expect": [],
  "traffic": [ { "to": "web.example.com", "rate": "2000/s", "from": "1m" } ] }
END
interrupted 'an interrupted run leaves nothing half-written' long.json
interrupted 'an interrupt ends all runs in turn' long.json --seeds 1..3
interrupted 'an interrupt ends all runs beside one another' long.json --seeds 1..5 --jobs 2

# A file may have no more than 64 KiB: the events of 2,000 tasks have no room.
cat >many.json <<END
{ "name": "many", "duration": "2m",
  "cluster": { "groups": { "private": { "type": "m5.xlarge", "min": 100 } } },
  "apps": [ { "id": "/many", "cmd": "serve", "cpus": 0.1, "mem": 32, "instances": 2000 } ] }
END
rm -rf out
code=0
good=no
(
    trap '' XFSZ
    ulimit -f 64
    exec "$program" run many.json --report none >/dev/null 2>stderr.txt
) || code=$?
[ $code -eq 3 ] && [ -z "$(find out -type f)" ] && [ "$(wc -l <stderr.txt)" -eq 1 ] &&
    grep -q '^rehearse: cannot write out/many/1/run.db' stderr.txt && good=yes
verdict $good 'a disk that is full is told, and nothing half-written stays' \
    "exit $code, left: $(find out -type f), $(head -n 3 stderr.txt)"
good=no
"$program" run many.json --report none >/dev/null 2>stderr.txt && [ -e out/many/1/run.db ] &&
    good=yes
verdict $good 'the same with room passes' "$(head -n 3 stderr.txt)"
[ $failures -eq 0 ]

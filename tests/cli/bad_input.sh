#!/bin/bash
# tests/cli/bad_input.sh PROGRAM
#
# Goal:   whatever is wrong with a file, `run` and `check` say it in a clear sentence and end with
#         2; nothing crashes, hangs or leaves results behind.
# Method: the smallest scenario, broken in one way at a time; what must be said is a pattern.
set -u
program=$(realpath "$1")
hello=$(realpath "$(dirname "$0")/../../scenarios/smoke/hello.json")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

verdict() { # OK NAME DETAIL
    if [ "$1" = yes ]; then
        echo "ok - $2"
    else
        failures=$((failures + 1))
        echo "not ok - $2"
        echo "    $3" | head -c 600
        echo
    fi
}

# refused NAME PATTERN ARGUMENT...: ends with 2 within a minute, and says it on standard error.
refused() {
    local name=$1 pattern=$2 said code=0 good=no
    shift 2
    said=$(timeout 60 "$program" "$@" 2>&1 >/dev/null) || code=$?
    [ $code -eq 2 ] && grep -qE -- "$pattern" <<<"$said" && [ ${#said} -lt 20000 ] && good=yes
    verdict $good "$name" "exit $code, said: $said; wanted: $pattern"
}

# both NAME FILE PATTERN: run and check agree about a scenario.
both() {
    refused "run: $1" "$3" run "$2"
    refused "check: $1" "$3" check "$2"
}

# broken FROM TO >FILE: the scenario with one thing changed, which must be there to change.
broken() {
    grep -qF -- "$1" "$hello" || echo "not ok - the scenario no longer has $1" >&2
    local text
    text=$(cat "$hello")
    printf '%s\n' "${text/"$1"/"$2"}"
}

both 'a missing file' missing.json 'missing\.json: no such file'
: >empty.json
both 'an empty file' empty.json 'empty\.json'
head -c 50000000 /dev/zero | tr '\0' '[' >brackets.json
both '50 MB of brackets' brackets.json 'brackets\.json'
head -c 4096 "$program" >noise.json
both 'binary noise' noise.json 'noise\.json'
mkdir folder.json
both 'a folder' folder.json 'folder\.json'
broken '"duration": "60s"' '"duraton": "60s"' >key.json
both 'an unknown key' key.json 'key\.json:[0-9]+:[0-9]+: .*duraton.*duration'
broken '"duration": "60s"' '"duration": "60 parsecs"' >unit.json
both 'a wrong unit' unit.json 'unit\.json:[0-9]+:[0-9]+: /duration.*60 parsecs'
broken '"duration": "60s"' '"duration": "-60s"' >negative.json
both 'a negative duration' negative.json 'negative\.json:[0-9]+:[0-9]+: /duration.*-60s'
broken '"apps": [' '"apps": [ {"id": "/hello", "cmd": "true"},' >twice.json
both 'an app id twice' twice.json 'twice\.json:[0-9]+:[0-9]+: /apps.*/hello'
broken '"expect": [' \
    '"timeline": [ {"at": "61s", "do": "scale", "app": "/hello", "instances": 1} ], "expect": [' \
    >late.json
both 'an event after the end' late.json \
    'late\.json:[0-9]+:[0-9]+: /timeline/0/at.*end of the scenario'
broken '"cluster": {' '"cluster": {"zoness": ["a"],' >nested.json
both 'an unknown key inside' nested.json 'nested\.json:[0-9]+:[0-9]+: /cluster.*zoness.*zones'
printf '{"name": "x", "duration": 5, "cluster": 3, "bogus": 1}\n' >several.json
both 'several mistakes at once' several.json 'several\.json.*bogus'

refused 'no file' 'name a scenario file' run
refused 'an unknown option' 'unrecognized|help' run --bogus
refused 'a seed that is no number' '--seed takes' run "$hello" --seed x
refused 'seeds in the wrong order' '--seeds takes' run "$hello" --seeds 5..1
refused 'an unknown backend' '--backend takes' run "$hello" --backend moon
refused 'a value without a name' '--set takes' run "$hello" --set agents
refused 'a path that is empty' '--out' run "$hello" --out ''
refused 'a word that is not allowed' '--allow takes' run "$hello" --allow privileged,root
refused 'two outputs in one place' 'cannot both' run "$hello" --json - --junit -
refused 'a file by two names' 'one folder' run "$hello" "$(dirname "$hello")/./hello.json"
refused 'a window that ends before it begins' '--from' replay hello --from 5m --to 1m
refused 'the folder one is in' '^\.: ' check .
refused 'an unknown command' 'no command' bogus
refused 'an app that is none' 'empty\.json' check --app empty.json

said=$(broken '"cpus": 0.1' '"cpus": 400' >big.json && "$program" check big.json 2>&1)
code=$?
good=no
[ $code -eq 0 ] && grep -qi 'warning.*/hello' <<<"$said" && good=yes
verdict $good 'an app that fits on no node is a warning' "exit $code, said: $said"

# asks MORE PATTERN NAME: an app that says more has a warning like PATTERN, and is no mistake.
asks() {
    broken '"apps": [' "\"apps\": [ {\"id\": \"/asks\", \"cmd\": \"true\", $1}," >asks.json
    said=$("$program" check asks.json 2>&1)
    code=$?
    good=no
    [ $code -eq 0 ] && grep -qE "warning: .*$2" <<<"$said" && good=yes
    verdict $good "$3" "exit $code, said: $said"
}
asks '"gpus": 9' '/asks fits on no node.*9 gpus' 'more GPUs than any machine has is a warning'
asks '"constraints": [["rack", "UNIQUE"]]' '/asks fits on no node.*attribute "rack"' \
    'an attribute that no machine has is a warning'

constraint() { broken '"cpus": 0.1' "\"cpus\": 0.1, \"constraints\": [$1]" >constraint.json; }
constraint '["hostname", "UNIQUE", "x"]'
both 'a value for UNIQUE' constraint.json \
    'constraint\.json:[0-9]+:[0-9]+: .*UNIQUE takes no value'
constraint '["@zone", "CLUSTER", "a"], ["@zone", "CLUSTER", "b"]'
both 'two values for CLUSTER' constraint.json \
    'constraint\.json:[0-9]+:[0-9]+: .*contradicts CLUSTER'
constraint '["rack", "IS", "r1"], ["rack", "UNLIKE", "r[0-9]"]'
both 'IS and UNLIKE of one value' constraint.json \
    'constraint\.json:[0-9]+:[0-9]+: .*UNLIKE .*contradicts IS'
constraint '["@zone", "MAX_PER", "0"]'
both 'at most none' constraint.json \
    'constraint\.json:[0-9]+:[0-9]+: .*MAX_PER with a number from 1 to '
constraint '["@zone", "NEAR", "a"]'
both 'an operator that is none' constraint.json 'constraint\.json:[0-9]+:[0-9]+: .*found operator'

# A mistake in an app is not said again wherever the app is named.
broken '"cpus": 0.1' '"cpu": 0.1' >once.json
said=$("$program" check once.json 2>&1)
good=no
[ "$(wc -l <<<"$said")" -eq 1 ] && grep -q 'unknown key.*cpus' <<<"$said" && good=yes
verdict $good 'a mistake in an app is said once' "$said"

# What a file may say and hardly means: a warning, and what was found is named.
broken '"traffic": [' '"traffic": [ {"to": "/helo", "rate": "1/s"},' >to.json
both 'traffic to a name that is nearly one' to.json \
    'to\.json:[0-9]+:[0-9]+: /traffic/0/to: no app serves "/helo".*did you mean "/hello"'
broken '"expect": [' '"timeline": [ {"at": "30s", "do": "kill-node", "target": "one",
    "hosting": "/helo"} ], "expect": [' >hosting.json
both 'a host of a name that is nearly one' hosting.json \
    'hosting\.json:[0-9]+:[0-9]+: /timeline/0/hosting: no app "/helo".*did you mean "/hello"'
broken '"expect": [' '"expect": [ {"slo": "availability", "to": "hello.example.com",
    "at_least": 99.9},' >bound.json
both 'an availability without its sign' bound.json 'at_least: found 99\.9: .*up to 100%'

warned() { # NAME FILE PATTERN
    local said code=0 good=no
    said=$("$program" check "$2" 2>&1) || code=$?
    [ $code -eq 0 ] && grep -qE "warning: .*$3" <<<"$said" && good=yes
    verdict $good "$1" "exit $code, said: $said"
}
service() { # LABELS IMAGE: an app with a virtual host, and traffic to it
    cat <<END
{ "name": "w", "duration": "5m", "images": { "$2": { "start": "1s" } },
  "cluster": { "groups": { "public": { "role": "slave_public", "type": "t3.medium", "min": 1 },
                           "private": { "type": "t3.medium", "min": ${3:-1} } } },
  "apps": [ { "id": "/w", "container": { "type": "DOCKER", "docker": { "image": "shop/w:1" },
              "portMappings": [ { "containerPort": 80 } ] },
              "networks": [ { "mode": "container/bridge" } ],
              "labels": { $1 "HAPROXY_0_VHOST": "w.example.com" } } ],
  "traffic": [ { "to": "w.example.com", "rate": "1/s", "from": "2m" } ] }
END
}
service '"HAPROXY_GROUP": "extrnal",' shop/w:1 >group.json
warned 'a host that no balancer serves is a warning' group.json \
    'no balancer serves "w\.example\.com": /w asks for those of group "extrnal"'
service '' shop/w:1 >ungrouped.json
warned 'a host without a group is a warning' ungrouped.json '/w has no label HAPROXY_GROUP'
service '"HAPROXY_GROUP": "external",' shop/w:2 >image.json
warned 'an image that is nearly the one of an app is a warning' image.json \
    '/images/shop~1w:2: no app has this image.*"shop/w:1"'
service '"HAPROXY_GROUP": "external",' shop/w:1 0 >machines.json
warned 'a group without machines is a warning' machines.json 'begins without a machine'
sed 's/slave_public/slave-public/' group.json >front.json
warned 'traffic that no machine takes in is a warning' front.json \
    'no machine has the role "slave_public"'
sed 's/"id": "\/w",/& "mem": "256MiB",/' group.json >mib.json
refused 'a size in words says the unit that is meant' \
    'found "256MiB", expected a number of MiB without quotes' check mib.json
printf '{ "name": "w", "duration": "soon",
  "cluster": { "groups": { "a": { "type": "t3.medium", "min": 1 } } },
  "expect": [ { "always": "nodes", "at_least": 1, "from": "2m" },
              { "slo": "errors", "to": "/w", "at_most": 0, "until": "2m" } ] }' >soon.json
code=0
said=$("$program" check soon.json 2>&1) || code=$?
verdict "$([ $code -eq 2 ] && ! grep -q 'after the end' <<<"$said" && echo yes)" \
    'a duration that is wrong is said once' "exit $code, said: $said"
service '"HAPROXY_GROUP": "extrnal", "HAPROXY_0_GROUP": "external",' shop/w:1 >right.json
said=$("$program" check right.json 2>&1)
good=no
grep -q '^right.json: ok' <<<"$said" && ! grep -q warning <<<"$said" && good=yes
verdict $good 'a port that has its own group is right' "$said"

nodes() { # LINES: machines in a file, the first one's line after the names of columns
    printf 'name,cpus,mem\n%b\n' "$1" >nodes.csv
    printf '{"name": "n", "duration": "1m", "cluster": {"nodes": {"file": "nodes.csv"}}}\n' \
        >nodes.json
}
nodes 'x,1,1GiB\ny,many,1GiB'
both 'a machine with a word for cpus' nodes.json 'nodes\.csv:3:3: cpus: found "many"'
nodes 'x,1,1GiB\nx,1,1GiB'
both 'two machines of one name' nodes.json 'nodes\.csv:3:1: name: "x" is the name of another'
nodes 'x,1'
both 'a line that ends early' nodes.json 'nodes\.csv:2:4: found "the end of the line"'
rm nodes.csv
both 'a file of machines that is missing' nodes.json 'nodes\.csv: no such file'

good=yes
[ ! -e out ] || good=no
verdict $good 'a refused scenario leaves nothing behind' 'there is an out/'
[ $failures -eq 0 ]

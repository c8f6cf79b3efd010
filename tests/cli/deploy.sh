#!/bin/bash
# tests/cli/deploy.sh PROGRAM
#
# Goal:   rehearse deploy says the risk of a deploy on a snapshot, as an exit code, as words, as
#         Markdown and as JSON; the same seeds come to the same bytes however many run at a time.
# Method: good and bad deploys on the snapshots of scenarios/snapshots/; what they leave is looked
#         into, and one seed is played again by the command that was printed.
set -u
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
small=$root/scenarios/snapshots/small-shop.json
evening=$root/scenarios/snapshots/shop-evening.json
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
        echo "    $3" | head -c 900
        echo
    fi
}

# expect CODE NAME ARGUMENT...: what was said goes to said.txt (standard output) and err.txt
expect() {
    local wanted=$1 name=$2
    shift 2
    "$program" "$@" >said.txt 2>err.txt
    local code=$?
    [ $code -eq "$wanted" ] && local good=yes || local good=no
    verdict $good "$name ends with $wanted" "exit $code: $(cat said.txt err.txt)"
}

# says FILE PATTERN NAME
says() {
    grep -qE -- "$2" "$1" && local good=yes || local good=no
    verdict $good "$3" "$(cat "$1")"
}

definition() { # IMAGE
    cat <<EOF
{ "id": "/web", "instances": 4, "cpus": 0.5, "mem": 256,
  "container": { "type": "DOCKER", "docker": { "image": "$1" },
                 "portMappings": [ { "containerPort": 80, "name": "http" } ] },
  "networks": [ { "mode": "container/bridge" } ],
  "healthChecks": [ { "protocol": "HTTP", "path": "/health", "portIndex": 0,
                      "gracePeriodSeconds": 30, "intervalSeconds": 5, "timeoutSeconds": 2,
                      "maxConsecutiveFailures": 3 } ],
  "upgradeStrategy": { "minimumHealthCapacity": 1.0, "maximumOverCapacity": 0.5 },
  "labels": { "HAPROXY_GROUP": "external", "HAPROXY_0_VHOST": "web.example.com" } }
EOF
}
definition shop/web:1.1 >same.json
definition shop/web:1.2 >good.json
definition shop/web:1.3 >bad.json
definition shop/web:7.7 >unknown.json
cat >canary.json <<EOF
{ "canary": { "steps": [ { "weight": 10, "hold": "2m" }, { "weight": 50, "hold": "1m" } ],
              "analysis": [ { "metric": "error_rate", "at_most": "1%", "every": "20s" } ] } }
EOF

# --- a good one and a bad one ---
expect 0 "a good deploy" deploy good.json --rehearse --from "$small" --seeds 20 \
    --markdown good.md --json good-1.json
says said.txt '^ACCEPTABLE  risk 0\.00%: 0 of 20' "the risk of a good deploy is said"
says said.txt '/web: container\.docker\.image shop/web:1\.1 -> shop/web:1\.2$' \
    "what changes is said"
says said.txt 'failed \(95%.*\), at most 1\.00% may$' "what may fail is said"
says said.txt 'availability +100\.0000% +100\.0000%' "what users would feel is said"
says good.md '^Nothing: every expectation' "Markdown says that nothing failed"

sed 's|"instances": 4|"instances": 5, "env": {"TOKEN": "hush"}|' good.json >secret.json
expect 0 "a deploy with a secret" deploy secret.json --rehearse --from "$small" --seeds 1 \
    --markdown secret.md --json secret-1.json
says said.txt '/web: instances 4 -> 5, .*env\.TOKEN' "numbers are said, before and after"
grep -q hush said.txt secret.md secret-1.json && good=no || good=yes
verdict $good "the value of a variable is not said" "$(cat said.txt secret.md)"

expect 1 "a bad deploy" deploy bad.json --rehearse --from "$small" --seeds 20 \
    --markdown bad.md --json bad-1.json
says said.txt '^TOO RISKY  risk 100\.00%: 20 of 20' "the risk of a bad deploy is said"
for part in '^## Rehearsed deploy: too risky' '^\*\*Risk 100\.00% \(20 of 20; 95% interval' \
    '^### What failed' '^\| slo-availability-web\.example\.com \| 100\.00%' \
    '^### What users would feel' '^\| availability \| 9[45]\.' '^### How long it takes' \
    '^\| time it takes \|' '^### Seeds that failed, worst first' \
    '^rehearse deploy .*--seeds [0-9]+'; do
    says bad.md "$part" "Markdown has $part"
done
[ "$(wc -c <bad.md)" -le 921600 ] && good=yes || good=no
verdict $good "Markdown keeps its limit" "$(wc -c bad.md)"

# --- the gate ---
expect 0 "a bad deploy that may fail" deploy bad.json --rehearse --from "$small" --seeds 5 \
    --max-risk 100%
echo '[ { "slo": "availability", "to": "web.example.com", "at_least": "90%" } ]' >mild.json
expect 0 "a bad deploy of which little is expected" deploy bad.json --rehearse --from "$small" \
    --seeds 5 --expect mild.json
expect 1 "a canary that is rolled back" deploy bad.json --rehearse --from "$small" --seeds 5 \
    --strategy canary.json --expect mild.json
says said.txt 'it is rolled-back after' "why it failed is said"
expect 0 "a canary that is to be rolled back" deploy bad.json --rehearse --from "$small" --seeds 5 \
    --strategy canary.json --expect mild.json --outcome rolled-back
expect 1 "a deploy that takes too long" deploy good.json --rehearse --from "$small" --seeds 3 \
    --within 5s
expect 0 "what is in force already" deploy same.json --rehearse --from "$small"
says err.txt '/web: is in force already' "that nothing changes is said"
expect 0 "an image that the snapshot does not know" deploy unknown.json --rehearse --from "$small" \
    --seeds 3
says said.txt 'does not describe shop/web:7\.7: taken to behave as before' "a guess is said"

# --- the same seeds, the same bytes ---
for jobs in 1 3; do
    expect 1 "random faults with --jobs $jobs" deploy good.json --rehearse --from "$small" \
        --seeds 1..16 --faults random --jobs $jobs --markdown jobs-$jobs.md \
        --json jobs-$jobs.json --max-risk 0%
done
cmp jobs-1.md jobs-3.md && cmp jobs-1.json jobs-3.json && good=yes || good=no
verdict $good "results do not depend on --jobs" "$(cmp jobs-1.json jobs-3.json)"
says jobs-1.json '"verb": "(kill-|restart-|partition)' "faults were drawn"
expect 0 "more seeds" deploy good.json --rehearse --from "$small" --seeds 30 --json good-2.json
for seeds in good-1.json good-2.json; do # the trace hashes of the first ten seeds
    grep -o '"trace_hash": "[0-9a-f]*"' $seeds | head -n 10 >"$seeds.hashes"
done
cmp good-1.json.hashes good-2.json.hashes && [ "$(sort -u good-1.json.hashes | wc -l)" -eq 10 ] &&
    good=yes || good=no
verdict $good "a seed's history is its own, however many there are" "$(cat ./*.hashes)"

# --- the command that repeats the worst seed ---
again=$(grep -E '^rehearse deploy ' jobs-1.md)
seed=${again##*..}
eval "\"$program\" ${again#rehearse } --json -" >again.json 2>again.txt
[ $? -eq 1 ] && good=yes || good=no
verdict $good "the printed command fails again" "$again: $(cat again.txt)"
hash=$(grep -o '"trace_hash": "[0-9a-f]*"' again.json)
[ -n "$hash" ] && grep -qF "$hash" jobs-1.json && good=yes || good=no
verdict $good "and has the same history" "$hash"
[ -s "out/rehearsal/rehearsal/$seed/report.html" ] && good=yes || good=no
verdict $good "and leaves a full report" "$(find out -type f)"
expect 1 "the scenario that was left" run out/rehearsal/rehearsal.json --seed "$seed" --report none

# --- a larger one, of several apps, with a variable ---
cat >two.json <<EOF
[ { "id": "/workers/mail", "instances": 14, "cpus": 0.25, "mem": 128,
    "cmd": "exec /app/mail --queue \${QUEUE:-default}", "env": { "QUEUE": "mail" },
    "container": { "type": "DOCKER", "docker": { "image": "workers:9" } },
    "networks": [ { "mode": "host" } ],
    "upgradeStrategy": { "minimumHealthCapacity": 0.5, "maximumOverCapacity": 0 } },
  { "id": "/brand-new", "instances": 2, "cpus": 0.1, "mem": 32, "cmd": "serve \$PORT0" } ]
EOF
expect 0 "two apps at once" deploy two.json --rehearse --from "$evening" --seeds 5 \
    --set load=20/s --json two-out.json
says said.txt '/brand-new: a new app' "a new app is said"
grep -q 'QUEUE:-default' two-out.json said.txt && good=no || good=yes
verdict $good "definitions stay out of what is shown" "$(cat two-out.json)"

# --- apps that depend on each other go in layers ---
cat >layers.json <<EOF
[ { "id": "/brand-new", "instances": 1, "cpus": 0.1, "mem": 32, "cmd": "serve \$PORT0",
    "dependencies": [ "/base-of-it" ] },
  { "id": "/base-of-it", "instances": 2, "cpus": 0.1, "mem": 32, "cmd": "serve \$PORT0" } ]
EOF
expect 0 "apps that depend on each other" deploy layers.json --rehearse --from "$evening" --seeds 3
"$program" run out/rehearsal/rehearsal.json --seed 1 --out layers >said.txt 2>err.txt
db=$(find layers -name run.db)
order=$(sqlite3 "$db" "SELECT (SELECT max(running_at_ns) FROM tasks WHERE app = '/base-of-it') <=
    (SELECT min(created_at_ns) FROM tasks WHERE app = '/brand-new')")
verdict "$([ "$order" = 1 ] && echo yes)" "what others depend on runs before they begin" \
    "$order $(cat said.txt err.txt)"

# --- bad input ---
expect 2 "a deploy for real" deploy good.json
says err.txt 'not there yet. Rehearse it: add --rehearse --from SNAPSHOT' "what to do is said"
expect 2 "no snapshot" deploy good.json --rehearse
expect 2 "no file" deploy --rehearse --from "$small"
expect 2 "a snapshot that is not there" deploy good.json --rehearse --from nowhere.json
says err.txt '^nowhere\.json: no such file' "that it is not there is said"
expect 2 "a scenario as a snapshot" deploy good.json --rehearse \
    --from "$root/scenarios/smoke/hello.json"
expect 2 "an unknown fault" deploy good.json --rehearse --from "$small" --faults kill-nod
expect 2 "a strategy that is none" deploy good.json --rehearse --from "$small" \
    --strategy '{"canary": {"steps": [{"weight": 50}, {"weight": 20}]}}'
expect 2 "seeds that are none" deploy good.json --rehearse --from "$small" --seeds 0
expect 2 "an expectation that is none" deploy good.json --rehearse --from "$small" \
    --expect good.json
expect 3 "a folder that cannot be made" deploy good.json --rehearse --from "$small" \
    --out good.json/x
sed 's/"private-2", "ports"/"private-9", "ports"/' "$small" >broken.json
expect 2 "a broken snapshot" deploy good.json --rehearse --from broken.json
says err.txt '^broken\.json:[0-9]+:[0-9]+: /state/tasks/1/node: no node "private-9"' \
    "a mistake is said at its place"
expect 2 "check of a broken snapshot" check --snapshot broken.json
expect 0 "check of snapshots" check --snapshot "$small" "$evening"
expect 0 "the schema of snapshots" check --schema --snapshot
says said.txt '"healthy_since"' "the schema knows tasks"

[ $failures -eq 0 ]

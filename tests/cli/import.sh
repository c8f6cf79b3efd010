#!/bin/bash
# tests/cli/import.sh PROGRAM
#
# Goal:   `rehearse import openb` writes a scenario that runs, in which machines and tasks are those
#         of the trace; the same seed writes the same files; what is wrong with a trace is said at
#         its place.
# Method: traces of a few lines, made here.
set -u
program=$(realpath "$1")
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

# holds NAME TEXT FILE: a line of the file is that text
holds() {
    verdict "$(grep -qxF -- "$2" "$3" && echo yes)" "$1" "$(head -5 "$3"); wanted: $2"
}

# refused NAME CODE PATTERN ARGUMENT...
refused() {
    local name=$1 wanted=$2 pattern=$3 said code=0 good=no
    shift 3
    said=$("$program" import "$@" 2>&1 >/dev/null) || code=$?
    [ $code -eq "$wanted" ] && grep -qE -- "$pattern" <<<"$said" && good=yes
    verdict $good "$name" "exit $code, said: $said; wanted: $pattern"
}

cat > nodes.csv <<'END'
sn,cpu_milli,memory_mib,gpu,model
m-1,64000,262144,2,P100
m-2,32500,131072,0,
END
heads=name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase
cat > pods.csv <<END
$heads,creation_time,deletion_time,scheduled_time
a,4000,1024,1,500,,LS,Running,30,90,31
b,12000,2048,1,1000,V100|P100,LS,Succeeded,20,50,
c,500,64,0,0,,BE,Failed,20,25,22
END

# --- the trace's own times ---
"$program" import openb --nodes nodes.csv --pods pods.csv --out own > said 2>&1
verdict "$(grep -q '^own/scenario.json: 2 machines, 3 tasks$' said && echo yes)" \
    "what was written is said" "$(cat said)"
holds "a machine with GPUs" "m-1,64.000,262144MiB,2,gpu_model:P100" own/nodes.csv
holds "a machine without" "m-2,32.500,131072MiB,0," own/nodes.csv
holds "a share lasts from its placement to its end" "40,a,4.000,1024,0,500,,59" own/tasks.csv
holds "a whole GPU, and models" "30,b,12.000,2048,1,,V100|P100,30" own/tasks.csv
verdict "$([ "$(cut -d, -f2 own/tasks.csv | tr '\n' ' ')" = 'name b c a ' ] && echo yes)" \
    "tasks come by their times" "$(cat own/tasks.csv)"
for name in nodes pods; do # as a table on Windows saves them
    printf '\xef\xbb\xbf' > marked-$name.csv
    sed 's/$/\r/' $name.csv >> marked-$name.csv
done
"$program" import openb --nodes marked-nodes.csv --pods marked-pods.csv --out marked > said 2>&1
verdict "$(cmp own/nodes.csv marked/nodes.csv && cmp own/tasks.csv marked/tasks.csv && echo yes)" \
    "a mark of UTF-8 and other ends of lines change nothing" "$(cat said)"
"$program" run own/scenario.json --quiet --out out > said 2>&1
verdict "$(grep -q '"finished": 3,' out/scenario/1/summary.json && echo yes)" \
    "the scenario runs, and all tasks end" "$(cat said)"

# --- a load ---
load() { # FOLDER SEED
    "$program" import openb --nodes nodes.csv --pods pods.csv --load 200% --shuffle "$2" --out "$1"
}
load one 1 > said && load again 1 > said && load other 7 > said
verdict "$(diff -r one again > /dev/null && echo yes)" "the same seed writes the same" ""
verdict "$(! cmp -s one/tasks.csv other/tasks.csv && echo yes)" "another seed another order" ""
asked=$(awk -F, 'NR > 1 { milli += $5 * 1000 + $6 } END { print milli }' one/tasks.csv)
verdict "$([ "$asked" -ge 4000 ] && [ "$asked" -lt 5000 ] && echo yes)" \
    "as much is asked for as was said" "$asked"
verdict "$(awk -F, 'NR > 1 && $8 != "" { exit 1 }' one/tasks.csv && echo yes)" "they stay" ""

# --- what is wrong ---
refused "no trace" 2 "usage: rehearse import" 
refused "another trace" 2 "no import 'borg', expected openb" borg
refused "no machines" 2 "--nodes is missing" openb --pods pods.csv --out x
refused "a load of nothing" 2 "--load takes a percentage" openb --load 0%
refused "a word for a seed" 2 "--shuffle takes a seed" openb --shuffle x
refused "a seed without a load" 2 "--shuffle goes with --load" \
    openb --nodes nodes.csv --pods pods.csv --out x --shuffle 1
refused "no such file" 2 "^gone.csv: no such file$" openb --nodes gone.csv --pods pods.csv --out x
sed 's/^a,4000/a,many/' pods.csv > wrong.csv
refused "a word for a number" 2 '^wrong.csv:2:3: found "many", expected a whole number' \
    openb --nodes nodes.csv --pods wrong.csv --out x
cut -d, -f1-9 pods.csv > wrong.csv
refused "no ends" 2 'found no column "deletion_time"' \
    openb --nodes nodes.csv --pods wrong.csv --out x
sed 's/,30,90,31$/,30,29,31/' pods.csv > wrong.csv
refused "an end before the beginning" 2 '^wrong.csv:2:34: found "29", expected a time that is not' \
    openb --nodes nodes.csv --pods wrong.csv --out x
sed '3s/,[^,]*$//' pods.csv > wrong.csv
refused "a cell too few" 2 "^wrong.csv:3:1: .*another number of cells" \
    openb --nodes nodes.csv --pods wrong.csv --out x
grep -v '^[ab]' pods.csv > wrong.csv
refused "a load of GPUs that nobody wants" 2 "found no GPU that is asked for" \
    openb --nodes nodes.csv --pods wrong.csv --out x --load 100%
: > empty.csv
refused "an empty file" 2 "^empty.csv:1:1: found no rows" \
    openb --nodes empty.csv --pods pods.csv --out x
refused "a folder that cannot be" 3 "cannot|not a|exists" \
    openb --nodes nodes.csv --pods pods.csv --out nodes.csv/x

[ $failures -eq 0 ]

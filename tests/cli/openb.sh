#!/bin/bash
# tests/cli/openb.sh PROGRAM
#
# Goal:   on traces of a production GPU cluster, imported and played through the whole platform, the
#         policies give away as much of the GPUs as was published, in the published order; FGD
#         owes five points to its tie rule.
# Method: the protocol of the publication: pods in random order until 130 % of the GPUs are asked
#         for, nothing ends. The data are not ours to ship: tests/all.sh plays this where they
#         are (folder REHEARSAL_OPENB, or ../shared/data/openb). REHEARSAL_OPENB_SEEDS=10 holds
#         means of ten seeds to half a point; one seed, which is what is played otherwise, to 1.5.
# Source: "Beware of Fragmentation" (Weng and others, USENIX ATC 2023), its published experiments.
set -u
program=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
data=$(realpath -m "${REHEARSAL_OPENB:-$root/../shared/data/openb}")
seeds=${REHEARSAL_OPENB_SEEDS:-1}
off_max=$([ "$seeds" -ge 10 ] && echo 0.5 || echo 1.5)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

if [ ! -f "$data/openb_node_list_gpu_node.csv" ]; then
    echo "not ok - the traces of OpenB are in $data"
    exit 1
fi

verdict() { # GOOD NAME DETAIL
    if [ "$1" = yes ]; then
        echo "ok - $2: $3"
    else
        failures=$((failures + 1))
        echo "not ok - $2: $3"
    fi
}

# import TRACE: the scenario of each seed, in a folder of its own
import() {
    for ((seed = 1; seed <= seeds; seed++)); do
        "$program" import openb --nodes "$data/openb_node_list_gpu_node.csv" \
            --pods "$data/openb_pod_list_$1.csv" --load 130% --shuffle $seed --out "$1-$seed" \
            >said.txt 2>&1 || verdict no "$1 is imported" "$(cat said.txt)"
    done
}

# mean TRACE POLICY TIE: percent of the GPUs that were given away
mean() {
    for ((seed = 1; seed <= seeds; seed++)); do
        "$program" run "$1-$seed/scenario.json" --set policy="$2" --set tie="$3" --seed $seed \
            --report none --quiet --json run.json >said.txt 2>&1 || cat said.txt >&2
        grep -oE '"gpu_allocated": *[0-9.]+' run.json | grep -oE '[0-9.]+$'
    done | awk '{ sum += $1; count++ } END { printf "%.3f", (count > 0 ? 100 * sum / count : 0) }'
}

holds() { # an expression of awk
    awk "BEGIN { exit !($1) }" && echo yes || echo no
}

# trace NAME RANDOM DOT-PRODUCT BEST-FIT FGD: as published
trace() {
    local name=$1 policy wanted before=0 is
    shift
    import "$name"
    for policy in random dot-product best-fit fgd; do
        wanted=$1
        shift
        is=$(mean "$name" $policy lowest-id)
        verdict "$(holds "$is - $wanted <= $off_max && $wanted - $is <= $off_max")" \
            "$name, $policy: as published" "$is, published $wanted"
        verdict "$(holds "$is > $before")" "$name, $policy: its place in the order" \
            "$is, the one before $before"
        before=$is
    done
}

trace default 87.47 90.85 93.08 95.39
trace cpu050 91.24 93.27 93.79 95.21
trace multigpu20 88.69 92.06 93.93 95.65

lowest=$(mean default fgd lowest-id)
drawn=$(mean default fgd random)
verdict "$(holds "$lowest - $drawn > 4 && $lowest - $drawn < 6.5")" \
    "default, fgd: drawn ties cost about five points" "$lowest and $drawn"

[ "$failures" -eq 0 ]

#!/bin/bash
# tests/style/check_determinism.sh [--build | SCENARIO...] - one history, however it is played.
#
# Every scenario (less docker/, base/ and apps/) must have the same trace hash: twice in a row, with
# gcc and clang, -O0 and -O3, under sanitizers, with messages as structures and encoded, whatever
# fresh memory holds. Prints the hash of each; what differs stands beside it.
set -eu
cd "$(dirname "$0")/../.."

# How it is played: name | variant | options. The first is what the others are compared with.
ways='
plain     | release   |
again     | release   |
encoded   | release   | --wire encoded
poison    | release   | --wire plain --memory-poison 170
gcc-O0    | gcc-O0    | --memory-poison 0
gcc-O3    | gcc-O3    | --wire encoded
clang-O3  | clang-O3  | --memory-poison 170
sanitized | sanitized | --wire encoded --memory-poison 85
'
for variant in $(cut -d'|' -f2 <<<"$ways" | sort -u); do
    make -s VARIANT="$variant" "build/$variant/rehearse"
done
[ "${1:-}" != --build ] || exit 0

if [ $# -gt 0 ]; then
    scenarios=("$@")
else
    mapfile -t scenarios < <(find scenarios -mindepth 2 -name '*.json' -not -path '*/base/*' \
        -not -path '*/apps/*' -not -path '*/docker/*' -not -path '*/snapshots/*' | sort)
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/determinism.XXXXXX")
trap 'rm -rf "$work"' EXIT

# play WAY VARIANT OPTIONS: one line a scenario, its hash, in WAY's file.
play() {
    local way=$1 variant=$2
    shift 2
    for scenario in "${scenarios[@]}"; do
        "build/$variant/rehearse" run "$scenario" "$@" --report none --out "$work/out-$way" \
            --json - >"$work/summary-$way" 2>"$work/errors-$way" || true
        hash=$(sed -n 's/.*"trace_hash": *"\([0-9a-f]\{16\}\)".*/\1/p' "$work/summary-$way")
        echo "${hash:-none:$(head -c 200 "$work/errors-$way" | tr '\n' ' ')}"
        rm -rf "$work/out-$way"
    done >"$work/hashes-$way"
}

names=()
while IFS='|' read -r name variant options; do
    [ -n "$name" ] || continue
    name=${name// /}
    names+=("$name")
    # shellcheck disable=SC2086 # options are words
    play "$name" ${variant// /} $options &
    [ $((${#names[@]} % $(nproc))) -ne 0 ] || wait
done <<<"$ways"
wait

failures=0
printf '%-36s %-16s  %s\n' scenario 'trace hash' "the same ${#names[@]} ways: ${names[*]}"
for i in "${!scenarios[@]}"; do
    line=$((i + 1))
    first=$(sed -n ${line}p "$work/hashes-${names[0]}")
    differs=
    for name in "${names[@]}"; do
        hash=$(sed -n ${line}p "$work/hashes-$name")
        [ "$hash" = "$first" ] && [[ $hash != none* ]] || differs+=" $name=$hash"
    done
    scenario=${scenarios[i]#scenarios/}
    printf '%-36s %-16s  %s\n' "${scenario%.json}" "$first" "${differs:-yes}"
    [ -z "$differs" ] || failures=$((failures + 1))
done
if [ "$(sort -u "$work/hashes-${names[0]}" | wc -l)" -ne ${#scenarios[@]} ]; then
    echo "check-determinism: different scenarios have one trace hash, so it tells nothing"
    exit 1
fi
if [ $failures -gt 0 ]; then
    echo "check-determinism: $failures of ${#scenarios[@]} scenarios have more than one history"
    exit 1
fi
echo "check-determinism: ${#scenarios[@]} scenarios, one history each, played ${#names[@]} ways"

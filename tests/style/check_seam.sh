#!/bin/sh
# tests/style/check_seam.sh - proves, from its objects, that simulated code reaches the outside
# through the seam alone: platform/ less backends/ and cli/, fakes/ and sim/.
#
# Every symbol that none of these objects defines must be in seam_symbols.txt; no object holds data
# that can change; no instruction reads a clock or chance, or enters the kernel. The objects are
# made with -O1, which drops what a library's header defines and nobody calls. Then the check itself
# is put to the test: on a copy, a file of every folder gets a call of time(); each must be named.
set -eu
cd "$(dirname "$0")/../.."
LC_ALL=C
export LC_ALL
symbols=$PWD/tests/style/seam_symbols.txt
flags='-std=c17 -D_GNU_SOURCE -O1 -I.'
# Instructions of x86-64 and of arm64.
outside='rdtsc|rdrand|rdseed|rdpmc|syscall|sysenter|int +\$0x80|[[:space:]]svc|cntvct|cntpct|rndr'

# judge ROOT: what the objects under this folder do that they must not, a line each.
judge() (
    cd "$1"
    objects=$(sed 's/\.c$/.o/' "$work/sources")
    # shellcheck disable=SC2086 # paths are words
    {
        nm -A $objects
        objdump -t $objects | sed 's/^/table /'
        objdump -d --no-show-raw-insn $objects | grep -E "file format|$outside" | sed 's/^/code /'
    } | awk -v symbols="$symbols" '
        BEGIN {
            while ((getline line <symbols) > 0) {
                split(line, word, " ")
                if (line !~ /^#/ && word[1] != "") {
                    allowed[word[1]] = word[2] == "" ? "any" : word[2]
                }
            }
        }
        $1 == "table" || $1 == "code" { # objdump names the object in a line of its own
            if ($0 ~ /file format/) {
                object = $2
                sub(/:$/, "", object)
            } else if ($1 == "code") {
                print object ": runs the instruction " $3
            } else if ($0 ~ / (\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ &&
                       $0 !~ / \.data\.rel\.ro/ && $0 !~ / d  \./) {
                print object ": holds mutable static data: " $NF
            }
            next
        }
        {
            split($0, half, ":")
            if ($2 == "U" || $2 == "w" || $2 == "v") {
                used[$3] = used[$3] " " half[1]
            } else if ($2 ~ /^[A-Z]$/) { # seen by others; small letters are not
                defined[$3] = 1
            }
        }
        END {
            for (symbol in used) {
                if (symbol in defined || allowed[symbol] == "any") {
                    continue
                }
                count = split(used[symbol], object_of, " ")
                for (i = 1; i <= count; i++) {
                    if (object_of[i] != allowed[symbol]) {
                        print object_of[i] ": uses " symbol
                    }
                }
            }
        }' | sort
)

# One source with something added, compiled in place of its object: spoil SOURCE TEXT
spoil() {
    rm -f "$work/copy/${1%.c}.o"
    printf '#include "%s"\n%s\n' "$1" "$2" |
        gcc $flags -x c -c - -o "$work/copy/${1%.c}.o"
}

# The first source of every folder gets a call of time(): all of them are named, and nothing else.
prove_itself() {
    mkdir "$work/copy"
    cp -a build/seam/platform build/seam/fakes build/seam/sim "$work/copy"
    awk '{ folder = $0; sub(/\/[^\/]*$/, "", folder) } !seen[folder]++' "$work/sources" \
        >"$work/spoiled"
    while read -r source; do
        spoil "$source" 'long time(long *); long seam_proof(void) { return time(0); }'
    done <"$work/spoiled"
    judge "$work/copy" >"$work/found"
    sed 's/\.c$/.o: uses time/' "$work/spoiled" | sort >"$work/expected"
    diff "$work/expected" "$work/found" >&2 || return 1

    spoil sim/run.c 'int seam_proof(void) { static int calls; return ++calls; }'
    judge "$work/copy" | grep -q '^sim/run.o: holds mutable static data: calls' || return 1
    if [ "$(uname -m)" = x86_64 ]; then
        spoil sim/run.c 'unsigned long long seam_proof(void) { return __builtin_ia32_rdtsc(); }'
        judge "$work/copy" | grep -q '^sim/run.o: runs the instruction rdtsc' || return 1
    fi
}

work=$(mktemp -d "${TMPDIR:-/tmp}/seam.XXXXXX")
trap 'rm -rf "$work"' EXIT
find platform fakes sim -name '*.c' -not -path 'platform/backends/*' -not -path 'platform/cli/*' |
    sort >"$work/sources"

# shellcheck disable=SC2046 # paths are words
make -s VARIANT=seam $(sed 's,^\(.*\)\.c$,build/seam/\1.o,' "$work/sources")

judge build/seam >"$work/violations"
if [ -s "$work/violations" ]; then
    cat "$work/violations"
    echo "check-seam: $(wc -l <"$work/violations") places reach past the seam;" \
        "tests/style/seam_symbols.txt says what may be called"
    exit 1
fi
if ! prove_itself; then
    echo "check-seam: the check does not notice what it must notice"
    exit 1
fi
echo "check-seam: $(wc -l <"$work/sources") objects reach the outside through the seam alone;" \
    "a call of time() was noticed in each of $(wc -l <"$work/spoiled") folders"

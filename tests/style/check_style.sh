#!/bin/bash
# tests/style/check_style.sh - the part of the house style that a machine can check, in a second.
#
# One line a violation: file:line: what is wrong. What a rule leaves out stands beside the rule.
set -eu
cd "$(dirname "$0")/../.."
export LC_ALL=C.UTF-8

lines_max=400
function_lines_max=60
columns_max=100
# Files that are tables, or tables of stories, may be longer.
long_tables='platform/model/app_tables.c'

mapfile -t sources < <(find platform fakes sim reports tests -name '*.[ch]' | sort)
mapfile -t scripts < <(find tests .ci -name '*.sh' -o -path '.ci/run' | sort)
mapfile -t texts < <(find Makefile README.md .ci platform fakes sim reports scenarios tests \
    -type f -not -path '*/corpus/*' 2>/dev/null | sort)

# Who may include whom: the folders that a folder's files may name, besides its own.
check_includes() {
    awk '
        function folder(path,    part, count) {
            count = split(path, part, "/")
            return part[1] == "platform" && count > 2 ? part[1] "/" part[2] : part[1]
        }
        function may(from, to) {
            if (from == to || from == "platform/cli" || from == "tests") {
                return to != "tests" || from == "tests"
            }
            if (to == "platform/base" || to == "platform") { # the latter: lists that are walked
                return 1
            }
            if (from == "reports" || from == "platform/base" || from == "platform/env") {
                return 0
            }
            if (to == "platform/env" || (to == "platform/model" && from != "platform/env")) {
                return 1
            }
            if (from == "platform/model" || from == "platform/wire" || from == "fakes" ||
                from == "platform/backends") {
                return 0
            }
            if (from == "sim") {
                return to ~ /^platform/ && to !~ /backends|cli/ || to == "fakes"
            }
            return to == "platform/wire"
        }
        /^#include "/ {
            to = $2
            gsub(/"/, "", to)
            if (to !~ /\//) {
                print FILENAME ":" FNR ": include by the whole path: " to
            } else if (!may(folder(FILENAME), folder(to))) {
                print FILENAME ":" FNR ": " folder(FILENAME) " must not include " to
            }
        }' "${sources[@]}"
}

check_lengths() {
    awk -v lines_max=$lines_max -v function_lines_max=$function_lines_max -v tables="$long_tables" '
        function file_ends() {
            if (lines > lines_max && index(" " tables " ", " " file " ") == 0) {
                print file ":" lines ": more than " lines_max " lines"
            }
        }
        FNR == 1 { file_ends() }
        { file = FILENAME; lines = FNR }
        /^{/ { begun = FNR }
        /^}/ {
            if (begun > 0 && FNR - begun - 1 > function_lines_max) {
                print FILENAME ":" begun ": a function of " FNR - begun - 1 " lines"
            }
            begun = 0
        }
        END { file_ends() }' "${sources[@]}"
    grep -nHE "^.{$((columns_max + 1)),}" "${sources[@]}" "${scripts[@]}" |
        sed -E "s/^([^:]*:[0-9]+):.*/\1: more than $columns_max columns/" || true
}

check_words() {
    local unsafe='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|alloca|gets'
    grep -nHE "(^|[^A-Za-z0-9_])($unsafe)\(" "${sources[@]}" |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: a function that is not used here/' || true
    grep -nHE '(^|[^A-Za-z0-9_])(pthread_create|thrd_create|setlocale)\(' "${sources[@]}" |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: no threads, and no locale/' || true
    grep -nHE '^typedef (const )?(struct|union|enum)\b' "${sources[@]}" | grep -vE '_fn\b' |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: a struct, union or enum goes by its own name/' || true
    grep -nHE '\b(sleep|usleep|nanosleep)\(' $(find tests -name '*.c') |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: sleeping hopes; wait for a condition with a bound/' || true
    grep -nHIE '\b(TO''DO|FIX''ME|XX''X)\b' "${texts[@]}" |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: finish it, or say it elsewhere/' || true
    grep -nHIE '(^|[^A-Za-z0-9_.])/(work|farm|root|home)/' "${texts[@]}" |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: the path of one machine/' || true
    grep -nHP '\t|[ \t]+$' "${sources[@]}" |
        sed -E 's/^([^:]*:[0-9]+):.*/\1: a tab, or blanks at the end of a line/' || true
}

# A file says first what it is; a header is guarded by its path; a test says its goal and method.
check_openings() {
    awk '
        function file_ends() {
            if (file == "") {
                return
            }
            if (!named) {
                print file ":1: the opening comment does not begin with the file by its path"
            }
            if (file ~ /\.h$/ && !guarded) {
                print file ":1: the header guard is not " guard
            }
            if (tests && !(goal && method)) {
                print file ":1: a test opens with Goal and Method"
            }
        }
        FNR == 1 {
            file_ends()
            file = FILENAME
            guard = toupper(file)
            gsub(/[^A-Z0-9]/, "_", guard)
            named = guarded = tests = goal = method = 0
        }
        FNR <= 2 && index($0, file) > 0 { named = 1 }
        $1 == "#ifndef" && $2 == guard { guarded = 1 }
        /^ \*.* ?Goals?: / { goal = 1 }
        /^ \*.* ?Method: / { method = 1 }
        /^[A-Za-z_]*(Test|TEST)\(/ { tests = 1 }
        END { file_ends() }' "${sources[@]}"
}

# A folder says what lives in it; below these the folder above speaks for them.
check_folders() {
    find platform fakes sim reports scenarios tests platform/backends -maxdepth 1 -type d |
        grep -vE '^scenarios/' | sort -u | while read -r folder; do
        [ -z "$(find "$folder" -type f -print -quit)" ] || [ -e "$folder/README.md" ] ||
            echo "$folder: has no README.md"
    done
}

# Lists are sorted, but for the one whose order means something.
check_lists() {
    find platform fakes sim -name '*.def' -not -name 'controllers.def' | while read -r list; do
        grep -E '^[A-Z_]+\(' "$list" | sort -c 2>/dev/null || echo "$list:1: not sorted"
    done
}

violations=$(
    check_includes
    check_lengths
    check_words
    check_openings
    check_folders
    check_lists
)
if [ -n "$violations" ]; then
    echo "$violations"
    echo "check-style: $(echo "$violations" | wc -l) violations"
    exit 1
fi
echo "check-style: ${#sources[@]} sources and ${#scripts[@]} scripts keep to it"

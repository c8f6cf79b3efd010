#!/bin/bash
# tests/cli/help.sh PROGRAM
#
# Goal:   what --help says can be read on a terminal of 80 columns, and the manual page has every
#         command and option of it, at its own place.
# Method: the help of each command that the first one lists, line by line and option by option.
set -u
program=$(realpath "$1")
page=$(realpath "$(dirname "$0")/../../platform/cli/rehearse.1")
failures=0

verdict() { # FOUND NAME: good when nothing was found
    if [ -z "$1" ]; then
        echo "ok - $2"
    else
        failures=$((failures + 1))
        echo "not ok - $2"
        echo "    found: $1" | head -c 600
    fi
}

mapfile -t commands < <("$program" --help | sed -n 's/^  \([a-z-]*\)  *[a-z].*/\1/p' |
    grep -vx -e rehearse -e version)
[ "${#commands[@]}" -ge 10 ] || verdict "${commands[*]}" 'ten commands or more'
commands+=('' 'import openb' 'plan staffing')
for command in "${commands[@]}"; do
    # shellcheck disable=SC2086
    help=$("$program" $command --help)
    name="help of ${command:-rehearse}"
    [ -n "$help" ] || verdict nothing "$name says something"
    verdict "$(awk 'length($0) > 80' <<<"$help")" "$name fits a terminal"
    [[ $command =~ ^(|import|plan)$ ]] && continue # theirs is a list of what is below them
    section=$(awk -v name=".SS $command" '/^\.S[SH]/ { in_it = $0 == name } in_it' "$page")
    missing=
    for option in $(sed -n 's/^  *\(--[a-z-]*\).*/\1/p' <<<"$help"); do
        grep -qF -- "${option//-/\\-}" <<<"$section" || missing+=" $option"
    done
    verdict "$missing" "$name has no option that the manual page lacks"
done
[ $failures -eq 0 ]

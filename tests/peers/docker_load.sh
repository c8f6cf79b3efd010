#!/bin/bash
# tests/peers/docker_load.sh PROGRAM
#
# Goal:   on a real Docker Engine and HAProxy, changes under load cost no request, one app reaches
#         another through the mesh, and after a calibration the fake foretells what containers do:
#         shares of the servers within 2 points, the mean latency within 10 %.
# Method: scenarios of scenarios/docker/, each also on the fake. For the comparison the machine is
#         measured before and after each real run, since others use it too: what both calibrations
#         foretell is a span, and the real run is held against that. Two runs must be as foretold,
#         of five at most. Open arrivals, Poisson, 25 a second to three instances of some 25 ms.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/peers/docker_bed.sh "$1" "real traffic on real Docker"

play() { # SCENARIO BACKEND LOG
    "$program" run "$1" --backend "$2" --out "$work/out" --no-color >"$3" 2>&1 </dev/null
}

for story in changes-under-load east-west; do
    for backend in fake docker; do
        play "scenarios/docker/$story.json" "$backend" "$work/log" && good=yes || good=no
        verdict $good "$story passes on $backend" "$work/log"
    done
done

play scenarios/traffic/bursts.json docker "$work/log"
[ $? -eq 2 ] && grep -q '/traffic/1: a real backend does not do arrivals in bursts' "$work/log" &&
    good=yes || good=no
verdict $good 'what real clients cannot do is said before anything starts' "$work/log"

"$program" calibrate >"$work/log" 2>&1
usage=$?
"$program" calibrate rehearsal/web:1 --requests 0 >>"$work/log" 2>&1
value=$?
REHEARSAL_DOCKER_SOCKET=$work/no-engine "$program" calibrate rehearsal/web:1 >"$work/none" 2>&1
[ $? -eq 3 ] && [ $usage -eq 2 ] && [ $value -eq 2 ] && [ "$(wc -l <"$work/none")" -eq 1 ] &&
    good=yes || good=no
verdict $good 'calibrate says what is wrong: exit 2, and 3 without an engine' "$work/none"

# --- the fake after a calibration ---

# A scenario that lies over the one it extends, and the fake's run of it.
calibrate() { # NUMBER
    "$program" calibrate rehearsal/cgi:1 --path /cgi-bin/work --requests 300 --seconds 20 \
        >"$work/found" 2>"$work/calibrate.log" || return 1
    sed "1s|{|{ \"extends\": \"$PWD/scenarios/docker/calibrated.json\",|" "$work/found" \
        >"$work/calibrated-$1.json"
    play "$work/calibrated-$1.json" fake "$work/fake.log"
}

ask() { # NUMBER BACKEND-SUFFIX SQL
    sqlite3 "$work/out/calibrated-$1/1$2/run.db" "$3"
}

mean_is_foretold() { # ROUND
    local mean='select mean_ns from services'
    echo "round $1: $(ask "$1" -docker "$mean") ns, foretold $(ask "$1" '' "$mean")" \
        "before and $(ask $(($1 + 1)) '' "$mean") after" | tee -a "$work/means" |
        awk '{ low = $6 < $9 ? $6 : $9; high = $6 < $9 ? $9 : $6
               exit !($3 >= low * 0.9 && $3 <= high * 1.1) }'
}

shares_are_foretold() { # ROUND
    local shares='select share_ppm from servers order by task'
    paste <(ask "$1" -docker "$shares") <(ask "$1" '' "$shares") | tee -a "$work/shares" |
        awk 'NF != 2 { bad = 1 }
             { d = $1 > $2 ? $1 - $2 : $2 - $1; if (d > 20000) bad = 1 }
             END { exit !(NR == 3 && !bad) }'
}

means=0 shares=0 round=1
calibrate 1 && good=yes || good=no
while [ $good = yes ] && [ $round -le 5 ] && { [ $means -lt 2 ] || [ $shares -lt 2 ]; }; do
    play "$work/calibrated-$round.json" docker "$work/real.log" && calibrate $((round + 1)) ||
        good=no
    [ $good = no ] || ! mean_is_foretold $round || means=$((means + 1))
    [ $good = no ] || ! shares_are_foretold $round || shares=$((shares + 1))
    round=$((round + 1))
done
cat "$work"/*.log >"$work/all"
verdict $good 'a machine is measured, and the scenario passes on both' "$work/all"
if [ $good = yes ]; then
    cat "$work/means"
    [ $means -ge 2 ] || good=no
    verdict $good 'the mean latency is foretold within 10 %' "$work/means"
    [ $shares -ge 2 ] && good=yes || good=no
    verdict $good 'the shares of the servers are foretold within 2 points' "$work/shares"
fi
[ $failures -eq 0 ]

#!/bin/bash
# tests/peers/docker_load.sh PROGRAM
#
# Goal:   on a real Docker Engine and HAProxy, changes under load cost no request, one app reaches
#         another through the mesh, and after a calibration the fake foretells what containers do:
#         shares of the servers within 2 points, the mean latency within 10 %.
# Method: scenarios of scenarios/docker/, each also on the fake. For the comparison the machine is
#         measured and the scenario played three times in turns, since others may use the machine:
#         the median of the real means stands against the median of what each calibration foretold,
#         and of each real run the largest distance of a share from the fake's. Open arrivals,
#         Poisson, 25 a second to three instances of some 25 ms each.
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

# A scenario that lies over the one it extends.
calibrate() { # NUMBER
    "$program" calibrate rehearsal/cgi:1 --path /cgi-bin/work --requests 300 --seconds 20 \
        >"$work/found" 2>"$work/calibrate.log" || return 1
    sed "1s|{|{ \"extends\": \"$PWD/scenarios/docker/calibrated.json\",|" "$work/found" \
        >"$work/calibrated-$1.json"
}

ask() { # NUMBER BACKEND-SUFFIX SQL
    sqlite3 "$work/out/calibrated-$1/1$2/run.db" "$3"
}

median() { sort -n | sed -n 2p; }

good=yes
for round in 1 2 3; do
    calibrate $round && play "$work/calibrated-$round.json" docker "$work/real.log" &&
        play "$work/calibrated-$round.json" fake "$work/fake.log" || good=no
done
cat "$work"/*.log >"$work/all"
verdict $good 'a machine is measured, and the scenario passes on both' "$work/all"

if [ $good = yes ]; then
    mean='select mean_ns from services'
    real=$(for round in 1 2 3; do ask $round -docker "$mean"; done | median)
    fake=$(for round in 1 2 3; do ask $round '' "$mean"; done | median)
    {
        echo "mean latency: real $real ns, foretold $fake ns"
        for round in 1 2 3; do
            echo "round $round: $(ask $round -docker "$mean"), $(ask $round '' "$mean") ns"
        done
    } | tee "$work/means"
    awk -v real="$real" -v fake="$fake" \
        'BEGIN { d = real > fake ? real - fake : fake - real; exit !(d <= real / 10) }' &&
        good=yes || good=no
    verdict $good 'the mean latency is foretold within 10 %' "$work/means"

    shares='select share_ppm from servers order by task'
    for round in 1 2 3; do
        paste <(ask $round -docker "$shares") <(ask $round '' "$shares")
    done >"$work/shares"
    awk 'NF != 2 { bad = 1 }
         { d = $1 > $2 ? $1 - $2 : $2 - $1; if (d > 20000) bad = 1 }
         END { exit !(NR == 9 && !bad) }' "$work/shares" && good=yes || good=no
    verdict $good 'the shares of the servers are foretold within 2 points' "$work/shares"
fi
[ $failures -eq 0 ]

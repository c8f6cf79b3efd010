#!/bin/sh
# tests/demo.sh - four stories in simulated time: verdicts, and where their reports are.
set -eu
cd "$(dirname "$0")/.."

echo "Building..."
make -s build

stories='smoke/hello failure/node-dies scale/traffic-spike deploy/rolling-upgrade'
for story in $stories; do
    echo
    build/rehearse run "scenarios/$story.json" --report full
done

echo
echo "What happened, with charts; open in a browser:"
for story in $stories; do
    for report in "$PWD/out/$story"/*/report.html; do
        echo "  $report"
    done
done

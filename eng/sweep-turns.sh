#!/usr/bin/env bash
# What a second worker is worth once a sweep is under way: eng/sweep-turns.sh [SECONDS]
# Starts the same sweep three times, with one worker, with two, and as two processes of one worker each, which share
# nothing but the machine. Only one of the three goes on at any time, the others are stopped: they take turns of half a
# second, so that whatever the machine does hits all alike. Once each has finished 500 points it has SECONDS (30).
# Prints CPU time for a point, points per second, and how many times as many those are as one worker's. Unlike
# eng/sweep-speed.sh it leaves out the start of the program. Close what else runs. Needs two CPUs.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
seconds=${1:-30}
"$root/flms" version > /dev/null
flms=(dotnet "$root/src/Flms.Cli/bin/Release/net10.0/flms.dll")
folder=$(mktemp -d)
one='' two='' left='' right=''
pids=()
trap 'kill -9 "${pids[@]}" 2> /dev/null || true; rm -rf "$folder"' EXIT
# More points than can be finished in the time, and all of one kind: each process is at another one.
cat > "$folder/sweep.yaml" << END
scenario: $root/scenarios/noisy-neighbour.yaml
schedulers: [flms]
replications: 20000
END

# Usage: start NAME WORKERS: of a process, which is stopped at once; its number is left in the variable NAME.
start() {
  "${flms[@]}" sweep run "$folder/sweep.yaml" --out "$folder/$1.db" --threads "$2" > /dev/null 2>&1 &
  printf -v "$1" %d $!
  pids+=($!)
  kill -STOP $!
}

# Usage: turns N: each has N turns of half a second.
turns() {
  local i who
  for ((i = 0; i < $1; i++)); do
    for who in "$one" "$two" "$left $right"; do
      # shellcheck disable=SC2086 # two numbers are two words
      kill -CONT $who
      sleep 0.5
      # shellcheck disable=SC2086
      kill -STOP $who
    done
  done
}

# Usage: count NAME: points that are finished, and CPU seconds used.
count() {
  local finished
  finished=$("${flms[@]}" sweep status "$folder/$1.db" --json | node -p 'JSON.parse(require("fs").readFileSync(0)).done')
  echo "$finished" "$(awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/${!1}/stat")"
}

counts() {
  for name in one two left right; do count "$name"; done | tr '\n' ' '
}

start one 1
start two 2
start left 1
start right 1
until turns 4; before=$(counts 2> /dev/null) && awk '{ exit !($1 > 500 && $3 > 500 && $5 > 500 && $7 > 500) }' \
  <<< "$before"; do :; done
turns $((2 * seconds))
echo "$before $(counts)" | awk -v s="$seconds" '{
  for (i = 1; i <= 4; i++) { points[i] = $(8 + 2 * i - 1) - $(2 * i - 1); cpu[i] = $(8 + 2 * i) - $(2 * i) }
  printf "%-34s %12s %10s %8s\n", "", "CPU ms/point", "points/s", "times"
  line("one worker", points[1], cpu[1])
  line("two workers", points[2], cpu[2])
  line("two processes of one worker each", points[3] + points[4], cpu[3] + cpu[4]) }
  function line(what, n, c) { printf "%-34s %12.2f %10.1f %8.2f\n", what, 1000 * c / n, n / s, n / points[1] }'

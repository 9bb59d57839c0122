#!/usr/bin/env bash
# What twice the workers are worth, and what a large sweep costs: eng/sweep-speed.sh [POINTS [TURNS]]
# Runs POINTS points (default 4000) of the noisy neighbour, half Credit, half FLMS, TURNS times (default 5; four minutes
# in all) in each of three ways, in turns, so that a machine that grows slower meanwhile does so for all:
#   one    one worker
#   two    two workers: what flms makes of twice the cores
#   pair   two processes of one worker each, at once, with half of the points each: they share nothing but the machine,
#          so what they do is what the machine allows at that time
# Each turn prints points per second and CPU time per point of the three, and how many times as many points per second
# two workers and the pair did as one; then the medians, the peak memory and the size of the file. All of it includes
# the start of the program, of which neither two workers nor a pair can make two halves: the fewer points, the more that
# counts. Close what else runs: the last lines tell how much of two CPUs there was. Needs GNU time (apt-get install
# time) and two CPUs.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
points=${1:-4000}
turns=${2:-5}
command -v /usr/bin/time > /dev/null || { echo "sweep-speed.sh: needs GNU time (apt-get install time)" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$root/flms" version > /dev/null
# Usage: plan NAME POINTS: writes a sweep file.
plan() {
  cat > "$folder/$1.yaml" << END
scenario: $root/scenarios/noisy-neighbour.yaml
schedulers: [credit, flms]
replications: $(($2 / 2))
END
}
plan whole "$points"
plan half $((points / 2))

# Usage: run NAME PLAN WORKERS: runs the points; wall seconds, CPU seconds and peak memory in KiB are left in a file.
run() {
  rm -f "$folder/$1.db"
  /usr/bin/time -f '%e %U %S %M' -o "$folder/$1" \
    dotnet "$root/src/Flms.Cli/bin/Release/net10.0/flms.dll" sweep run "$folder/$2.yaml" --out "$folder/$1.db" \
    --threads "$3" > /dev/null 2>&1
}

# Usage: figures NAME...: of runs at once: the longest wall time, CPU seconds, the most memory.
figures() {
  (cd "$folder" && awk '{ if ($1 > wall) wall = $1; cpu += $2 + $3; if ($4 > most) most = $4 }
    END { print wall, cpu, most }' "$@")
}

echo "        one worker          two workers          pair                times as many as one"
echo "turn    points/s CPU ms     points/s CPU ms      points/s CPU ms     two workers   pair"
for i in $(seq "$turns"); do
  run one whole 1
  run two whole 2
  run left half 1 &
  left=$!
  run right half 1
  wait $left
  echo "$(figures one) $(figures two) $(figures left right)" | awk -v n="$points" -v i="$i" -v f="$folder/ratios" '{
    printf "%4d  %10.1f %6.2f %12.1f %6.2f %13.1f %6.2f %15.3f %6.3f\n", i, n / $1, 1000 * $2 / n,
      n / $4, 1000 * $5 / n, n / $7, 1000 * $8 / n, $1 / $4, $1 / $7
    print $1 / $4, $1 / $7, ($6 > $3 ? $6 : $3), $2 / $1, $5 / (2 * $4) >> f }'
done

# Usage: median COLUMN: of the turns; with the least and the greatest.
median() {
  sort -n -k "$1,$1" "$folder/ratios" | awk -v c="$1" '{ r[NR] = $c } END {
    printf "%.3f (from %.3f to %.3f)", NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2, r[1], r[NR] }'
}

echo "two workers do so many times as many points per second as one: median $(median 1)"
echo "two processes at once, which share nothing:                    median $(median 2)"
awk '{ if ($3 > m) m = $3; one += $4; two += $5 } END {
  printf "one worker had a CPU for %.0f %% of the time, two workers two CPUs for %.0f %%\n",
    100 * one / NR, 100 * two / NR
  printf "peak memory: %.0f MiB\n", m / 1024 }' "$folder/ratios"
echo "file: $(stat -c %s "$folder/two.db") bytes for $points points"

#!/usr/bin/env bash
# What twice the workers are worth, and what a large sweep costs: eng/sweep-speed.sh [POINTS [TURNS]]
# Runs POINTS points (default 4000) of scenarios/sweeps/large.yaml with 1 and with 2 workers in turns, TURNS times each
# (default 3; about three minutes in all), so that a machine that grows slower meanwhile does so for both. Fewer points
# show the start of the program, which two workers cannot share: with 1,000 it is a tenth of the time.
# Prints points per second and CPU time per
# point of every turn; the ratio of each pair and its median; then the peak memory and the size of the file. Close what
# else runs: the last line tells how much of two CPUs there was. Needs GNU time (apt-get install time) and two CPUs.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
points=${1:-4000}
turns=${2:-3}
command -v /usr/bin/time > /dev/null || { echo "sweep-speed.sh: needs GNU time (apt-get install time)" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$root/flms" version > /dev/null
cat > "$folder/sweep.yaml" << END
scenario: $root/scenarios/noisy-neighbour.yaml
schedulers: [credit, flms]
replications: $((points / 2))
END

# Usage: turn WORKERS: wall seconds, CPU seconds, peak memory in KiB.
turn() {
  rm -f "$folder/out.db"
  /usr/bin/time -f '%e %U %S %M' -o "$folder/time" \
    dotnet "$root/src/Flms.Cli/bin/Release/net10.0/flms.dll" sweep run "$folder/sweep.yaml" --out "$folder/out.db" \
    --threads "$1" > /dev/null 2>&1
  tail -n 1 "$folder/time" | awk '{ print $1, $2 + $3, $4 }'
}

echo "turn  1 worker: points/s, CPU ms/point   2 workers: points/s, CPU ms/point   ratio"
for i in $(seq "$turns"); do
  one=$(turn 1)
  two=$(turn 2)
  echo "$one $two" | awk -v n="$points" -v i="$i" -v f="$folder/ratios" '{
    printf "%4d  %10.1f %16.2f %18.1f %16.2f %16.3f\n", i, n / $1, 1000 * $2 / n, n / $4, 1000 * $5 / n, $1 / $4
    print $1 / $4, ($6 > $3 ? $6 : $3), ($2 + $5) / ($1 + 2 * $4) >> f }'
done
sort -n "$folder/ratios" | awk '{ r[NR] = $1; if ($2 > m) m = $2; busy += $3 } END {
  median = NR % 2 ? r[(NR + 1) / 2] : (r[NR / 2] + r[NR / 2 + 1]) / 2
  printf "ratio: median %.3f, from %.3f to %.3f\n", median, r[1], r[NR]
  printf "peak memory: %.0f MiB\n", m / 1024
  printf "workers had a CPU for %.0f %% of the time\n", 100 * busy / NR }'
echo "file: $(stat -c %s "$folder/out.db") bytes for $points points"

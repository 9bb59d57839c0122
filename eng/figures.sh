#!/usr/bin/env bash
# Every figure of docs/speed.md and docs/sweep.md, on a machine where nothing else runs: eng/figures.sh [FOLDER]
# Writes one text file for each into FOLDER (default .build/figures) and docs/img/growth.svg; about 22 minutes on 2
# cores:
#   sweep-speed.txt   what twice the workers are worth; 3 minutes
#   sweep-10000.txt   10,000 points: wall time, peak memory, size of the file; killed, gone on with, compared; 4 minutes
#   bench.txt         flms bench --quick; 2 minutes
#   growth.txt        flms bench --growth; 5 minutes
#   peers.txt         flms bench --peers; 8 minutes, and what eng/peers.sh takes to build them the first time
# Needs GNU time (apt-get install time), and root or sudo the first time, for the packages of eng/peers.sh.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
to=${1:-$root/.build/figures}
command -v /usr/bin/time > /dev/null || { echo "figures.sh: needs GNU time (apt-get install time)" >&2; exit 1; }
mkdir -p "$to"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$root/flms" version > /dev/null
flms=(dotnet "$root/src/Flms.Cli/bin/Release/net10.0/flms.dll")

# Usage: figure NAME COMMAND...: runs it and keeps what it prints, beside when and on what it ran.
figure() {
  local name=$1
  shift
  echo "$name…" >&2
  {
    echo "# $(date -u +%Y-%m-%d) $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1), $(nproc) CPUs"
    "$@"
  } > "$to/$name.txt" 2>&1 || { cat "$to/$name.txt" >&2; exit 1; }
}

large_sweep() {
  local sweep=$root/scenarios/sweeps/large.yaml
  /usr/bin/time -f 'whole: %e s, %M KiB at most' "${flms[@]}" sweep run "$sweep" --out "$folder/whole.db"
  echo "file: $(stat -c %s "$folder/whole.db") bytes"
  # Killed after a while, gone on with, and compared.
  "${flms[@]}" sweep run "$sweep" --out "$folder/killed.db" &
  local run=$!
  sleep 20
  kill -9 $run
  wait $run || true
  "${flms[@]}" sweep run "$sweep" --out "$folder/killed.db"
  for db in whole killed; do "${flms[@]}" sweep merge "$folder/$db.db" --csv "$folder/$db.csv"; done
  cmp "$folder/whole.csv" "$folder/killed.csv"
  echo "killed and gone on with: the same bytes"
}

figure sweep-speed "$root/eng/sweep-speed.sh"
figure sweep-10000 large_sweep
figure bench "${flms[@]}" bench --quick
figure growth "${flms[@]}" bench --growth --svg "$root/docs/img/growth.svg"
"$root/eng/peers.sh" > "$to/peers-build.log" 2>&1 || { cat "$to/peers-build.log" >&2; exit 1; }
figure peers "${flms[@]}" bench --peers
echo "done: $to/*.txt" >&2

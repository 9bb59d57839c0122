#!/usr/bin/env bash
# Every figure of docs/speed.md and docs/sweep.md, on a machine where nothing else runs: eng/figures.sh [FOLDER]
# Writes one text file for each into FOLDER (default .build/figures) and docs/img/growth.svg; about 23 minutes on 2
# cores:
#   sweep-speed.txt   what twice the workers are worth, and what the machine allows; 4 minutes
#   sweep-turns.txt   the same past the start, in turns of half a second; 2 minutes
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

# (Called where errexit does not hold: each step says what becomes of its failure.)
large_sweep() {
  local sweep=$root/scenarios/sweeps/large.yaml run began=$SECONDS db
  /usr/bin/time -f 'whole: %e s, %M KiB at most' "${flms[@]}" sweep run "$sweep" --out "$folder/whole.db" || return
  local half=$(((SECONDS - began) / 2))
  echo "file: $(stat -c %s "$folder/whole.db") bytes"
  # Killed after half of that time, gone on with, and compared.
  "${flms[@]}" sweep run "$sweep" --out "$folder/killed.db" &
  run=$!
  sleep "$half"
  kill -9 $run || { echo "it ended before it could be killed" && return 1; }
  wait $run
  "${flms[@]}" sweep status "$folder/killed.db"   # exit code 3: points are missing
  "${flms[@]}" sweep run "$sweep" --out "$folder/killed.db" || return
  for db in whole killed; do "${flms[@]}" sweep merge "$folder/$db.db" --csv "$folder/$db.csv" || return; done
  cmp "$folder/whole.csv" "$folder/killed.csv" || return
  echo "killed after $half s and gone on with: the same bytes"
}

figure sweep-speed "$root/eng/sweep-speed.sh"
figure sweep-turns "$root/eng/sweep-turns.sh"
figure sweep-10000 large_sweep
figure bench "${flms[@]}" bench --quick
figure growth "${flms[@]}" bench --growth --svg "$root/docs/img/growth.svg"
"$root/eng/peers.sh" > "$to/peers-build.log" 2>&1 || { cat "$to/peers-build.log" >&2; exit 1; }
figure peers "${flms[@]}" bench --peers
echo "done: $to/*.txt" >&2

#!/usr/bin/env bash
# Builds the simulators that `./flms bench --peers` compares with (bench/peers/README.md) into .build/peers/, and first
# installs the Debian packages that they are built from (eng/peers-packages.txt). No test and no CI needs them.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
sources=$root/bench/peers
peers=$root/.build/peers

missing=() sudo=()
while read -r package; do
  dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package")
done < <(grep -v '^#' "$root/eng/peers-packages.txt")
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
  echo "Installing ${missing[*]}…" >&2
  "${sudo[@]}" apt-get -qq update
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install -y --no-install-recommends "${missing[@]}" > /dev/null
fi

mkdir -p "$peers"
: > "$peers/versions"

# Usage: built NAME PACKAGE: notes the version, without Debian's own suffix.
built() {
  local version
  version=$(dpkg-query -W -f '${Version}' "$2")
  echo "$1 ${version%%[+-]*}" >> "$peers/versions"
}

# Usage: launcher NAME COMMAND...: a program that executes the command with its own arguments behind.
launcher() {
  local name=$1
  shift
  printf '#!/bin/sh\nexec %s "$@"\n' "$*" > "$peers/$name"
  chmod +x "$peers/$name"
}

echo "Building ns-3's…" >&2
g++ -O3 -std=c++17 "$sources/ns3/main.cc" -o "$peers/ns3" -lns3-core
launcher ns3-priority-queue env FLMS_NS3_QUEUE=ns3::PriorityQueueScheduler "'$peers/ns3'"
built ns3 libns3-dev
echo "Building SimGrid's…" >&2
g++ -O3 -std=c++17 "$sources/simgrid/main.cc" -o "$peers/simgrid" -lsimgrid
built simgrid libsimgrid-dev
launcher simpy /usr/bin/python3 "'$sources/simpy/main.py'"
built simpy python3-simpy3
echo "Built: ./flms bench --peers" >&2

# shellcheck shell=bash
# Building on demand, shared by ./flms, eng/test.sh and .ci/run: source it with $root set to the repository's root.
#
# Theory of operation. A fingerprint lists every source file with its size and modification time. The fingerprint of
# the last good build is kept in .build/; while it equals the present one there is nothing to do, and finding that out
# takes a few milliseconds, where asking MSBuild takes a second. Comparing whole lists, rather than "is anything newer
# than the stamp", also notices a deleted file and one put back from a backup. Builds take turns by a lock.
: "${root:?the repository root}"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# A build must leave no process behind that still holds our output: whoever reads it through a pipe would wait for it.
export MSBUILDDISABLENODEREUSE=1
state=$root/.build

# What ./flms executes is made from these. (Rooms that are not there yet, or no longer, are no error.)
flms_sources() {
  (cd "$root" && { find src bench eng web Directory.* global.json \
    \( -name bin -o -name obj -o -name node_modules -o -name dist -o -path web/test -o -name '.*' -o -name '*.sh' \) -prune -o \
    -type f -printf '%p %s %T@\n' 2> /dev/null || true; } | LC_ALL=C sort)
}

# The report's page is made from these.
flms_web_sources() { flms_sources | grep '^web/' || true; }

flms_die() {
  printf '%s\n' "flms: $1" >&2
  exit 6
}

# Usage: flms_quietly WHAT COMMAND...: runs the command, and shows what it wrote only if it fails.
flms_quietly() {
  local what=$1
  shift
  # The lock must not outlive this script in a server that a build leaves behind: close it for children.
  if ! "$@" > "$state/build.log" 2>&1 9>&- < /dev/null; then
    cat "$state/build.log" >&2
    flms_die "could not build $what; the log is above"
  fi
}

flms_need_dotnet() {
  command -v dotnet > /dev/null || flms_die "needs the .NET SDK, version 10: install it from https://dot.net"
}

flms_lock() {
  mkdir -p "$state"
  exec 9> "$state/lock"
  if command -v flock > /dev/null; then flock 9; fi
}

flms_unlock() { exec 9>&-; }

# Builds the report's page into web/dist if its sources have changed. The lock must be held.
flms_build_web() {
  [ -f "$root/web/package-lock.json" ] || return 0
  local now
  now=$(flms_web_sources)
  if [ -f "$root/web/dist/report.html" ] && [ "$now" = "$(cat "$state/web" 2> /dev/null)" ]; then return 0; fi
  local node
  node=$(node --version 2> /dev/null) || node=v0
  node=${node#v}
  if [ "${node%%.*}" -lt 20 ] || ! command -v npm > /dev/null; then
    flms_die "needs Node.js, version 20 or later, with npm: install it from https://nodejs.org"
  fi
  flms_quietly "the report's page (web/)" npm --prefix "$root/web" ci --no-audit --no-fund
  flms_quietly "the report's page (web/)" npm --prefix "$root/web" run build
  printf '%s\n' "$now" > "$state/web.new"
  mv "$state/web.new" "$state/web"
}

# Builds what ./flms executes, if anything has changed since the last good build.
flms_build() {
  local now
  now=$(flms_sources)
  if [ "$now" = "$(cat "$state/sources" 2> /dev/null)" ]; then return 0; fi
  flms_need_dotnet
  flms_lock
  # Another run may have built it while this one waited.
  if [ "$now" != "$(cat "$state/sources" 2> /dev/null)" ]; then
    if [ -f "$state/sources" ]; then echo "Building flms…" >&2
    else echo "Building flms (first run, about a minute)…" >&2
    fi
    flms_build_web
    flms_quietly flms dotnet build "$root/src/Flms.Cli" -c Release -nologo -v quiet
    printf '%s\n' "$now" > "$state/sources.new"
    mv "$state/sources.new" "$state/sources"
  fi
  flms_unlock
}

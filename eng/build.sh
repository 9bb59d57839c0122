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

# Usage: flms_list PATH...: its files with size and time, without what builds, and npm, put there. (Rooms that are not
# there yet, or no longer, are no error.)
flms_list() {
  (cd "$root" && { find "$@" \
    \( -name bin -o -name obj -o -name node_modules -o -name dist -o -path web/test -o -name '*.sh' -o \
    -name '.*' ! -name .editorconfig \) -prune -o -type f -printf '%p %s %T@\n' 2> /dev/null || true; } | LC_ALL=C sort)
}

# What ./flms executes is made from these. The paper's scenarios are copied next to it.
flms_sources() {
  flms_list src bench eng web scenarios/paper .editorconfig global.json Directory.{Build.props,Build.targets,Packages.props}
}

# The tests are made from these, and from the above.
flms_test_sources() { flms_list tests Flms.slnx; }

# The tests' assemblies, those that take longest first: those that come last should leave no core without work.
flms_test_assemblies() {
  local name names
  names=$(sed -n 's|.*Path="tests/\([^/"]*\)/[^"]*".*|\1|p' "$root/Flms.slnx")
  for name in $(printf 'Flms.%s.Tests\n' Agent Schedulers Paper Cli Lab House Sim Testing | grep -xF "$names") $names; do
    echo "tests/$name/bin/Release/net10.0/$name.dll"
  done | awk '!told[$0]++'
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
  if [ -f "$root/web/dist/report.html" ] && flms_is_built web "$now"; then return 0; fi
  local node
  node=$(node --version 2> /dev/null) || node=v0
  node=${node#v}
  if [ "${node%%.*}" -lt 20 ] || ! command -v npm > /dev/null; then
    flms_die "needs Node.js, version 20 or later, with npm: install it from https://nodejs.org"
  fi
  flms_quietly "the report's page (web/)" npm --prefix "$root/web" ci --no-audit --no-fund
  flms_quietly "the report's page (web/)" npm --prefix "$root/web" run build
  flms_has_built web "$now"
}

# Usage: flms_is_built NAME FINGERPRINT: whether NAME's last good build was from these sources.
flms_is_built() { [ "$2" = "$(cat "$state/$1" 2> /dev/null)" ]; }

# Usage: flms_has_built NAME FINGERPRINT: notes it.
flms_has_built() {
  printf '%s\n' "$2" > "$state/$1.new"
  mv "$state/$1.new" "$state/$1"
}

# Builds what ./flms executes, if anything has changed since the last good build.
flms_build() {
  local now
  now=$(flms_sources)
  if flms_is_built sources "$now"; then return 0; fi
  flms_need_dotnet
  flms_lock
  # Another run may have built it while this one waited.
  if ! flms_is_built sources "$now"; then
    if [ -f "$state/sources" ]; then echo "Building flms…" >&2
    else echo "Building flms (first run, about a minute)…" >&2
    fi
    flms_build_web
    flms_quietly flms dotnet build "$root/src/Flms.Cli" -c Release -nologo -v quiet
    flms_has_built sources "$now"
  fi
  flms_unlock
}

# Builds everything, the tests too, if anything has changed since the last good build, or an assembly is gone.
flms_build_all() {
  local product tests
  product=$(flms_sources) tests=$(flms_test_sources)
  if flms_all_is_built "$product" "$tests"; then return 0; fi
  flms_need_dotnet
  flms_lock
  if ! flms_all_is_built "$product" "$tests"; then
    echo "Building flms and its tests…" >&2
    flms_build_web
    # Until it is good there is no knowing what lies there.
    rm -f "$state/tests"
    flms_quietly "flms and its tests" dotnet build "$root/Flms.slnx" -c Release -nologo -v quiet
    flms_has_built sources "$product"
    flms_has_built tests "$product$tests"
  fi
  flms_unlock
}

# Usage: flms_all_is_built PRODUCT TESTS (their fingerprints)
flms_all_is_built() {
  local assembly
  if ! flms_is_built sources "$1" || ! flms_is_built tests "$1$2"; then return 1; fi
  for assembly in $(flms_test_assemblies); do
    if [ ! -f "$root/$assembly" ]; then return 1; fi
  done
}

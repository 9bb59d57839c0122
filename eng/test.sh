#!/usr/bin/env bash
# Runs every test that this machine can run: ./flms test [--fast] [--all] [arguments of dotnet test]
#   --fast   leaves out the slow tests (Trait Speed=Slow)
#   --all    first installs the Debian packages that tests need (eng/test-packages.txt); then a skipped test is a failure
# Other arguments go to `dotnet test` as they are, e.g. --filter Credit; the page's tests (web/) are then left out.
# The last line is "N passed, N failed, N skipped", summed over everything. Exit code: 0 if nothing failed, 1 if
# something did, 6 if it could not be built.
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
# shellcheck source=eng/build.sh
source "$root/eng/build.sh"

all=false
fast=false
filter=
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --all) all=true ;;
    --fast) fast=true ;;
    --filter)
      [ $# -gt 1 ] || { echo "flms test: --filter needs an expression, as in --filter Credit" >&2; exit 2; }
      filter=$2
      shift
      ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
whole=true
if [ -n "$filter" ] || [ ${#arguments[@]} -gt 0 ]; then whole=false; fi
if $fast; then filter=${filter:+($filter)&}Speed!=Slow; fi
if [ -n "$filter" ]; then arguments=(--filter "$filter" "${arguments[@]}"); fi

install_packages() {
  local missing=() package sudo=()
  while read -r package; do
    dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package")
  done < <(grep -v '^#' "$root/eng/test-packages.txt")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
  echo "Installing ${missing[*]}…" >&2
  {
    "${sudo[@]}" apt-get update
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
  } > "$state/install.log" 2>&1 < /dev/null || {
    cat "$state/install.log" >&2
    flms_die "could not install ${missing[*]}; the log is above"
  }
}

# Reads TRX files; prints one line a test that did not pass: outcome, name and reason, parted by tabs; then the counts.
read_results() {
  awk '
    function attribute(line, name) {
      if (!match(line, " " name "=\"[^\"]*\"")) return ""
      return plain(substr(line, RSTART + length(name) + 3, RLENGTH - length(name) - 4))
    }
    function plain(text) {
      gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&#xD;|&#xA;/, " ", text)
      gsub(/&amp;/, "\\&", text); gsub(/\t/, " ", text)
      return text
    }
    /<UnitTestResult / {
      outcome = attribute($0, "outcome"); name = attribute($0, "testName"); reason = ""; count[outcome]++
      if (outcome != "Passed" && /\/>/) print outcome "\t" name "\t"
    }
    /<Message>/ && reason == "" { reason = $0; gsub(/^.*<Message>|<\/Message>.*$/, "", reason); reason = plain(reason) }
    /<\/UnitTestResult>/ && outcome != "Passed" { print outcome "\t" name "\t" reason }
    END {
      for (o in count) total += count[o]
      print "Sum\t" count["Passed"] + 0 "\t" total - count["Passed"] - count["NotExecuted"] "\t" count["NotExecuted"] + 0
    }' "$@"
}

flms_need_dotnet
mkdir -p "$state"
if $all; then install_packages; fi

flms_build_all

# Usage: run_assembly [ARGUMENT OF DOTNET TEST...] ASSEMBLY: runs its tests. What it says comes in one piece at its end.
run_assembly() {
  local assembly=${!#} folder code=0
  local noise='^ *$|^Test run for|^Starting test exec|^A total of|^No test is available|^No test matches|^Additionally, path'
  folder=$results/${assembly##*/}
  dotnet test "$assembly" --nologo --logger "console;verbosity=minimal" --logger "trx;LogFileName=results.trx" \
    --results-directory "$folder" "${@:1:$#-1}" > "$folder.log" 2>&1 || code=$?
  (
    # Two may end at the same time.
    if command -v flock > /dev/null; then flock 8; fi
    grep -vE "$noise|^VSTest version|^Results File|\[SKIP\]|^ +Skipped " "$folder.log" || true
    if [ $code != 0 ] && ! grep -q '<UnitTestResult .*outcome="Failed"' "$folder/results.trx" 2> /dev/null; then
      echo "${assembly##*/}: ended with code $code although no test failed: a test process died, or the arguments are wrong"
    fi
  ) 8> "$results/lock"
  return $code
}
export -f run_assembly
export results=$state/results
rm -rf "$results"
mkdir -p "$results"
code=0
# One assembly for each core: each has moments with nothing to do, and threads enough to use the other's.
(cd "$root" && flms_test_assemblies |
  xargs -P "$(nproc)" -n 1 bash -c 'run_assembly "$@"' run_assembly "${arguments[@]}") || code=$?

passed=0 failed=0 skipped=0
if compgen -G "$results/*/results.trx" > /dev/null; then
  read_results "$results"/*/results.trx > "$state/results.txt"
  IFS=$'\t' read -r _ passed failed skipped < <(tail -n 1 "$state/results.txt")
else
  : > "$state/results.txt"
fi
if [ "$code" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi

# The tests of the report's page. Their report is TAP: one line a test, and the counts at the end.
if $whole && compgen -G "$root/web/test/*.test.mjs" > /dev/null; then
  code=0
  (cd "$root/web" && node --test --test-reporter=tap test/*.test.mjs) > "$state/web-tests.tap" 2>&1 < /dev/null || code=$?
  web_count() { sed -n "s/^# $1 //p" "$state/web-tests.tap" | tail -n 1; }
  web_passed=$(web_count pass) web_failed=$(web_count fail) web_skipped=$(web_count skipped)
  if [ "$code" != 0 ] && [ "${web_failed:-0}" = 0 ]; then web_failed=1; fi
  if [ "${web_failed:-0}" != 0 ]; then cat "$state/web-tests.tap"; fi
  echo "web/: ${web_passed:-0} passed, ${web_failed:-0} failed, ${web_skipped:-0} skipped"
  sed -nE 's/^ *ok [0-9]+ - (.*) # SKIP ?(.*)$/NotExecuted\t\1\t\2/p' "$state/web-tests.tap" >> "$state/results.txt"
  passed=$((passed + ${web_passed:-0})) failed=$((failed + ${web_failed:-0})) skipped=$((skipped + ${web_skipped:-0}))
fi

echo
if grep -q '^NotExecuted' "$state/results.txt"; then
  echo "Skipped, by what is missing:"
  awk -F '\t' '$1 == "NotExecuted" { n[$3 == "" ? "no reason given" : $3]++ }
    END { for (r in n) printf "  %4d  %s\n", n[r], r }' "$state/results.txt" | LC_ALL=C sort -k 2
  if $all; then
    echo "With --all a skipped test is a failure; these were skipped:"
    awk -F '\t' '$1 == "NotExecuted" { print "  " $2 }' "$state/results.txt"
  else
    echo "./flms test --all installs the packages and skips nothing."
  fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
if [ "$failed" != 0 ]; then exit 1; fi
if $all && [ "$skipped" != 0 ]; then exit 1; fi

#!/usr/bin/env bash
# Tries the Debian package out: eng/package-test.sh [--clean] PACKAGE.deb, or eng/package-test.sh --twice
#   PACKAGE.deb   lintian finds nothing; then a real systemd boots in a container of this machine's own files (nothing
#                 outside of it changes), in which the package is installed, the agent is started, told to enforce,
#                 killed, hung, stopped, and removed with the package: each time every thread of two real QEMU VMs
#                 must be again as it was before, and after the purge no file may be left.
#   --clean       the same in a new minimal Debian (mmdebstrap; a minute and 60 MB of downloads), where a dependency
#                 that the package does not name would be missing
#   --twice       instead: builds the package from two clones in different folders, and compares the bytes
# Needs root, lintian, systemd-nspawn (systemd-container), QEMU (qemu-system-x86) and two CPUs. Exit code: 0, or 1 with
# what failed.
#
# shellcheck disable=SC2016 # what stands in single quotes is for the shell in the container
set -euo pipefail

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)

die() {
  printf 'package-test.sh: %s\n' "$1" >&2
  exit 1
}

if [ "${1-}" = --twice ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  for name in first the-second; do
    git clone -q "$root" "$work/$name"
    "$work/$name/eng/package.sh" "$work/$name/out"
  done
  cmp "$work"/first/out/*.deb "$work"/the-second/out/*.deb
  echo "the same bytes: $(sha256sum < "$(echo "$work"/first/out/*.deb)" | cut -d ' ' -f 1)"
  exit 0
fi

clean=false
if [ "${1-}" = --clean ]; then
  clean=true
  shift
fi
if [ $# != 1 ] || [ ! -f "$1" ]; then die "needs a package: ./flms package builds one"; fi
package=$(readlink -f -- "$1")
[ "$(id -u)" = 0 ] || die "needs root, since it boots a system in a container"
for tool in lintian:lintian systemd-nspawn:systemd-container qemu-system-x86_64:qemu-system-x86; do
  command -v "${tool%:*}" > /dev/null || die "needs ${tool%:*} (apt-get install ${tool#*:})"
done

work=$(mktemp -d /var/tmp/flms-package-XXXXXX)
name=${work##*/}
mkdir "$work/root" "$work/changed" "$work/work"
container=
init=
lintian=

stop() {
  if [ -n "$lintian" ]; then kill "$lintian" 2> /dev/null || true; fi
  # With its first process a container's others end; nspawn ends with it.
  if [ -n "$container" ]; then
    if [ -n "$init" ]; then kill -9 "$init" 2> /dev/null || true; fi
    kill "$container" 2> /dev/null || true
    wait "$container" 2> /dev/null || true
  fi
  if mountpoint -q "$work/root"; then umount "$work/root"; fi
  # The container's control groups stay when it is killed.
  find "/sys/fs/cgroup"/{systemd,unified,.}/"$name" -depth -type d -exec rmdir {} \; 2> /dev/null || true
  rm -rf "$work"
}

told() {
  local code=$?
  if [ $code != 0 ] && [ -n "$container" ]; then
    echo "--- the agent's journal:" >&2
    inside journalctl -u flms-agent -o cat --no-pager -n 40 >&2 || true
  fi
  stop
  exit $code
}
trap told EXIT

# Beside the container: it has a minute's work.
lintian --no-cfg --allow-root --fail-on none "$package" > "$work/findings" 2>&1 &
lintian=$!

if $clean; then
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  mmdebstrap --variant=minbase --quiet --include=systemd,systemd-sysv,procps "$release" "$work/root" > /dev/null
else
  mount -t overlay -o "lowerdir=/,upperdir=$work/changed,workdir=$work/work" overlay "$work/root"
fi

# A control group of its own: nspawn makes two below the one that it is started in.
(
  for group in "/sys/fs/cgroup"/{systemd,unified,.}; do
    [ -w "$group/cgroup.procs" ] || continue
    mkdir -p "$group/$name"
    echo "$BASHPID" > "$group/$name/cgroup.procs"
  done
  exec systemd-nspawn --quiet --register=no --keep-unit --directory="$work/root" --bind-ro=/:/host:norbind \
    --bind-ro="$package:/flms.deb" --console=pipe --boot -- --unit=basic.target
) > "$work/console" 2>&1 < /dev/null &
container=$!

# Usage: inside COMMAND...: runs it in the container.
inside() {
  nsenter --target "$init" --mount --uts --ipc --pid --cgroup env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

# Usage: wait_for WHAT COMMAND...: until it succeeds, for a minute.
wait_for() {
  local what=$1 end=$((SECONDS + 60))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || die "waited a minute in vain until $what"
    sleep 0.2
  done
  echo "ok  $what"
}

# Usage: check WHAT COMMAND...: it must succeed.
check() {
  local what=$1
  shift
  "$@" > "$work/out" 2>&1 || die "not so: $what: $(cat "$work/out")"
  echo "ok  $what"
}

# Which CPUs each thread of the VMs may use. QEMU's pool of workers comes and goes.
affinities() {
  inside sh -c 'for name in web batch; do for status in /proc/$(systemctl show -P MainPID vm-$name)/task/*/status; do
    echo "$name $(sed -n "s/^\(Name\|Cpus_allowed_list\):\s*/\1=/p" $status | tr "\n" " ")"; done; done' |
    grep -v '=worker' | sort -u
}
as_before() { [ "$(affinities)" = "$before" ]; }
is_placed() { ! as_before && inside test -s /run/flms/journal; }
property() { inside systemctl show -P "$1" flms-agent; }
files() { inside find /etc /usr /var /opt /srv -xdev \( -path /var/log -o -path /var/tmp -o -path /var/cache -o \
  -path /var/lib/dpkg -o -path /var/lib/systemd \) -prune -o -print | sort; }
settle() { inside sh -c 'printf "%s\n" "$0" > /etc/flms/agent.yaml' "$1"; }

has_begun() { init=$(pgrep -P "$container" -x systemd); }
wait_for "a container has begun" has_begun
wait_for "a real systemd has booted" inside systemctl is-active basic.target
# Containers of this kind say that no service may be started by a package.
inside rm -f /usr/sbin/policy-rc.d
files > "$work/files.before"

# In a new Debian apt sees to what the package depends on.
if $clean; then check "apt installs it" inside apt-get -y --no-install-recommends install /flms.deb
else check "it installs" inside dpkg -i /flms.deb
fi
check "flms runs" inside flms version
check "the agent is neither enabled nor started" inside sh -c \
  '! systemctl is-enabled flms-agent && ! systemctl is-active flms-agent'
check "its user is there" inside id flms
inside flms agent doctor > "$work/doctor" || [ $? = 7 ] || die "the doctor fails: $(cat "$work/doctor")"
check "completion is there" inside bash -c 'source /usr/share/bash-completion/completions/flms && complete -p flms'

# No other machine is under it, and this is a container: two conditions that do not fit a test. Quicker deaths.
inside mkdir -p /etc/systemd/system/flms-agent.service.d
inside sh -c 'printf "%s\n" [Unit] ConditionPathExists= ConditionVirtualization= StartLimitIntervalSec=0 [Service] \
  RestartSec=2s WatchdogSec=3s TimeoutAbortSec=3s > /etc/systemd/system/flms-agent.service.d/test.conf'
inside systemctl daemon-reload
for vm in web batch; do
  inside systemd-run --quiet --unit="vm-$vm" --property=RootDirectory=/host --property=BindPaths=/proc \
    --property=PrivateTmp=yes qemu-system-x86_64 -name "$vm,debug-threads=on" -accel tcg,thread=multi -smp 2 -m 64 \
    -nodefaults -display none
done
wait_for "two VMs run" inside sh -c '[ "$(cat /proc/[0-9]*/task/*/comm | grep -c "^CPU ./TCG")" = 4 ]'
before=$(affinities)

check "the agent starts, and tells systemd that it is ready" inside systemctl start flms-agent
wait_for "it observes both VMs, and publishes metrics" inside grep -qx 'flms_agent_vms 2' /run/flms/metrics.prom
check "it runs as its own user with one capability" inside sh -c \
  'grep -q "^CapEff:.*0000000000800000$" /proc/$(systemctl show -P MainPID flms-agent)/status &&
   [ "$(stat -c %U /proc/$(systemctl show -P MainPID flms-agent))" = flms ]'
check "observing changes nothing" as_before

settle "mode: enforce
period: 200ms
pace: { residency: 0s }
plan: { judge: false }
vms:
  - { match: web, class: latency }
  - { match: batch, class: compute }"
check "reload is taken" inside systemctl reload flms-agent
wait_for "enforcing it places them" is_placed
check "no change failed" inside sh -c '! grep -E "^flms_agent_apply_errors_total.* [1-9]" /run/flms/metrics.prom'

inside systemctl kill --signal=KILL flms-agent
wait_for "killed: all is as before" as_before
wait_for "killed: it starts again, and places them" is_placed
[ "$(property NRestarts)" = 1 ] || die "it was restarted $(property NRestarts) times"
inside systemctl kill --signal=STOP --kill-who=main flms-agent
wait_for "hung: the watchdog ends it, and all is as before" as_before
wait_for "hung: it starts again, and places them" is_placed
settle "mode: no-such-mode"
inside systemctl reload flms-agent > /dev/null 2>&1 || true
check "a wrong configuration is not taken" inside systemctl is-active flms-agent
check "stopping puts everything back" inside systemctl stop flms-agent
check "stopped: all is as before" as_before
check "stopped: nothing is left to put back" inside sh -c '! test -e /run/flms/journal'

settle "mode: enforce
plan: { judge: false }
vms:
  - { match: web, class: latency }
  - { match: batch, class: compute }"
inside systemctl start flms-agent
wait_for "started again it places them" is_placed
check "the package is installed over itself" inside dpkg -i --force-confold /flms.deb
check "the agent went on as the new version" inside systemctl is-active flms-agent
wait_for "and places them" is_placed
check "the package is removed" inside dpkg -r flms
check "removed: all is as before" as_before
check "the configuration is kept" inside test -f /etc/flms/agent.yaml
inside rm -r /etc/systemd/system/flms-agent.service.d
check "it is purged" inside dpkg -P flms
if $clean; then
  # What it depended on stays.
  files | grep -i flms > "$work/left" && die "left: $(cat "$work/left")"
else
  files | diff "$work/files.before" - | grep '^>' > "$work/left" && die "left: $(cat "$work/left")"
fi
check "nothing is left of it" inside sh -c '! test -e /run/flms && ! getent passwd flms && ! getent group flms'
# Has nothing but what the overrides explain.
wait "$lintian" || die "lintian fails: $(cat "$work/findings")"
lintian=
[ ! -s "$work/findings" ] || die "lintian finds: $(cat "$work/findings")"
echo "ok  lintian finds nothing"
echo "all of it in $SECONDS s"

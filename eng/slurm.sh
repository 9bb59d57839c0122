#!/usr/bin/env bash
# A Slurm cluster of one node on this machine's loopback, to test against; everything it has lies in one folder.
#   eng/slurm.sh install             installs the Debian packages (slurm-wlm, munge)
#   eng/slurm.sh start FOLDER [PID]  writes the configuration into a new folder and starts munged, slurmctld and slurmd;
#                                    returns when the node takes jobs. With PID it ends by itself when that process ends.
#   eng/slurm.sh controller FOLDER   starts slurmctld again, after it was killed
#   eng/slurm.sh node FOLDER         starts slurmd again
#   eng/slurm.sh stop FOLDER         stops all of it, jobs too; the folder stays
# Use it with: export SLURM_CONF=FOLDER/slurm.conf. FOLDER/*.pid hold the daemons' process ids, FOLDER/*.log what they say.
# Needs root: slurmd starts jobs as their users. Exit code: 0, or 1 with one line that says what is missing.
set -euo pipefail

die() {
  printf 'slurm.sh: %s\n' "$1" >&2
  exit 1
}

[ $# -gt 0 ] || die "needs a verb: install, start, controller, node or stop; its first lines explain them"
verb=$1
folder=${2-}

if [ "$verb" = install ]; then
  command -v apt-get > /dev/null || die "needs a Debian with apt-get; elsewhere install Slurm (22.05 or later) and munge"
  sudo=()
  if [ "$(id -u)" != 0 ]; then sudo=(sudo); fi
  "${sudo[@]}" apt-get update
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slurm-wlm munge
  exit 0
fi

[ -n "$folder" ] || die "$verb needs a folder"
export SLURM_CONF=$folder/slurm.conf
# Debian puts daemons where users' PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

# Usage: wait_for WHAT COMMAND...: until it succeeds, for 20 seconds.
wait_for() {
  local what=$1 end=$((SECONDS + 20))
  shift
  until "$@" > /dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then
      tail -n 20 "$folder"/*.log >&2 || true
      die "$what did not come up in 20 s; the logs are above"
    fi
    sleep 0.1
  done
}

# Nothing listens there.
is_free() { ! (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 10000))
    if [ "$port" != "${1-}" ] && is_free "$port"; then
      echo "$port"
      return
    fi
  done
  die "found no free port"
}

configure() {
  local host controller node
  host=$(hostname -s)
  controller=$(free_port)
  node=$(free_port "$controller")
  mkdir -p "$folder"/{state,spool}
  chmod 755 "$folder"
  (umask 077 && head -c 128 /dev/urandom > "$folder/munge.key")
  # The scheduler looks at once, not after its usual pauses. A node that was away comes back by itself; one that was
  # drained does not.
  cat > "$SLURM_CONF" << END
ClusterName=flms
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller
SlurmdPort=$node
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
SlurmUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
SlurmdTimeout=30
MessageTimeout=5
KillWait=1
BatchStartTimeout=2
NodeName=node0 NodeHostname=$host NodeAddr=127.0.0.1 CPUs=2
PartitionName=main Nodes=node0 Default=YES MaxTime=INFINITE State=UP
END
}

start_munge() {
  munged --key-file "$folder/munge.key" --socket "$folder/munge.socket" --pid-file "$folder/munged.pid" \
    --log-file "$folder/munged.log" --seed-file "$folder/munged.seed" --force 2> /dev/null
}

start_controller() {
  slurmctld -f "$SLURM_CONF" 2> /dev/null
  wait_for slurmctld scontrol ping
}

start_node() {
  slurmd -f "$SLURM_CONF" -N node0 2> /dev/null
  wait_for slurmd has_registered
}

# The controller knows the node as one that is there, whether or not it takes jobs.
has_registered() { scontrol -o show node node0 | grep -q ' State=[A-Z+]*\(IDLE\|MIXED\|ALLOCATED\)[A-Z+]* '; }

# Every process of this cluster, jobs too, knows it by its configuration.
processes() {
  local entry
  for entry in /proc/[0-9]*; do
    if [ "${entry#/proc/}" != $$ ] && grep -qzxF "SLURM_CONF=$SLURM_CONF" "$entry/environ" 2> /dev/null; then
      echo "${entry#/proc/}"
    fi
  done
}

stop() {
  local pid
  for pid in $(processes) $(cat "$folder"/*.pid 2> /dev/null || true); do
    kill -9 "$pid" 2> /dev/null || true
  done
}

case $verb in
  start)
    [ "$(id -u)" = 0 ] || die "needs root, since slurmd starts jobs as their users"
    for tool in munged slurmctld slurmd sbatch; do
      command -v $tool > /dev/null || die "needs $tool (apt-get install slurm-wlm munge)"
    done
    [ ! -e "$SLURM_CONF" ] || die "$folder has a cluster already; stop it, and name another folder"
    trap 'if [ $? != 0 ]; then stop; fi' EXIT
    configure
    start_munge
    start_controller
    start_node
    if [ -n "${3-}" ]; then
      # Not even a test that is killed with its whole group leaves it behind.
      # shellcheck disable=SC2016  # for the inner shell to expand
      env -u SLURM_CONF setsid bash -c 'while kill -0 "$3" && [ -d "$2" ]; do sleep 1; done; exec "$1" stop "$2"' \
        bash "$0" "$folder" "$3" > /dev/null 2>&1 < /dev/null &
    fi
    ;;
  controller) start_controller ;;
  node) start_node ;;
  stop) stop ;;
  *) die "there is no verb $verb; its first lines explain them" ;;
esac

#!/usr/bin/env bash
# A Slurm of one machine, for tests: munge, the controller and one node.
#
#   tests/cluster/slurm_up.sh up FOLDER     starts it; its state lies in FOLDER
#   tests/cluster/slurm_up.sh down FOLDER   ends what was started there
#
# Needs root and Debian's packages slurm-wlm and munge; no systemd, no cgroups, no
# network, no accounting. Exit code 77, with a word, where that is not to be had.
set -euo pipefail

readonly NOT_HERE=77
# Jobs find their configuration here only: the step within a job has no SLURM_CONF.
readonly STANDARD=/etc/slurm/slurm.conf
action=${1:?up or down}
folder=$(realpath -m "${2:?a folder}")
PATH=$PATH:/usr/sbin:/sbin

not_here() {
  echo "no Slurm here: $1" >&2
  exit "$NOT_HERE"
}

within() { # SECONDS COMMAND...: repeats a command until it succeeds
  local until=$((SECONDS + $1))
  shift
  until timeout 5 "$@" >/dev/null 2>&1; do
    ((SECONDS < until)) || not_here "no answer to: $*"
    sleep 0.2
  done
}

# Four jobs at once, whatever the machine has.
configure() {
  cat >"$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
MinJobAge=3600
KillWait=10
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=4 RealMemory=16000
PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE
CONF
  mkdir -p "$(dirname "$STANDARD")"
  ln -sfn "$folder/slurm.conf" "$STANDARD"
}

start_munge() {
  mkdir -p "$folder/munge"
  head -c 512 /dev/urandom >"$folder/munge/key"
  chmod 600 "$folder/munge/key"
  # Root's own: the files lie where the package's user has no business.
  munged --force --key-file "$folder/munge/key" --socket "$folder/munge/socket" \
    --pid-file "$folder/munged.pid" --log-file "$folder/munge/log" \
    --seed-file "$folder/munge/seed"
}

up() {
  ((EUID == 0)) || not_here "only root can start it"
  for program in munged slurmctld slurmd sbatch; do
    command -v "$program" >/dev/null || not_here "$program is not installed"
  done
  [[ ! -e $STANDARD || -L $STANDARD ]] || not_here "$STANDARD belongs to another one"
  getent hosts "$(hostname -s)" >/dev/null || not_here "the machine's name has no address"
  mkdir -p "$folder/state" "$folder/spool"
  configure
  start_munge
  slurmctld
  slurmd
  within 30 sh -c 'test "$(sinfo --noheader --format=%T)" = idle'
}

down() {
  local file process
  scancel --user=root 2>/dev/null || true
  for _ in $(seq 50); do
    [[ -n $(squeue --noheader 2>/dev/null) ]] || break
    sleep 0.2
  done
  for file in "$folder"/{slurmd,slurmctld,munged}.pid; do
    [[ -s $file ]] || continue
    process=$(<"$file")
    kill "$process" 2>/dev/null || continue
    for _ in $(seq 50); do
      kill -0 "$process" 2>/dev/null || break
      sleep 0.1
    done
  done
  [[ $(readlink "$STANDARD") != "$folder/slurm.conf" ]] || rm "$STANDARD"
}

"$action"

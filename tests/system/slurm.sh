#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bench/sweep.sbatch as a job array of a Slurm that is made for it: munged,
# slurmctld and slurmd of this machine, on loopback, in a scratch folder.
. tests/system/lib

what="a job array of Slurm"
for program in munged slurmctld slurmd sbatch squeue; do
    if ! command -v $program >/dev/null; then
        skip "$what" "no $program here (apt install slurm-wlm munge)"
        finish
    fi
done
if [ "$(id -u)" != 0 ]; then
    skip "$what" "slurmd must be started by root"
    finish
fi

host=$(hostname -s)
# Two ports that nobody has, as far as one can see.
ctld_port=$((20000 + $$ % 20000))
mkdir "$TMP/state" "$TMP/spool" "$TMP/munge"
chmod 755 "$TMP"
head -c 1024 /dev/urandom >"$TMP/munge/key"
chmod 700 "$TMP/munge"
chmod 400 "$TMP/munge/key"
export SLURM_CONF="$TMP/slurm.conf"
cat >"$SLURM_CONF" <<END
ClusterName=scratch
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$ctld_port
SlurmdPort=$((ctld_port + 1))
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$TMP/munge/socket
StateSaveLocation=$TMP/state
SlurmdSpoolDir=$TMP/spool
SlurmctldPidFile=$TMP/slurmctld.pid
SlurmdPidFile=$TMP/slurmd.pid
SlurmctldLogFile=$TMP/slurmctld.log
SlurmdLogFile=$TMP/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
JobRequeue=1
SchedulerParameters=sched_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
END
pids=
stop() {
    # shellcheck disable=SC2086 # a list
    [ -z "$pids" ] || kill $pids 2>/dev/null
    # shellcheck disable=SC2086
    [ -z "$pids" ] || wait $pids 2>/dev/null
}
trap 'stop; rm -rf "$TMP"' EXIT
start() { # name, command...: in the foreground of its own, so that it is ours
    name=$1
    shift
    "$@" >"$TMP/$name.out" 2>&1 &
    pids="$! $pids"
}
start munged munged --foreground --force --key-file="$TMP/munge/key" \
    --socket="$TMP/munge/socket" --pid-file="$TMP/munge/pid" \
    --log-file="$TMP/munge/log" --seed-file="$TMP/munge/seed"
for _ in $(seq 50); do
    [ -S "$TMP/munge/socket" ] && break
    sleep 0.1
done
start slurmctld slurmctld -D -i
start slurmd slurmd -D -N "$host"
up=
for _ in $(seq 100); do
    up=$(sinfo -h -o %t 2>/dev/null | grep -E '^(idle|mix)' || true)
    [ -z "$up" ] || break
    sleep 0.2
done
if [ -z "$up" ]; then
    tail -n 3 "$TMP"/slurm*.log "$TMP"/*.out | sed 's/^/    /'
    skip "$what" "Slurm does not come up on this machine"
    finish
fi

cat >"$TMP/file.yaml" <<'END'
mode: [lockstep, early]
rtt: {from: 10ms, to: 50ms, step: 10ms}
world: ideal
repeat: 4
END
TURNAROUND=$TURNAROUND sbatch --parsable --array=1-3 \
    --output="$TMP/job-%a.log" bench/sweep.sbatch "$TMP/file.yaml" \
    "$TMP/array" >"$TMP/id" 2>"$TMP/err"
holds "an array is queued" grep -qx '[0-9]*' "$TMP/id"
for _ in $(seq 300); do
    [ -n "$(squeue -h)" ] || break
    sleep 0.2
done
holds "and ends" test -z "$(squeue -h)"
expect 0 "its shards belong together" "$TURNAROUND" merge \
    "$TMP"/array/shard-1 "$TMP"/array/shard-2 "$TMP"/array/shard-3 \
    --out "$TMP/whole" --no-plots
says out '^40 rows of 10 cells' "and are all of it"
[ "$lib_failed" = 0 ] || tail -n 5 "$TMP"/job-*.log "$TMP"/slurm*.log
finish

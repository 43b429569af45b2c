#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# bench/sweep.sbatch as a job array of a Slurm that is made for it: munged,
# slurmctld and slurmd of this machine, on loopback, in a scratch folder.
. tests/system/lib

cat >"$TMP/file.yaml" <<'END'
mode: [lockstep, early]
rtt: {from: 10ms, to: 50ms, step: 10ms}
flaw: [none, silent-close]
world: ideal
repeat: 4
END

# --- a task's own words, without a Slurm --------------------------------------
task() { # its number, the array's end, folder, environment...
    id=$1 max=$2 dir=$3
    shift 3
    env "$@" SLURM_ARRAY_TASK_ID="$id" SLURM_ARRAY_TASK_MAX="$max" \
        bench/sweep.sbatch "$TMP/file.yaml" "$dir"
}
shards() { # folder: of how many it is one
    sed -n 's/^  "shards": *\([0-9]*\).*/\1/p' "$1/sweep.json"
}
expect 0 "a task whose rows are not all delivered is no failure" \
    task 1 3 "$TMP/a folder"
says out 'not delivered' "and says that they are not"
expect 0 "a task alone" task 2 2 "$TMP/a folder"
holds "is of as many as the others are" \
    test "$(shards "$TMP/a folder/shard-2")" = 3
expect 0 "a task alone that is the first" task 5 5 "$TMP/other" SHARDS=8 \
    SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_COUNT=1
holds "is of as many as SHARDS says" \
    test "$(shards "$TMP/other/shard-5")" = 8
expect 2 "of how many, if nobody says so?" task 5 5 "$TMP/third" \
    SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_COUNT=1
says err 'wanted SHARDS=N' "it says what is wanted"
expect 3 "another sweep's folder is a failure" env SLURM_ARRAY_TASK_ID=1 \
    SLURM_ARRAY_TASK_MAX=3 bench/sweep.sbatch "$TMP/file.yaml" \
    "$TMP/a folder" --recipients 2

# --- by Slurm -----------------------------------------------------------------
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

queue() { # array
    sbatch --parsable --array="$1" --output="$TMP/job-%a.log" \
        bench/sweep.sbatch "$TMP/file.yaml" "$TMP/array" >"$TMP/id" \
        2>"$TMP/err"
}
ended() {
    for _ in $(seq 300); do
        [ -n "$(squeue -h)" ] || return 0
        sleep 0.2
    done
    return 1
}
completed() { # tasks: so many did, and no other state is there
    scontrol -o show job "$(cat "$TMP/id")" >"$TMP/jobs" &&
        [ "$(grep -c JobState=COMPLETED "$TMP/jobs")" = "$1" ] &&
        [ "$(grep -c JobState= "$TMP/jobs")" = "$1" ]
}
queue 1-3
holds "an array is queued" grep -qx '[0-9]*' "$TMP/id"
holds "and ends" ended
holds "rows that are not delivered are no task's failure" completed 3
expect 1 "its shards belong together" "$TURNAROUND" merge \
    "$TMP"/array/shard-1 "$TMP"/array/shard-2 "$TMP"/array/shard-3 \
    --out "$TMP/whole" --no-plots
says out '^80 rows of 20 cells' "and are all of it"
rm -r "$TMP/array/shard-3"
queue 3
holds "one of them again, alone" ended
holds "is completed" completed 1
expect 1 "and belongs to the others" "$TURNAROUND" merge \
    "$TMP"/array/shard-1 "$TMP"/array/shard-2 "$TMP"/array/shard-3 \
    --out "$TMP/whole2" --no-plots
[ "$lib_failed" = 0 ] || tail -n 5 "$TMP"/job-*.log "$TMP"/slurm*.log
finish

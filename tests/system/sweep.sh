#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround sweep, merge and compare: cells and their statistics; bad input; a
# sweep that is killed again and again; shards; GNU parallel.
. tests/system/lib

# rows DIR N: there are so many, each run once.
rows() {
    awk -F, -v wanted="$2" '
        NR == 1 {
            for (i = 1; i <= NF; i++) at[$i] = i
            columns = NF
            next
        }
        { n++; twice += seen[$at["cell"] "-" $at["repeat"]]++ }
        END {
            if (n != wanted || twice) {
                print n + 0 " rows, " twice + 0 " twice, wanted " wanted
                exit 1
            }
        }' "$1/rows.csv"
}
kernel=
"$TURNAROUND" run --rtt 2ms >/dev/null 2>&1 && kernel=yes

# --- what it says -----------------------------------------------------------
expect 0 "a sweep of the ideal world" "$TURNAROUND_SAN" sweep --world ideal \
    -L mode lockstep,early -P rtt 10ms 40ms -D 10ms --repeat 3 --no-plots \
    --recipients 3 --out "$TMP/first"
says out '^mode=early rtt=40ms +3 +2 +120.000 +120.000 +120.000 +- +- +120.000' \
    "medians with their intervals, but no percentiles of three rows"
says out '^24 rows in ' "every row"
holds "24 rows, each once" rows "$TMP/first" 24
holds "a summary of 8 cells" test "$(wc -l <"$TMP/first/summary.csv")" = 9
for column in varied flags median_low_ms p99_ms floor_ms; do
    holds "summary.csv has $column" grep -q "\b$column\b" \
        "$TMP/first/summary.csv"
done
expect 0 "from flags alone, a word in braces" "$TURNAROUND_SAN" sweep \
    --world ns3 -L mode early -L loss 0%,1% --uplink 'loss {loss}' \
    --rtt 20ms --out "$TMP/word" --no-plots
grep -q ns3 "$TMP/err" && skip "a word in braces" "no world ns3"
expect 0 "where does it save a second?" "$TURNAROUND_SAN" sweep --saves 1s \
    --between lockstep,early -P rtt 10ms 600ms -D 10ms --recipients 20 \
    --world ideal --out "$TMP/saves" --no-plots
says out 'early saves 1000 ms against lockstep from rtt 41.67 ms on' \
    "(1 s / 24 waits, read off between 40 and 50 ms)"
expect 0 "and along another parameter, as JSON" "$TURNAROUND_SAN" sweep \
    --saves 500ms --between lockstep,pipelining -P recipients 1 20 \
    --rtt 100ms --world ideal --out "$TMP/saves2" --no-plots --json
says out '"at": 3.0' "with 3 recipients: 9 waits less 4"
expect 0 "the same again from the folder" "$TURNAROUND_SAN" sweep \
    --resume "$TMP/saves2" --saves 500ms --between lockstep,pipelining \
    --no-plots
says out 'saves 500 ms against lockstep from recipients 3 on' "says the same"
expect 0 "what would be run" "$TURNAROUND_SAN" sweep --dry-run \
    -L mode lockstep,early -P rtt 100ms 200ms -D 50ms --repeat 4
says out '^6  mode=early rtt=200ms$' "the cells"
says out '^6 cells, 4 times each: 24 runs' "how many"
says out '^[0-9.]+ s, with [0-9]+ at once' "how long"
holds "and nothing was" test ! -e results/sweep-*
expect 0 "how long, of runs that are long" "$TURNAROUND_SAN" sweep --dry-run \
    -L mode lockstep,early --rtt 600s
says out '^480[0-9]\.[0-9] s, with ' "no less than the longest of them, 8 RTT"
expect 2 "what the run would refuse, --dry-run refuses" "$TURNAROUND_SAN" \
    sweep --dry-run --world ideal -L tls-version 1.2,1.3 \
    -L tls starttls,implicit -L tls-session full,resumed,0rtt
says err 'TLS 1.2 has none' "and says why"
expect 0 "sizes over a range" "$TURNAROUND_SAN" sweep --dry-run \
    --world ideal --rtt 10ms -P body 1k 1M -D x4
says out '^6  body=1M$' "are octets, whatever their units"

# --- files ------------------------------------------------------------------
cat >"$TMP/file.yaml" <<'END'
name: a file
mode: [lockstep, early]
rtt: {from: 10ms, to: 30ms, step: 10ms}
recipients: 3
world: ideal
repeat: 2
END
expect 0 "a scenario file" "$TURNAROUND_SAN" sweep "$TMP/file.yaml" \
    --out "$TMP/file" --no-plots
holds "its 12 rows" rows "$TMP/file" 12
expect 0 "flags go before it" "$TURNAROUND_SAN" sweep "$TMP/file.yaml" \
    --mode early -P rtt 10ms 80ms -D x2 --out "$TMP/file2" --no-plots
holds "8 rows" rows "$TMP/file2" 8
bad_file() { # line, what is wrong, text
    printf '%b' "$3" >"$TMP/bad.yaml"
    expect 2 "a file with $2" "$TURNAROUND_SAN" sweep "$TMP/bad.yaml"
    says err "bad.yaml:$1: " "names its line"
}
bad_file 2 "an unknown key" 'mode: [early]\nrcpt: 3\n'
bad_file 1 "a value that is none" 'rtt: [10ms, 20]\n'
bad_file 1 "a range without an end" 'rtt: {from: 10ms, step: 1ms}\n'
bad_file 1 "an empty list" 'mode: []\n'
bad_file 2 "a key twice" 'mode: early\nmode: lockstep\n'
bad_file 1 "a list of lists" 'mode: [[early]]\n'
bad_file 1 "no keys" 'early\n'
bad_file 2 "no YAML" 'mode: [early\n'

# --- bad input --------------------------------------------------------------
refused() { # pattern, what, flags...
    pattern=$1 what=$2
    shift 2
    expect 2 "$what is refused" "$TURNAROUND_SAN" sweep --world ideal "$@"
    says err "$pattern" "and it is said why"
}
refused 'nothing varies' "a sweep of nothing" --mode early
refused 'rtt: from 10ms to 1h are more than' "too fine a range" \
    -P rtt 10ms 1h -D 1us
refused '10000000 runs .* wanted fewer, or --shard K/10' "10^7 cells" \
    -P rtt 1ms 10000ms -D 1ms -P recipients 1 1000
refused 'no such parameter' "an unknown name" -L rcpt 1,2
refused 'wanted one of' "a value that is none" -L mode early,late
refused 'there twice' "a value twice" -L mode early,early
refused '"10ms" and "10.0ms" are the same' "the same in other words" \
    -L rtt 10ms,10.0ms
refused 'given more than once' "set and varied" --mode early -L mode early
refused 'without meaning|no meaning' "a combination without meaning" \
    -L mode chunking -L body-by bdat,data
refused 'along what' "--saves along nothing" --saves 1s \
    --between lockstep,early
refused 'wanted K/N' "a shard that is none" -L mode early --shard 3/2
expect 0 "without meaning, left out" "$TURNAROUND_SAN" sweep --world ideal \
    -L mode lockstep,chunking -L body-by bdat,data --skip-meaningless \
    --out "$TMP/skip" --no-plots
holds "3 of 4" rows "$TMP/skip" 3
cp -r "$TMP/first" "$TMP/before"
expect 3 "a folder that has results" "$TURNAROUND_SAN" sweep --world ideal \
    -L mode early --out "$TMP/first"
expect 3 "another sweep's folder" "$TURNAROUND_SAN" sweep --world ideal \
    -L mode early --resume "$TMP/first"
sed -i 's/"schema": 1/"schema": 2/' "$TMP/first/sweep.json" \
    "$TMP/before/sweep.json"
expect 2 "another schema's folder" "$TURNAROUND_SAN" sweep \
    --resume "$TMP/first"
says err 'schema: 2 found; this program reads 1' "is told of"
holds "nothing of it was touched" diff -r "$TMP/first" "$TMP/before"

# --- killed -----------------------------------------------------------------
# Ten times, each when it has written something more; then to the end.
lines() { # folder
    wc -l <"$1/rows.csv" 2>/dev/null || echo 0
}
killed() { # folder, rows, flags...
    dir=$1 wanted=$2 middle=0
    shift 2
    for i in 1 2 3 4 5 6 7 8 9 10; do
        before=$(lines "$dir")
        "$TURNAROUND" sweep "$@" --no-plots --resume "$dir" >/dev/null 2>&1 &
        pid=$!
        while [ "$(lines "$dir")" -le "$before" ] && kill -0 $pid 2>/dev/null
        do
            sleep 0.02
        done
        kill -KILL $pid 2>/dev/null
        wait $pid 2>/dev/null
        [ "$(lines "$dir")" -gt "$wanted" ] || middle=$((middle + 1))
        [ "$i" != 5 ] || printf 'lockstep,torn' >>"$dir/rows.csv"
    done
    ran "and went on to the end" "$TURNAROUND" sweep --resume "$dir" --no-plots
    holds "each of $wanted runs is there once" rows "$dir" "$wanted"
    holds "it was killed in the middle, $middle times" test "$middle" -ge 3
}
killed "$TMP/killed-ideal" 20000 --world ideal -L mode lockstep,early \
    -P rtt 10ms 1009ms -D 1ms -P recipients 1 5 --repeat 2
if [ "$kernel" ]; then
    killed "$TMP/killed-kernel" 60 -L mode pipelining,early \
        -L rtt 10ms,20ms -P recipients 1 5 --repeat 3
else
    skip "a sweep of the kernel world, killed" "this host has not the world"
fi
expect 0 "a torn line is healed" "$TURNAROUND_SAN" sweep --world ideal \
    -L mode lockstep,early --repeat 3 --out "$TMP/torn" --no-plots
size=$(stat -c %s "$TMP/torn/rows.csv")
truncate -s $((size - 30)) "$TMP/torn/rows.csv"
expect 0 "at whatever octet" "$TURNAROUND_SAN" sweep --resume "$TMP/torn" \
    --no-plots
says err 'last line was torn: [0-9]+ octets are cut off' "and it is said"
says err '5 of 6 runs are there already' "and the rest is kept"
holds "6 rows" rows "$TMP/torn" 6
sed -i 's/,true,,1,/,false,by hand,1,/' "$TMP/torn/rows.csv"
expect 0 "INVALID rows are run again" "$TURNAROUND_SAN" sweep \
    --resume "$TMP/torn" --no-plots
says err '6 INVALID rows taken out' "and it is said"
holds "6 rows still" rows "$TMP/torn" 6
truncate -s 100 "$TMP/torn/rows.csv"
expect 0 "a torn header is healed" "$TURNAROUND_SAN" sweep \
    --resume "$TMP/torn" --no-plots
says err 'rows.csv: its header was torn' "and it is said"
holds "6 rows again" rows "$TMP/torn" 6
printf 'mode,notes by hand' >"$TMP/torn/rows.csv"
expect 3 "any other text without an end is refused" "$TURNAROUND_SAN" sweep \
    --resume "$TMP/torn" --no-plots
says err 'rows.csv: it is one line without an end.*"mode,notes by hand" found' \
    "and shown"
holds "and it is still there" grep -q '^mode,notes by hand$' \
    "$TMP/torn/rows.csv"
: >"$TMP/torn/rows.csv"
expect 0 "of none there is nothing to lose" "$TURNAROUND_SAN" sweep \
    --resume "$TMP/torn" --no-plots
holds "6 rows anew" rows "$TMP/torn" 6

# --- two at a time, a full disk ---------------------------------------------
"$TURNAROUND" sweep --world ideal -L mode lockstep,early -P rtt 1ms 1000ms \
    -D 1ms --repeat 50 --out "$TMP/long" --no-plots >/dev/null 2>&1 &
long=$!
while [ "$(lines "$TMP/long")" -lt 2 ] && kill -0 $long; do
    sleep 0.05
done
expect 3 "a second sweep in a folder" "$TURNAROUND" sweep --resume "$TMP/long"
says err "another sweep is writing there \(process $long\)" "is told whose"
kill -TERM $long
wait $long
holds "one that is interrupted ends with 3" test $? = 3
holds "and says so in result.json" grep -q 'stopped by a signal' \
    "$TMP/long/result.json"
mkdir "$TMP/disk"
# shellcheck disable=SC2016 # for the inner shell
try unshare -Urm sh -c 'mount -t tmpfs -o size=256k tmpfs "$2" || exit 99
    "$1" sweep --world ideal -L mode lockstep,early -P rtt 1ms 1000ms -D 1ms \
        --out "$2/full" --no-plots
    status=$?
    [ "$(tail -c 1 "$2/full/rows.csv" | od -An -c | tr -d " ")" = "\\n" ] ||
        exit 98
    exit $status' - "$TURNAROUND" "$TMP/disk"
if [ $status = 99 ] || grep -q '^unshare' "$TMP/err"; then
    skip "a full disk" "no file system can be mounted here"
else
    full=$status
    cp "$TMP/err" "$TMP/full"
    holds "a full disk ends a sweep with 3" test "$full" = 3
    try cat "$TMP/full"
    says out 'rows.csv: No space left on device' "and is told of"
    says out 'go on with' "and how to go on"
fi

# --- shards -----------------------------------------------------------------
for k in 1 2 3; do
    expect 0 "shard $k of 3" "$TURNAROUND_SAN" sweep "$TMP/file.yaml" \
        --shard $k/3 --out "$TMP/shard-$k" --no-plots
    rows "$TMP/shard-$k" 4 || not_ok "has not a third of 12"
done
expect 3 "a shard that is missing" "$TURNAROUND_SAN" merge "$TMP/shard-1" \
    "$TMP/shard-3" --out "$TMP/whole"
says err 'missing: shard 2 of 3' "is told of"
expect 3 "a shard that is there twice" "$TURNAROUND_SAN" merge "$TMP/shard-1" \
    "$TMP/shard-2" "$TMP/shard-2" --out "$TMP/whole"
says err 'both shard 2 of 3' "too"
expect 3 "a folder of something else" "$TURNAROUND_SAN" merge \
    "$TMP/shard-1" "$TMP/skip" --out "$TMP/whole"
says err 'no shard of the same sweep' "is told of"
expect 0 "a shard of another cut" "$TURNAROUND_SAN" sweep "$TMP/file.yaml" \
    --shard 4/5 --out "$TMP/cut" --no-plots
expect 3 "shards of two cuts" "$TURNAROUND_SAN" merge "$TMP/shard-1" \
    "$TMP/cut" --out "$TMP/whole"
says err 'cut is shard 4 of 5, and .*shard-1 is shard 1 of 3: the same sweep' \
    "are told apart from another sweep's"
cp -r "$TMP/shard-3" "$TMP/short"
sed -i '$d' "$TMP/short/rows.csv"
expect 3 "a shard that was not run to its end" "$TURNAROUND_SAN" merge \
    "$TMP/shard-1" "$TMP/shard-2" "$TMP/short" --out "$TMP/whole"
says err '1 of its 4 runs are missing' "is told of"
holds "and nothing was written" test ! -e "$TMP/whole"
expect 0 "three shards" "$TURNAROUND_SAN" merge "$TMP/shard-1" \
    "$TMP/shard-2" "$TMP/shard-3" --out "$TMP/whole" --no-plots
holds "are all of it" rows "$TMP/whole" 12
if diff "$TMP/whole/summary.csv" "$TMP/file/summary.csv" >"$TMP/diff"; then
    ok "the same as in one piece"
else
    not_ok "not the same as in one piece"
    cat "$TMP/diff"
fi
cp -r "$TMP/shard-3" "$TMP/bad-3"
sed -i '2s/,true,,1,/,false,by hand,1,/' "$TMP/bad-3/rows.csv"
expect 3 "shards with an INVALID row, as a sweep with one" "$TURNAROUND_SAN" \
    merge "$TMP/shard-1" "$TMP/shard-2" "$TMP/bad-3" --out "$TMP/bad" --no-plots
says out '^12 rows of 6 cells in .*, 1 INVALID$' "are merged all the same"
sed -i '2s/,delivered,/,refused,/' "$TMP/shard-3/rows.csv"
expect 1 "shards with a row that was not delivered" "$TURNAROUND_SAN" merge \
    "$TMP/shard-1" "$TMP/shard-2" "$TMP/shard-3" --out "$TMP/lost" --no-plots
says out '^12 rows of 6 cells in .*, 1 not delivered$' "too"
cat >"$TMP/full.sh" <<'END'
mount -t tmpfs -o size="$5k" tmpfs "$2" || exit 99
"$1" merge "$3" "$4" --out "$2/whole" --no-plots
status=$?
ls -a "$2/whole"
exit $status
END
for k in 1 2; do
    "$TURNAROUND" sweep --world ideal -L mode lockstep,early \
        -P rtt 1ms 300ms -D 1ms --shard $k/2 --out "$TMP/half-$k" --no-plots \
        >/dev/null 2>&1
done
merge_full() { # kB there are
    try unshare -Urm sh "$TMP/full.sh" "$TURNAROUND" "$TMP/disk" \
        "$TMP/half-1" "$TMP/half-2" "$1"
}
merge_full 100
if [ $status = 99 ] || grep -q '^unshare' "$TMP/err"; then
    skip "merging on a full disk" "no file system can be mounted here"
else
    full=$status
    says err 'rows.csv: No space left' "merging on a full disk is told of"
    says err 'whole.: No such file' "and leaves nothing"
    holds "and ends with 3" test "$full" = 3
    merge_full 4
    says err 'whole.: No such file' "where there is no room at all, too"
fi
expect 3 "a folder that has results" "$TURNAROUND_SAN" merge "$TMP/half-1" \
    "$TMP/half-2" --out "$TMP/file"
says err 'holds results already: name another folder, or remove it' "is kept"
holds "as it was" rows "$TMP/file" 12
sed 's/^repeat: .*/repeat: 3/' "$TMP/file.yaml" >"$TMP/file2.yaml"
if command -v parallel >/dev/null; then
    export PARALLEL_HOME="$TMP/p"
    expect 0 "shards by GNU parallel" bench/sweep-parallel 3 "$TMP/file.yaml" \
        "$TMP/parallel" --jobs 2
    holds "all rows, joined" rows "$TMP/parallel/whole" 12
    expect 0 "given again" bench/sweep-parallel 3 "$TMP/file.yaml" \
        "$TMP/parallel" --jobs 2
    says out 'nothing new: .*/whole is there already' "it has nothing to do"
    rm -r "$TMP/parallel/shard-2"
    sed -i 's/^  "rows":/  "error": "killed",\n&/' \
        "$TMP/parallel/whole/result.json"
    expect 0 "a shard lost, a merge cut short" bench/sweep-parallel 3 \
        "$TMP/file.yaml" "$TMP/parallel"
    holds "are made again" rows "$TMP/parallel/whole" 12
    rm "$TMP/parallel/whole/summary.csv"
    expect 0 "a merge without room for its summary" bench/sweep-parallel 3 \
        "$TMP/file.yaml" "$TMP/parallel"
    holds "is made again" test -s "$TMP/parallel/whole/summary.csv"
    sed -i 's/,true,,1,/,false,by hand,1,/' "$TMP/parallel/shard-1/rows.csv"
    expect 0 "a shard that has INVALID rows" bench/sweep-parallel 3 \
        "$TMP/file.yaml" "$TMP/parallel"
    says out 'merged before is in .*/whole-1' "is run again, and merged again"
    expect 3 "another sweep in the same folder" bench/sweep-parallel 3 \
        "$TMP/file2.yaml" "$TMP/parallel"
    says err 'not run to their end.* shards 1 2 3 of 3' "is not merged as this"
    # As if each shard were whole, but had rows that are INVALID.
    cat >"$TMP/invalid" <<END
#!/bin/sh
"$TURNAROUND" "\$@"
status=\$?
[ "\$1" != sweep ] || status=3
exit \$status
END
    chmod +x "$TMP/invalid"
    expect 3 "shards that are whole, though INVALID in part" \
        env TURNAROUND="$TMP/invalid" bench/sweep-parallel 3 \
        "$TMP/file.yaml" "$TMP/invalids"
    says out '^12 rows of 6 cells in .*/whole' "are merged"
    mkdir "$TMP/a folder"
    cat >"$TMP/a folder/not delivered.yaml" <<'END'
world: ideal
mode: [lockstep, early]
flaw: [none, silent-close]
rtt: [10ms, 20ms, 30ms]
END
    expect 1 "rows that are not delivered, names with blanks" \
        bench/sweep-parallel 4 "$TMP/a folder/not delivered.yaml" \
        "$TMP/a folder/of it"
    says out '^12 rows of 12 cells in ' "keep no shard from being run"
    rm -r "$TMP/a folder/of it/shard-3" "$TMP/a folder/of it/shard-4"
    : >"$TMP/a folder/of it/shard-3"
    expect 3 "a shard that cannot be run" bench/sweep-parallel 4 \
        "$TMP/a folder/not delivered.yaml" "$TMP/a folder/of it"
    says err 'not run to their end.* shards 3 of 4' "is named at the end"
    says out '^3 rows in .*/shard-4' "and those behind it were run"
else
    skip "shards by GNU parallel" "it is not installed (apt install parallel)"
fi

# --- compare ----------------------------------------------------------------
expect 0 "the same is no different" "$TURNAROUND_SAN" compare "$TMP/file" \
    "$TMP/whole"
says out '^no difference +.0.00 % .*exact.* mode=early rtt=30ms' "of each cell"
says out '^over all 6 groups: no difference, \+0.00 % .exact' "on the whole"
says out '^0 faster, 0 slower, 6 without a difference, 0 undecided' "in sum"
for mode in lockstep early; do
    "$TURNAROUND" sweep --world ideal --mode $mode -L rtt 10ms,20ms \
        --out "$TMP/$mode" --no-plots >/dev/null
done
expect 3 "nothing in common" "$TURNAROUND_SAN" compare "$TMP/lockstep" \
    "$TMP/early"
expect 0 "early is faster" "$TURNAROUND_SAN" compare "$TMP/lockstep" \
    "$TMP/early" --except mode,offer
says out '^faster +-62.50 % +80.000 ms to 30.000 ms .*; 7 waits, then 2' \
    "by so much"
expect 1 "lockstep is slower" "$TURNAROUND_SAN" compare "$TMP/early" \
    "$TMP/lockstep" --except mode,offer --json
says out '"verdict": "slower"' "also as JSON"
expect 2 "no parameter that may differ" "$TURNAROUND_SAN" compare \
    "$TMP/early" "$TMP/lockstep" --except mod
expect 2 "one folder is not two" "$TURNAROUND_SAN" compare "$TMP/early"
finish

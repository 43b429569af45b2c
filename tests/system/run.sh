#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround run: what a row holds, in the ideal and the kernel world; bad
# input; a folder of results; and nothing left behind, kill -9 included.
. tests/system/lib

NUMBER='-?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?'
# field NAME REGEX: every row printed has it, and so.
field() {
    if [ "$(grep -cE "^ *\"$1\": $2,?\$" "$TMP/out")" = \
        "$(grep -c '"mode":' "$TMP/out")" ]; then
        ok "$1 is $2"
    else
        not_ok "$1 is not $2"
        grep "\"$1\"" "$TMP/out"
    fi
}
try_row() {
    ran "run $*" "$TURNAROUND" run --json "$@"
}

for word in schema:1 'command:"turnaround run .*"' 'seed:7'; do
    try "$TURNAROUND_SAN" run --world ideal --json --seed 7 --recipients 2
    says out "^  \"${word%%:*}\": ${word#*:},\$" "the object has ${word%%:*}"
done
expect 0 "two rows of the ideal world" "$TURNAROUND_SAN" run --world ideal \
    --json --mode early --body-by bdat --recipients 2 --repeat 2 --rtt 16m
for name in mode:'"early"' mode_used:'"early"' body_by:'"bdat"' \
    offer:'"warm"' outcome:'"delivered"' world:'"ideal"' road:null \
    recipients:2 messages:1 body_bytes:1000 rtt_ms:960000.0 \
    one_way_up_ms:480000.0 one_way_down_ms:480000.0 turnarounds:1 \
    turnarounds_tls:0 turnarounds_in_capture:null tcp_handshake_ms:960000.0 \
    accepted_ms:1920000.0 closed_ms:1920000.0 accepted_rtts:2.0 \
    floor_ms:1920000.0 valid:true invalid_because:null \
    road_late_p50_us:null road_late_p99_us:null road_late_max_us:null; do
    field "${name%%:*}" "${name#*:}"
done
says out '"repeat": 2' "and both are there"

expect 0 "for people" "$TURNAROUND_SAN" run --world ideal --mode lockstep \
    --recipients 3
says out 'turnarounds +9 +\(9 by the plan\)' "9 turnarounds"
says out 'one way 100 ms up, 100 ms down, RTT 200 ms' "one way and RTT"
says out 'closed +2000.000 ms +10.000 RTT' "10 RTT"
expect 0 "several rows" "$TURNAROUND_SAN" run --world ideal --repeat 3
says out '^3 of 3 rows count: closed 1[0-9]+.000 ms \(median\)' "have a median"
expect 1 "what is not delivered" "$TURNAROUND_SAN" run --world ideal \
    --flaw handoff --timeout 1s
says out 'deferred: timed out, waiting for the reply to RCPT' "is told why"
expect 0 "a message that has to be sent twice" "$TURNAROUND_SAN" run \
    --world ideal --mode early --flaw early-talker --greeting-delay 1ms
says out 'delivered, by pipelining' "gets through"

expect 0 "--dry-run" "$TURNAROUND_SAN" run --mode lockstep --rtt 1h --dry-run
says out '^turnaround run --mode lockstep .*--rtt 3600s' "says what"
says out 'each of 7 turnarounds and 28800000\.' "and how long"
expect 0 "--dry-run --json" "$TURNAROUND_SAN" run --dry-run --json --repeat 3
says out '^  "turnarounds": 4,$' "as JSON"
says out '^  "times": 3,$' "and how often"

refused() { # exit status 2, with words on stderr: WORDS FLAG...
    words=$1
    shift
    expect 2 "refused: run $*" "$TURNAROUND_SAN" run "$@"
    says err "$words" "it says: $words"
}
refused 'found "turbo", wanted one of lockstep, ' --mode turbo
refused 'found "200", which has no unit' --rtt 200
refused 'found "-1ms", which is negative' --rtt -1ms
refused 'a whole number from 1 to 100000' --recipients 0
refused 'together: which one is it' --rtt 1s --uplink 'delay 1s'
refused 'no meaning with it' --mode chunking --body-by data
refused '"extra" is no flag' extra
refused 'see .turnaround run --help' --wibble

dir=$TMP/results
expect 0 "--out" "$TURNAROUND_SAN" run --world ideal --out "$dir"
for file in rows.csv result.json host.json; do
    holds "$file is there" test -s "$dir/$file"
done
expect 3 "--out with a used folder" "$TURNAROUND_SAN" run --world ideal \
    --out "$dir"
says err 'holds results already' "is refused"
holds "and left alone" grep -q '"rows"' "$dir/result.json"
expect 3 "--out where nothing can be" "$TURNAROUND_SAN" run --world ideal \
    --out /proc/nowhere
expect 0 "--json=FILE" "$TURNAROUND_SAN" run --world ideal \
    --json="$TMP/rows.json"
holds "is written" grep -q '"turnarounds": 4' "$TMP/rows.json"

if ! "$TURNAROUND" doctor >/dev/null 2>&1; then
    skip "the kernel world" "this host does not allow it"
    finish
fi

counts() { # TURNAROUNDS FLAG...
    due=$1
    shift
    try_row --rtt 20ms --recipients 3 "$@"
    field turnarounds "$due"
    field turnarounds_in_capture "$due"
    field outcome '"delivered"'
}
counts 9 --mode lockstep
counts 4 --mode pipelining
counts 3 --mode chunking
counts 2 --mode early
counts 1 --mode early --body-by bdat
counts 5 --mode pipelining --messages 2 --ipv6
counts 4 --mode pipelining --body 1M --uplink 'rate 20mbit'
for name in road:'"ferry"' world:'"kernel"' rtt_ms:20.0 \
    "tcp_handshake_ms:$NUMBER" "accepted_ms:$NUMBER" "closed_ms:$NUMBER" \
    "accepted_rtts:$NUMBER" "floor_ms:$NUMBER" 'valid:(true|false)' \
    'invalid_because:(null|".*")' "road_late_p50_us:$NUMBER" \
    "road_late_p99_us:$NUMBER" "road_late_max_us:$NUMBER"; do
    field "${name%%:*}" "${name#*:}"
done
try_row --rtt 20ms --out "$TMP/kernel"
for file in client.pcap server.pcap; do
    holds "captures/1/$file is there" test -s "$TMP/kernel/captures/1/$file"
done
field captures '"captures/1"'
expect 0 "and the client's is counted again" "$TURNAROUND" analyze --json \
    "$TMP/kernel/captures/1/client.pcap"
says out '"turnarounds": ?4' "the same"

# Processes that carry our mark in their environment.
marked() {
    grep -lsF "TURNAROUND_MARK=$TMP" /proc/[0-9]*/environ 2>/dev/null
}
wait_marked() { # wait_marked LEAST MOST: until so many live; 10 s at most
    tries=0
    while n=$(marked | wc -l) && { [ "$n" -lt "$1" ] || [ "$n" -gt "$2" ]; }; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || return 1
        sleep 0.05
    done
}
for signal in KILL INT; do
    env --default-signal=INT TURNAROUND_MARK="$TMP" "$TURNAROUND" run \
        --rtt 30s --mode lockstep \
        >/dev/null 2>&1 &
    killed=$!
    holds "a run has processes" wait_marked 3 1000
    kill -$signal $killed
    wait $killed 2>/dev/null
    holds "SIG$signal leaves none of them" wait_marked 0 0
done
finish

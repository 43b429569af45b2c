#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround capability: the table, its closed forms, plots, bad input; the same
# counts in every world; and by hand, that nobody is lost.
. tests/system/lib

# table WHAT COMMAND...: as expect 0, and what it prints is kept for cell().
table() {
    expect 0 "$@"
    cp "$TMP/out" "$TMP/table"
}
cell() { # strategy, column
    awk -v s="$1" -v c="$2" '$1 == s { print $c; exit }' "$TMP/table"
}
same() { # what, value, value
    holds "$1" test "$2" = "$3"
}

expect 0 "help" "$TURNAROUND_SAN" capability --help
says out 'S3s .*RFC 4141, 3\.2' "help lists the strategies"
says out 'flooded +tells ten thousand lines' "and the answers"

table "a point of no table" "$TURNAROUND_SAN" capability --world ideal \
    --recipients 17 --classes 5
same "S1 3 + 2n + 3C" "$(cell S1 2)" $((3 + 2 * 17 + 3 * 5))
same "S1' n + C + 3" "$(cell "S1'" 2)" $((17 + 5 + 3))
same "S2 C + 4" "$(cell S2 2)" 9
same "S3 the same" "$(cell S3 2)" 9
same "S3' 4 + 4C" "$(cell "S3'" 2)" 24
same "S3b" "$(cell S3b 2)" 5
same "S4 5n" "$(cell S4 2)" 85
same "S4 8n in lock-step" "$(cell S4l 2)" 136
same "S3' connections" "$(cell "S3'" 4)" 6
same "S2 copies" "$(cell S2 5)" 5
same "S1' decides for each" "$(cell "S1'" 6)" $((1 + 17 + 5))
same "S2 decides as S3 does" "$(cell S2 6)" "$(cell S3 6)"
same "S0 serves a fifth" "$(cell S0 9)" 3/17
same "S3 serves all" "$(cell S3 9)" 17/17
same "S4 at once takes six round trips" "$(cell S4p 12)" 6.00

table "streamed and early" "$TURNAROUND_SAN" capability --world ideal \
    --recipients 20 --classes 3 --strategy S3 --ways bdat
same "S3 by BDAT" "$(cell S3 2)" 4
table "early" "$TURNAROUND_SAN" capability --world ideal \
    --recipients 20 --classes 3 --strategy S2 --ways early-bdat
same "S2, early, by BDAT" "$(cell S2 2)" 2

table "refusals" "$TURNAROUND_SAN" capability --world ideal \
    --recipients 9 --classes 2 --answers tells,refused,deferred
for s in S1 "S1'" "S1'x" S2 S3 "S3'" "S3'p" S3b S4 S4p S4l S4lp; do
    same "$s loses nobody" "$(cell "$s" 9 | sed 's,.*/,,') $(cell "$s" 10) \
$(cell "$s" 11)" "3 3 3"
done
table "servers that cannot be trusted" "$TURNAROUND_SAN" capability \
    --world ideal --recipients 9 --classes 2 \
    --answers flooded,malformed,other,silent,unsupported,late
for s in S1 "S1'" S2 S3 "S3'" S4; do
    same "$s loses nobody" "$(cell "$s" 9 | sed 's,.*/,,') $(cell "$s" 10)" \
        "8 1"
done
table "each spelling" "$TURNAROUND_SAN" capability --world ideal \
    --recipients 6 --classes 3 --strategy S3 --asking caps
same "by CAPS" "$(cell S3 2)" 7

expect 0 "what is remembered is not asked again" "$TURNAROUND_SAN" run \
    --world ideal --strategy S2 --recipients 5 --classes 2 --ttl 500s \
    --offer warm
says out 'turnarounds +5 ' "3 + C"
expect 0 "no offer, nobody asked" "$TURNAROUND_SAN" run --world ideal \
    --strategy S3 --recipients 5 --classes 2 --capabilities PIPELINING
says out 'turnarounds +4 ' "4"
expect 1 "nobody fits" "$TURNAROUND_SAN" run --world ideal --strategy S3 \
    --recipients 2 --filters '(dpi<=100)' --forms '(dpi=200)'
says out '0 of 2 delivered, 2 refused' "is a clear refusal"

dir=$TMP/folder
expect 0 "a folder" "$TURNAROUND" capability --world ideal \
    --recipients 2,4 --classes 1,2 --rtt 10ms,100ms --out "$dir"
for plot in turnarounds_by_recipients_c2_data time_by_rtt_n4_c2_data; do
    holds "$plot" test -s "$dir/plots/$plot.gp"
done
if command -v gnuplot >/dev/null; then
    expect 0 "plot draws it again" "$TURNAROUND" plot "$dir" \
        --out "$TMP/again"
    holds "its own too" test -s "$TMP/again/time_by_rtt_n4_c2_data.svg"
fi
expect 0 "JSON" "$TURNAROUND_SAN" capability --world ideal --recipients 3 \
    --classes 2 --json
says out '"decisions": 4' "with decisions"
expect 0 "dry run" "$TURNAROUND_SAN" capability --world ideal --dry-run \
    --recipients 3 --classes 2 --strategy S3s
says out '^turnaround run .*--strategy S3s' "tells the commands"

expect 2 "an unknown strategy" "$TURNAROUND_SAN" capability --strategy S9
says err 'found "S9", wanted one of S0, S1' "names those there are"
expect 2 "an unknown way" "$TURNAROUND_SAN" capability --ways pigeon
says err 'found "pigeon", wanted one of data, bdat' "likewise"
expect 2 "too many recipients" "$TURNAROUND_SAN" capability \
    --recipients 1001
says err 'recipients up to 1000' "are refused"
expect 2 "a word too many" "$TURNAROUND_SAN" capability now
says err 'found "now"' "is named"

# The same counts wherever they are made.
few="--recipients 5 --classes 2 --rtt 10ms --answers tells,tells,refused"
few="$few --strategy S1v,S2,S3,S3s,S3sp,S4,S4p"
counts() { # world
    # shellcheck disable=SC2086 # a list of words
    try "$TURNAROUND" capability --world "$1" $few
    awk '/^S/ { print $1, $2, $4, $5, $6, $9, $10 }' "$TMP/out"
}
counts ideal >"$TMP/ideal"
holds "the ideal world's" test -s "$TMP/ideal"
for world in ns3 kernel; do
    for _ in 1 2 3; do # a busy host spoils rows
        counts $world >"$TMP/$world"
        [ $status = 3 ] || break
    done
    case $status in
    0) holds "the same in the world $world" cmp "$TMP/ideal" "$TMP/$world" ;;
    3) skip "counts in the world $world" "INVALID three times: a busy host" ;;
    127) skip "counts in the world $world" "it cannot run here" ;;
    *)
        not_ok "the world $world: exit status $status"
        show
        ;;
    esac
done
finish

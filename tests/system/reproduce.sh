#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround reproduce: the list, a part of the book, bad input. Whether times
# hold is the host's business; what the dialogues say is not.
. tests/system/lib

expect 0 "--list" "$TURNAROUND_SAN" reproduce --list
for claim in dialogues ladder recipients messages times waiting saving; do
    says out "^$claim " "it has $claim"
done
expect 0 "--list --json" "$TURNAROUND_SAN" reproduce --list --json
says out '"claim": "ladder"' "as JSON"
expect 2 "an unknown claim" "$TURNAROUND_SAN" reproduce laddr
says err '"laddr" is no claim; see .turnaround reproduce --list' "is named"
expect 2 "an unknown flag" "$TURNAROUND_SAN" reproduce --wibble

expect 2 "a world that is none" "$TURNAROUND_SAN" reproduce --world moon
says err '"moon" is no world; wanted ideal, ns3, kernel' "is named"

# Exact times in virtual time; the dialogues in the kernel's world, too.
dir=$TMP/book
expect 0 "the ladder holds" "$TURNAROUND" reproduce ladder --world ideal,ns3 \
    --json --out "$TMP/ladder"
cp "$TMP/out" "$TMP/rungs"
ran "dialogues are judged" "$TURNAROUND" reproduce dialogues --json --out "$dir"
cp "$TMP/out" "$TMP/lines"
for waits in 9 4; do
    says out "\"ideal\": \"$waits\"" "a dialogue of $waits waits"
done
holds "four dialogues hold" test 4 = \
    "$(grep -A12 '"claim": "dialogues"' "$TMP/lines" | grep -c '"holds"')"
cp "$TMP/rungs" "$TMP/out"
for ideal in '9, 2000.0 ms' '4, 1000.0 ms' '3, 800.0 ms' '2, 600.0 ms' \
    '1, 400.0 ms'; do
    says out "\"ideal\": \"$ideal\"" "the ladder has $ideal"
done
for file in rows.csv result.json host.json report.html; do
    holds "$file is there" test -s "$dir/$file"
done
holds "the report tells of it" grep -q 'three\|3 recipients' \
    "$TMP/ladder/report.html"
holds "and needs no network" sh -c \
    "! grep -nE '(src|href)=\"(https?:)?//' '$dir/report.html'"
expect 3 "a used folder" "$TURNAROUND_SAN" reproduce saving --out "$dir"
says err 'holds results already' "is refused"
finish

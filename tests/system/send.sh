#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `serve` and `send` against each other, over loopback.
. tests/system/lib
. tests/system/serving

begin --log="$TMP/log" --mailbox "$TMP/mail"
for mode in lockstep pipelining chunking chunking-last chunking-collect early
do
    send 0 "$mode: delivered" --mode $mode --to joe@example.test
done
send 0 "the waits of lock-step" --mode lockstep --recipients 3
says out '9 turnarounds' "nine of them"
printf 'Subject: dots\n\n.\n..two\nend' >"$TMP/message"
rm -f "$TMP"/mail/new/*
send 0 "a file" --file "$TMP/message" --to joe@example.test --from '<>'
printf 'Return-Path: <>\r\nDelivered-To: joe@example.test\r\nSubject: dots\r\n\r\n.\r\n..two\r\nend\r\n' >"$TMP/kept"
holds "is kept as it was" cmp "$TMP/kept" "$TMP"/mail/new/*
send 0 "the same by BDAT" --file "$TMP/message" --to joe@example.test \
    --from '<>' --mode chunking
for kept in "$TMP"/mail/new/*; do
    holds "is kept too" cmp "$TMP/kept" "$kept"
done
holds "nothing is left in tmp" test -z "$(ls "$TMP/mail/tmp")"
send 0 "early, by a memory in a file" --mode early --offers "$TMP/offers" \
    --connections 3 --json
says out '"turnarounds": 8' "4 cold, then 2 and 2"
send 0 "the memory outlives the process" --mode early --offers "$TMP/offers" \
    --json
says out '"turnarounds": 2' "2 at once"
send 0 "many, some at a time" --connections 50 --sessions 7 --messages 3 --json
says out '"delivered": 150' "all of them"
send 0 "at a rate" --connections 5 --rate 100
end
holds "the log is JSON, a line for each session" python3 -c '
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
assert sum(l["messages"] for l in lines) >= 160, lines
' "$TMP/log"

begin --refuse 'joe@example.test=550 no such user' \
    --refuse 'ann@example.test=450 try later' --size 2000
send 24 "no recipient" --to joe@example.test
send 24 "none of two" --to joe@example.test --to ann@example.test
says out 'deferred 450' "the one that may be mended decides"
send 0 "one of two is enough" --to joe@example.test --to sue@example.test
send 23 "above the SIZE that was offered: not tried" --body 64k
end
begin --flaw helo-only
send 0 "a server that knows no EHLO" --mode pipelining
says out '6 turnarounds|8 turnarounds' "is spoken to in lock-step"
end
begin --flaw early-talker --greeting-delay 100ms
echo '{"schema":1,"offers":[{"server":"'"$at"'","size":0,"learnt_s":'"$(date +%s)"',"capabilities":["PIPELINING","PIPECONNECT"]}]}' >"$TMP/wrong"
send 0 "a wrong memory" --mode early --offers "$TMP/wrong" --json
says out '"connections": 2' "costs a connection, and no message"
end
begin --flaw handoff
send 124 "a server that loses input" --timeout 300ms
end

at=127.0.0.1:1
send 3 "nobody there" --to joe@example.test
expect 2 "no server" "$TURNAROUND_SAN" send --to joe@example.test
says err '--server: is needed' "is asked for"
expect 2 "an address with a line end" "$TURNAROUND_SAN" send \
    --server 127.0.0.1 --to 'a>
RCPT'
expect 2 "a bad server" "$TURNAROUND_SAN" send --server '[::1' --to a
echo '{"schema":1,"offers":[{"server":"x"}]}' >"$TMP/bad"
expect 3 "a memory that is none" "$TURNAROUND_SAN" send --server 127.0.0.1:1 \
    --offers "$TMP/bad"
says err 'offers\[0\].server' "says which field"
expect 2 "serve stays on loopback" "$TURNAROUND_SAN" serve --listen 0.0.0.0:0
says err 'anywhere' "unless told otherwise"
expect 2 "a reply that is none" "$TURNAROUND_SAN" serve --refuse 'a=no'
finish

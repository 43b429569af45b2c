#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `serve` and `send` by QMTP and QUICKSTART, over loopback.
. tests/system/lib
. tests/system/serving

begin --protocol qmtp --mailbox "$TMP/mail" --log="$TMP/log" --size 2000 \
    --refuse 'joe@example.test=550 no such user' \
    --refuse 'ann@example.test=450 try later'
send 0 "QMTP: five messages to twenty" --mode qmtp --messages 5 \
    --recipients 20 --json
says out '"delivered": 5' "all of them"
says out '"turnarounds": 1,' "for one wait"
rm -f "$TMP"/mail/new/*
printf 'Subject: dots\n\n.\n..two\nend' >"$TMP/message"
send 0 "a file" --mode qmtp --file "$TMP/message" --to sue@example.test \
    --to joe@example.test --from '<>'
printf 'Return-Path: <>\r\nDelivered-To: sue@example.test\r\nSubject: dots\r\n\r\n.\r\n..two\r\nend\r\n' >"$TMP/kept"
holds "is kept as it was, for whom it is" cmp "$TMP/kept" "$TMP"/mail/new/*
holds "nothing is left in tmp" test -z "$(ls "$TMP/mail/tmp")"
send 24 "none of two" --mode qmtp --to joe@example.test --to ann@example.test
says out 'deferred 450' "the one that may be mended decides"
send 24 "too big" --mode qmtp --body 4k
send 0 "many connections" --mode qmtp --connections 20 --sessions 4 --json
says out '"delivered": 20' "all of them"
send 124 "who waits for a greeting" --timeout 300ms
end
holds "the log has a line for each session" python3 -c '
import json, sys
lines = [json.loads(l) for l in open(sys.argv[1])]
assert len(lines) >= 24 and sum(l["messages"] for l in lines) == 26, lines
' "$TMP/log"

begin --protocol qmtp --tls implicit
send 0 "through TLS" --mode qmtp --tls implicit --tls-insecure
says out '2 turnarounds' "and one wait more"
end
for flag in "--flaw hold-replies" "--capabilities PIPELINING" "--tls starttls" \
    "--user joe:sesame" "--greeting-delay 1s" --qhlo-ids; do
    # shellcheck disable=SC2086 # a flag and its value
    expect 2 "no QMTP $flag" "$TURNAROUND_SAN" serve --protocol qmtp $flag
    says err 'no meaning with --protocol qmtp' "which is said"
done
expect 2 "no such protocol" "$TURNAROUND_SAN" serve --protocol uucp
says err 'protocol' "names the flag"
begin
send 3 "QMTP to a server of SMTP" --mode qmtp
says out 'uncertain' "says so"
end

begin --capabilities PIPELINING,QUICKSTART --tls starttls
send 0 "QUICKSTART, A" --mode quickstart-a
says out '3 turnarounds' "in three waits"
send 0 "QTLS" --mode quickstart-a --tls starttls --tls-insecure
says out '5 turnarounds' "in five, TLS 1.3"
end
begin --qhlo-ids --mailbox "$TMP/mail"
rm -f "$TMP"/mail/new/*
for waits in 3 2 2; do
    send 0 "QUICKSTART, B" --mode quickstart-b --offers "$TMP/offers"
    says out "over 1 connection, $waits turnarounds" "in $waits waits"
done
sed -i 's/\(QUICKSTART [0-9a-f]*\)[0-9a-f]/\1x/' "$TMP/offers"
send 0 "another ID" --mode quickstart-b --offers "$TMP/offers"
says out 'over 1 connection, 3 turnarounds' "is mended in the session"
sed -i 's/\(QUICKSTART [0-9a-f]*\)[0-9a-f]/\1x/' "$TMP/offers"
send 0 "by BDAT" --mode quickstart-b --body-by bdat --offers "$TMP/offers"
says out 'over 2 connections, 3 turnarounds' "by another session"
holds "each is there once" test "$(find "$TMP/mail/new" -type f | wc -l)" = 5
end
finish

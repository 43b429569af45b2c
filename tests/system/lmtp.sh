#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `serve` and `send` where each recipient has a reply behind a body (LMTP,
# PRDR, or else a transaction of his own), and where a message that was cut
# goes on (RFC 1845); what the Maildir has of them.
# shellcheck disable=SC2086 # words
. tests/system/lib
. tests/system/serving

new=$TMP/mail/new
to='--to sue@example.test --to ann@example.test --to ted@example.test'
{
    printf 'Subject: dots\n\n.\n..two\n'
    seq 1 2000 | sed 's/^/line /'
    printf 'end'
} >"$TMP/message"

kept() { # WHAT NAME...: the Maildir has one message, once, to these, whole
    kept_what=$1
    shift
    {
        printf 'Return-Path: <>\r\n'
        for name in "$@"; do
            printf 'Delivered-To: %s@example.test\r\n' "$name"
        done
        sed 's/$/\r/' "$TMP/message"
        printf '\n'
    } >"$TMP/kept"
    holds "$kept_what: once" test "$(find "$new" -type f | wc -l)" = 1
    holds "$kept_what: octet for octet" cmp "$TMP/kept" "$new"/*
    holds "$kept_what: nothing in tmp" test -z "$(ls "$TMP/mail/tmp")"
    rm -f "$new"/*
}
post() { # STATUS WHAT FLAG...: the message, to three
    post_want=$1
    post_what=$2
    shift 2
    send "$post_want" "$post_what" --file "$TMP/message" --from '<>' $to "$@"
}

nothing() { # WHAT: the Maildir is empty
    holds "$1" test -z "$(find "$TMP/mail" -type f)"
}

no='--refuse-content ann@example.test=550'
begin --protocol lmtp --mailbox "$TMP/mail" $no
for mode in lockstep pipelining chunking chunking-last; do
    post 0 "LMTP, $mode" --lmtp --mode $mode
    says out 'recipients: 2 accepted, 0 deferred, 1 refused' "one did not"
    kept "LMTP, $mode" sue ted
done
send 26 "LMTP, for nobody" --lmtp --to ann@example.test
nothing "nothing is kept"
send 22 "LMTP knows no EHLO" --to sue@example.test
nothing "and keeps nothing then"
end
expect 2 "LMTP is not for port 25" "$TURNAROUND_SAN" send --lmtp \
    --server 127.0.0.1
says err '25' "which is said"
begin --protocol lmtp --mailbox "$TMP/mail" --flaw one-verdict
post 3 "a reply for three" --lmtp --timeout 300ms
says out 'uncertain' "nobody knows whose it is"
rm -f "$new"/*
end

along=PIPELINING,CHUNKING,ENHANCEDSTATUSCODES
begin --mailbox "$TMP/mail" $no --capabilities $along,PRDR
post 0 "PRDR" --extensions PRDR
says out '4 turnarounds' "in no more waits"
says out 'recipients: 2 accepted, 0 deferred, 1 refused' "one did not"
kept "PRDR" sue ted
for mode in pipelining chunking; do
    post 26 "one reply for all, $mode" --mode $mode
    says out 'recipients: 2 accepted, 0 deferred, 1 refused' "two have it"
    kept "a transaction of his own, $mode" sue ted
done
post 26 "one reply for all, lock-step: the first 452 ends a transaction" \
    --mode lockstep
says out 'recipients: 2 accepted, 0 deferred, 1 refused' "two have it"
for name in sue ted; do
    holds "$name has it once" test \
        "$(cat "$new"/* | grep -c "^Delivered-To: $name@")" = 1
done
rm -f "$new"/*
end

begin --mailbox "$TMP/mail" --cut-body 5000 --capabilities $along,CHECKPOINT
post 0 "cut, with CHECKPOINT" --extensions CHECKPOINT
says out 'over 2 connections' "goes on in another session"
kept "cut, with CHECKPOINT" sue ann ted
end
begin --mailbox "$TMP/mail" --cut-body 5000 --capabilities $along,CHECKPOINT
post 3 "cut, without"
nothing "keeps nothing"
post 0 "is sent again"
kept "is sent again" sue ann ted
end

# A client of another make. What is not taken up again leaves nothing behind,
# and a server that has ended remembers nothing.
cat >"$TMP/client" <<'END'
import socket, sys
port, cut = int(sys.argv[1]), int(sys.argv[2])
text = open(sys.argv[3], "rb").read()
lines = socket.create_connection(("127.0.0.1", port))
heard = lines.makefile("rb")
def reply():
    while True:
        line = heard.readline()
        if line[3:4] != b"-":
            return line
def say(words):
    lines.sendall(words.encode() + b"\r\n")
    return reply()
reply()
say("EHLO other.example")
offset, answer = 0, say("MAIL FROM:<> TRANSID=<1@other.example>")
if answer.startswith(b"355 "):
    offset = int(answer.split()[1])
else:
    say("RCPT TO:<joe@example.test>")
assert say("DATA").startswith(b"354 ")
if cut:
    lines.sendall(text[:cut])
    lines.shutdown(socket.SHUT_WR)
    while heard.readline():
        pass
else:
    lines.sendall(text[offset:] + b".\r\n")
    print(offset, reply().decode()[:3], say("QUIT").decode()[:3])
END
seq 1 2000 | sed 's/$/\r/' >"$TMP/text"
printf 'Return-Path: <>\r\nDelivered-To: joe@example.test\r\n' |
    cat - "$TMP/text" >"$TMP/kept"
other() { # CUT: it stops behind so many octets; 0: never
    holds "a client of another make, cut at $1" \
        python3 "$TMP/client" "${at##*:}" "$1" "$TMP/text"
}
begin --mailbox "$TMP/mail" --capabilities $along,CHECKPOINT
other 703
holds "a part is not there" test -z "$(ls "$new")"
other 0
says out '^702 250 221$' "it goes on behind the last whole line"
holds "one message" test "$(find "$new" -type f | wc -l)" = 1
holds "octet for octet" cmp "$TMP/kept" "$new"/*
rm -f "$new"/*
end
begin --mailbox "$TMP/mail" --capabilities $along,CHECKPOINT
other 703
kill -KILL $server
wait $server 2>/dev/null
begin --mailbox "$TMP/mail" --capabilities $along,CHECKPOINT
other 0
says out '^0 250 221$' "a server that was killed begins it again"
holds "one message too" test "$(find "$new" -type f | wc -l)" = 1
holds "octet for octet too" cmp "$TMP/kept" "$new"/*
end
finish

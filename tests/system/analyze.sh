#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround analyze against others' eyes: the waits in every capture, counted
# from the fields that tshark prints, by a rule of its own; pictures, limits and
# a live capture as a user has them.
. tests/system/lib
captures=tests/captures

# Waits of each conversation in a capture, as tshark and awk see them: the
# server's new bytes that acknowledge all that the client has sent, once for
# each time that the client has sent something since.
waits_by_tshark() { # capture
    tshark -r "$1" -Y tcp -T fields -e tcp.stream -e tcp.flags.syn \
        -e tcp.flags.ack -e tcp.flags.fin -e tcp.srcport -e tcp.len \
        -e tcp.seq -e tcp.ack 2>/dev/null | awk '
        function yes(x) { return x == 1 || x == "True" }
        function ends() { if (asked[s] && $8 >= sent[s]) { w[s]++; asked[s] = 0 } }
        {
            s = $1; end = $7 + $6 + yes($2)
            if (yes($2) && !yes($3)) { client[s] = $5; w[s] = 0; n = s }
            if (yes($2) && yes($3)) asked[s] = 1
            if ($5 == client[s]) {
                if ($6 > 0 && end > sent[s]) { sent[s] = end; asked[s] = 1 }
            } else if ($6 > 0 && end > got[s]) { got[s] = end; ends() }
            else if (yes($4)) ends()
        }
        END { for (i = 0; i <= n; i++) printf "%s%d", i ? " " : "", w[i]
              print "" }'
}

# The same by ours. Without a JSON reader: the key stands once a conversation.
waits_by_us() { # capture
    "$TURNAROUND" analyze -v --json "$1" |
        grep -o '"turnarounds":[0-9]*' | sed 's/.*://' | tr '\n' ' ' |
        sed 's/ $//'
}

# Tickets of TLS 1.3 look like speech to whoever has no key: there tshark may
# count one or two waits more.
# shellcheck disable=SC2317 # called by holds
agree() { # ours, tshark's, slack
    awk -v a="$1" -v b="$2" -v slack="$3" 'BEGIN {
        n = split(a, x, " "); m = split(b, y, " ")
        if (n != m || n == 0) exit 1
        for (i = 1; i <= n; i++)
            if (y[i] < x[i] || y[i] > x[i] + slack) exit 1
    }'
}

if command -v tshark >/dev/null; then
    for capture in "$captures"/*.pcap*; do
        case $capture in
        *tls13-* | *-gnutls* | *keyed-secrets* | *keyed-run-0rtt*) slack=2 ;;
        *) slack=0 ;;
        esac
        ours=$(waits_by_us "$capture")
        theirs=$(waits_by_tshark "$capture")
        holds "${capture##*/}: $ours waits; tshark's fields: $theirs" \
            agree "$ours" "$theirs" $slack
    done
else
    skip "counting waits by tshark's fields" "there is no tshark"
fi

expect 1 "a limit that is broken is an exit status" \
    "$TURNAROUND" analyze -q --max-turnarounds 3 $captures/rfc-pf-3.pcap
says err 'wait 4 \(body QUIT -> 250 221' "... and names the wait"
expect 0 "standard input is a capture" \
    sh -c "\"$TURNAROUND\" analyze - <$captures/two-links.pcapng"
says out '4 turnarounds' "... of interfaces with link types of their own"

expect 0 "a ladder as text" "$TURNAROUND" analyze --ascii \
    $captures/rfc-swaks-3.pcap
# shellcheck disable=SC2016 # awk's $0
holds "... of at most 72 columns" \
    awk 'length($0) > 72 { exit 1 }' "$TMP/out"
expect 0 "a ladder as a picture" "$TURNAROUND" analyze -q \
    --sequence "$TMP/ladder.svg" $captures/rfc-pf-3.pcap
if command -v xmllint >/dev/null; then
    holds "... is well-formed" xmllint --noout "$TMP/ladder.svg"
else
    skip "whether the picture is well-formed" "there is no xmllint"
fi
expect 3 "a conversation that is not there" \
    "$TURNAROUND" analyze --conversation 2 $captures/rfc-pf-3.pcap
expect 0 "what if" "$TURNAROUND" analyze --what-if $captures/pf-exim-1.pcap
says out '^  early, BDAT +1 +205\.' "... by what was seen"

# What is said inside TLS, by tshark's own decryption.
commands_by_tshark() { # capture
    tshark -r "$1.pcap" -o tls.keylog_file:"$1.keys" -d tcp.port==2525,smtp \
        -Y smtp.req.command -T fields -e smtp.req.command 2>/dev/null |
        tr ',\n' '  ' | sed 's/STAR/STARTTLS/; s/ *$//'
}

commands_by_us() { # capture
    "$TURNAROUND" analyze --json --keylog "$1.keys" "$1.pcap" |
        grep -o '"says":"[A-Z ]*"' | sed 's/.*:"//; s/"//' | grep -v TLS$ |
        tr '\n' ' ' | sed 's/TLS //; s/ $//'
}

keyed=$captures/keyed-tls12-aes128
expect 0 "a session inside TLS, by its key log" \
    "$TURNAROUND" analyze --keylog $keyed.keys $keyed.pcap
says out 'DATA -> 354' "... is read"
if command -v tshark >/dev/null; then
    ours=$(commands_by_us $keyed)
    theirs=$(commands_by_tshark $keyed | sed 's/STARTTLS //')
    holds "... as tshark reads it: $theirs" [ "$ours" = "$theirs" ]
else
    skip "... as tshark reads it" "there is no tshark"
fi
expect 0 "another session's key log" "$TURNAROUND" analyze \
    --keylog $captures/keyed-tls13-big.keys $keyed.pcap
says out 'stays unread: its secrets are not in the key log' "... is said"
expect 0 "what is no key log" "$TURNAROUND" analyze \
    --keylog $captures/README.md $keyed.pcap
says err 'no key log' "... is said"
says out '13 turnarounds' "... and costs nothing else"
expect 3 "a key log that is not there" "$TURNAROUND" analyze \
    --keylog "$TMP/no.keys" $keyed.pcap
expect 0 "secrets inside a pcapng file" "$TURNAROUND" analyze \
    $captures/keyed-secrets-inside.pcapng
says out 'QUIT -> 221' "... are used unasked"

expect 3 "an interface that is not there" \
    "$TURNAROUND" analyze -i no-such-interface --seconds 0.1
says err 'no-such-interface' "... is named"
if unshare -Urn true 2>/dev/null; then
    # shellcheck disable=SC2016 # for the inner shell
    expect 0 "a live capture in a namespace of our own" unshare -Urn sh -c '
        ip link set lo up 2>/dev/null
        "$TURNAROUND" analyze -i lo --seconds 0.2'
    says out '^0 mail conversations' "... which is silent"
    expect 3 "a filter that is none" unshare -Urn \
        "$TURNAROUND" analyze -i lo --seconds 0.1 'por 25'
else
    skip "a live capture" "this host forbids user namespaces"
fi
finish

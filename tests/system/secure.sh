#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `serve` and `send` with TLS and AUTH, over loopback; `run` with --keylog.
. tests/system/lib
. tests/system/serving
lab='--tls-insecure --tls starttls'

printf '# who\njoe:secret\nann:other\n' >"$TMP/users"
begin --tls starttls --user "@$TMP/users" --require-auth --log="$TMP/log" \
    --keylog "$TMP/keys"
# shellcheck disable=SC2086 # words
{
    send 29 "nobody has signed this certificate" --tls starttls
    says out 'TLS failed: the certificate' "and that is told"
    send 23 "no mail without AUTH" $lab
    send 28 "AUTH is not offered in the clear" --auth plain --user ann:other
    send 28 "a wrong password" $lab --auth plain --user ann:secret
    for auth in plain login plain,no-initial login,no-initial; do
        send 0 "$auth" $lab --auth $auth --user ann:other
    done
    send 0 "TLS 1.2" $lab --auth plain --user ann:other --tls-version 1.2
    says out ' 8 turnarounds' "two of them in its handshake"
    send 0 "TLS 1.3" $lab --auth plain --user ann:other --keylog "$TMP/ours"
    says out ' 7 turnarounds' "one of them in its handshake"
    send 0 "resumed" $lab --auth plain --user ann:other --connections 4 \
        --tls-version 1.2 --tls-session resumed
    says out ' 29 turnarounds' "8, and then 7 each"
    send 0 "early" $lab --auth plain --user ann:other --mode early \
        --connections 3 --offers "$TMP/offers"
    says out ' 17 turnarounds' "7, and then 5 each"
    send 0 "the memory tells TLS from none" $lab --auth plain \
        --user ann:other --mode early --offers "$TMP/offers" \
        --body-by bdat
    says out ' 4 turnarounds' "the handshake's, and three"
}
send 29 "a server that does not speak TLS at once" --tls implicit
says out "the peer does not speak TLS" "and that is told"
holds "the memory says it" grep -q '"tls": true' "$TMP/offers"
holds "it knows the mechanisms" grep -q '"AUTH PLAIN LOGIN"' "$TMP/offers"
holds "the server has logged its keys" grep -q '^CLIENT_' "$TMP/keys"
holds "the client has logged its own" grep -q '^SERVER_' "$TMP/ours"
end
holds "the log tells of TLS" grep -q '"tls":"TLS 1.3"' "$TMP/log"
holds "and of who is known" grep -q '"authenticated":true' "$TMP/log"

begin --tls implicit --tls-early-banner
send 0 "implicit" --tls implicit --tls-insecure
says out ' 4 turnarounds' "the banner came early"
end

begin
send 29 "no STARTTLS" --tls starttls --tls-insecure
says out 'no STARTTLS' "and that is told"
send 0 "opportunistic, in the clear" --tls opportunistic
says out ' 4 turnarounds' "as ever"
end

expect 2 "a password without a name" "$TURNAROUND_SAN" send \
    --server 127.0.0.1:1 --auth plain
says err 'user is needed' "is told so"
expect 2 "a password in the clear" "$TURNAROUND_SAN" send \
    --server 192.0.2.1:25 --auth plain --user a:b
says err 'in the clear' "is told so"
expect 3 "a certificate without its key" "$TURNAROUND_SAN" send \
    --server 127.0.0.1:1 --tls starttls --tls-cert /dev/null
says err 'go together' "is told so"
expect 2 "serve, opportunistic" "$TURNAROUND_SAN" serve --tls opportunistic

for tls in starttls implicit; do
    expect 0 "run --tls $tls" "$TURNAROUND_SAN" run --world ideal --tls $tls \
        --out "$TMP/$tls"
    holds "keeps the keys" grep -q '^CLIENT_TRAFFIC_SECRET_0 ' \
        "$TMP/$tls/keys.log"
done
expect 0 "run --keylog" "$TURNAROUND_SAN" run --world ideal --tls starttls \
    --tls-version 1.2 --keylog "$TMP/run.keys"
holds "is where they go" grep -q '^CLIENT_RANDOM ' "$TMP/run.keys"
finish

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround doctor: as whoever runs the tests, and as an ordinary user where
# we can become one; leaves no process behind.
. tests/system/lib

try "$TURNAROUND" doctor
case $status in
0)
    ok "this host allows the kernel world"
    says out '\+ the kernel world works' "it says so"
    ;;
127)
    ok "this host does not allow the kernel world"
    says out '- the kernel world does not work' "it says so"
    says out '^What to do' "and what to do"
    ;;
*)
    not_ok "doctor: exit status $status, expected 0 or 127"
    show
    ;;
esac
says out 'the ideal world works' "the ideal world works anywhere"
says out 'timers +(late by|[A-Z])' "timers are measured"
seen=$status

expect "$seen" "the same as JSON" "$TURNAROUND" doctor --json
says out '^  "schema": 1,$' "with its schema"
says out '"name": "user namespaces"' "and its findings"
expect 2 "an argument" "$TURNAROUND" doctor me
says err "'me': it takes no argument" "is refused"
expect 2 "an unknown flag" "$TURNAROUND" doctor --wibble

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    cp "$TURNAROUND" "$TMP/turnaround"
    chmod 755 "$TMP" "$TMP/turnaround"
    as_nobody() {
        setpriv --reuid 65534 --regid 65534 --clear-groups \
            "$TMP/turnaround" doctor
    }
    try as_nobody
    case $status in
    0 | 127) ok "an ordinary user is told as well" ;;
    *)
        not_ok "as an ordinary user: exit status $status"
        show
        ;;
    esac
    says out 'not root' "that he is not root"
else
    skip "an ordinary user" "we cannot become one"
fi
finish

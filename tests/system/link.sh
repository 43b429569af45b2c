#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `turnaround link`: programs on the road, roads inside roads, what is told of
# them, and how they end.
# shellcheck disable=SC2016 # what stands in quotes is for an inner shell
. tests/system/lib

"$TURNAROUND" link lan -q -- true 2>"$TMP/err"
if grep -q 'namespace' "$TMP/err"; then
    skip "link" "$(head -1 "$TMP/err")"
    finish
fi

# --- the command ---------------------------------------------------------
expect 0 "a command" "$TURNAROUND" link 'delay 1ms' -- true
says err '^link: up   0 packets in, 0 out, 0 dropped, 0 still on the way' \
    "the way up is told"
says err '^link: valid; steal ' "the road grades itself"
expect 0 "--quiet" "$TURNAROUND" link lan --quiet -- true
if [ -s "$TMP/err" ]; then not_ok "--quiet is quiet"; else ok "--quiet is quiet"; fi
expect 7 "its exit status" "$TURNAROUND" link lan -q -- sh -c 'exit 7'
expect 143 "a signal that ended it" \
    "$TURNAROUND" link lan -q -- sh -c 'kill -TERM $$'
expect 127 "no such command" "$TURNAROUND" link lan -q -- ./no-such-program
says err 'no-such-program: No such file' "it is named"
expect 126 "no program" "$TURNAROUND" link lan -q -- /etc/passwd
expect 0 "standard input" sh -c \
    'echo through | "$TURNAROUND" link lan -q -- cat | grep -x through'
expect 0 "words without quotes" "$TURNAROUND" link delay 1ms -- true
expect 0 "the other side's address" "$TURNAROUND" link lan -q -- sh -c \
    'test $TURNAROUND_SERVER/$TURNAROUND_SERVER6 = 192.0.2.2/2001:db8::2'
expect 0 "the link's words" "$TURNAROUND" link lan -q -- sh -c \
    'test "$TURNAROUND_LINK" = lan'

# --- refusals ------------------------------------------------------------
expect 2 "no command" "$TURNAROUND" link geo
expect 2 "no words" "$TURNAROUND" link -- true
expect 2 "a wrong word" "$TURNAROUND" link 'delay 10' -- true
says err '\^$' "the error points at it"
expect 2 "a wrong meaning" "$TURNAROUND" link lan --downlink 'drop foo' -- true
says err 'downlink: column 6: drop: found "foo".* syn-ack, .*rcpt-reply' \
    "the meanings are listed"
says err '^ {7}\^$' "and the word is pointed at"
expect 2 "a wrong number" "$TURNAROUND" link lan --mtu 10 -- true
says err 'found "10", wanted a whole number from 1280 to 65535' "with its bounds"
expect 3 "no such congestion control" \
    "$TURNAROUND" link lan --congestion wishful -- true
says err 'wishful' "it is named"
expect 3 "no such folder" "$TURNAROUND" link lan --pcap "$TMP/no/x.pcap" -- true
says err 'no/x.pcap' "it is named"
expect 0 "--list" "$TURNAROUND" link --list
says out '^ +geo +delay 279ms' "roads by name"
says out 'Source: RFC 2488' "with their sources"
says out '^ +rcpt-reply ' "meanings of drop"

# --- packets as TCP makes them ---------------------------------------------
expect 2 "--gso: what needs a wire's packets" \
    "$TURNAROUND" link 'delay 1ms loss 1%' --gso -- true
says err 'delay alone: found "loss" in WORDS' "it is named"
expect 2 "--gso: in the other direction" "$TURNAROUND" link 'delay 1ms' \
    --downlink 'delay 1ms drop syn' --gso -- true
says err 'found "drop" in --downlink' "it is named"
expect 2 "--gso: by TUN" "$TURNAROUND" link 'delay 1ms' --gso --port tun -- true
expect 2 "--gso: by another road" \
    "$TURNAROUND" link 'delay 1ms' --gso --road qdisc -- true
expect 0 "--gso" "$TURNAROUND" link 'delay 1ms' --gso -q --json="$TMP/gso" -- true
holds "has no rate" grep -q '"words": "delay 1ms limit ' "$TMP/gso"
holds "and says what the devices have" grep -q 'with all offloads' "$TMP/gso"

# --- the kernel's own roads -----------------------------------------------
expect 2 "--road qdisc: what netem has not" "$TURNAROUND" link \
    'delay 1ms drop syn' --road qdisc -- true
says err 'netem has no "drop"' "it is named"
expect 127 "--road qdisc: no tc" env PATH=/nowhere "$TURNAROUND" link \
    'delay 1ms' --road qdisc -- true
says err 'needs the program tc' "it is told"
expect 2 "--road none takes no words" "$TURNAROUND" link geo --road none -- true
expect 0 "--road none" "$TURNAROUND" link --road none --pcap "$TMP/none.pcap" -- \
    sh -c 'test $TURNAROUND_SERVER = 192.0.2.2'
says err '^link: valid, as far as the kernel tells; 0 missing' "little is told"
# A tc that notes what it is asked, and counts as netem would.
mkdir "$TMP/bin"
cat >"$TMP/bin/tc" <<END
#!/bin/sh
echo "\$*" >>"$TMP/asked"
[ "\$1" != -s ] || echo '[{"kind":"netem","packets":7,"bytes":99,"drops":2}]'
END
chmod +x "$TMP/bin/tc"
expect 0 "--road qdisc: as tc is asked" env PATH="$TMP/bin:$PATH" "$TURNAROUND" \
    link 'loss 1% delay 10ms 1ms distribution normal' --downlink \
    'rate 1mbit limit 50' --road qdisc -- true
says err '^link: up   9 packets in, 7 out, 2 dropped' "its counts are told"
holds "the way up" grep -x "qdisc add dev d0 root netem delay 10ms 1ms\
 distribution normal loss 1% rate 100mbit limit 1000" "$TMP/asked"
holds "the way down" grep -x \
    'qdisc add dev u0 root netem rate 1mbit limit 50' "$TMP/asked"
if "$TURNAROUND" link 'delay 20ms' --road qdisc -q -- true 2>"$TMP/err"; then
    ok "--road qdisc: this kernel has netem"
else
    skip "--road qdisc with netem" "$(head -1 "$TMP/err")"
fi

# --- a server ------------------------------------------------------------
# A server and a client of one line each; the client tells its milliseconds.
cat >"$TMP/serve" <<'END'
use Socket;
my ($port, $wait) = @ARGV;
select undef, undef, undef, $wait || 0;
socket my $s, AF_INET, SOCK_STREAM, 0;
setsockopt $s, SOL_SOCKET, SO_REUSEADDR, 1;
bind $s, sockaddr_in($port, INADDR_ANY) or die "bind: $!";
listen $s, 5;
while (accept my $c, $s) { syswrite $c, "hello\n"; close $c; }
END
cat >"$TMP/call" <<'END'
use Socket;
use Time::HiRes 'time';
my $began = time;
socket my $s, AF_INET, SOCK_STREAM, 0;
connect $s, sockaddr_in($ARGV[0], inet_aton($ENV{TURNAROUND_SERVER}))
    or die "connect: $!\n";
printf "%d %s", 1000 * (time - $began), scalar <$s>;
END
cat >"$TMP/flood" <<'END'
use Socket;
socket my $s, AF_INET, SOCK_DGRAM, 0;
send $s, "x" x 1400, 0, sockaddr_in(9, inet_aton("192.0.2.2")) for 1 .. 200;
END
# The client waited for at least so many milliseconds.
waited() { # least, what
    read -r took word <"$TMP/out" || took=0
    if [ "$took" -ge "$1" ] && [ "$word" = hello ]; then
        ok "$2"
    else
        not_ok "$2: waited $took ms, expected at least $1"
        show
    fi
}
if command -v perl >/dev/null && perl -MTime::HiRes -e 1 2>/dev/null; then
    expect 0 "a server" "$TURNAROUND" link 'delay 30ms' \
        --server perl "$TMP/serve" 8025 0.2 -- perl "$TMP/call" 8025
    waited 60 "the road lies between them"
    expect 0 "--downlink" "$TURNAROUND" link 'delay 1ms' --downlink \
        'delay 40ms' --server perl "$TMP/serve" 8025 -- perl "$TMP/call" 8025
    waited 41 "each way has its own delay"
    expect 0 "--server-ready" "$TURNAROUND" link 'delay 1ms' --server-ready \
        8025 --server perl "$TMP/serve" 8025 0.1 -- perl "$TMP/call" 8025
    expect 111 "--server-ready now" "$TURNAROUND" link 'delay 1ms' -q \
        --server-ready now --server perl "$TMP/serve" 8025 9 -- \
        perl "$TMP/call" 8025
    says err 'refused' "there is nobody yet"
    expect 0 "a server over --road none" "$TURNAROUND" link --road none \
        --pcap-server "$TMP/bare.pcap" --server perl "$TMP/serve" 8025 -- \
        perl "$TMP/call" 8025
    waited 0 "the kernel forwards between them"
    holds "what it captured" "$TURNAROUND" analyze "$TMP/bare.pcap"
    says out 'in [1-9][0-9]* packets' "are packets"
    expect 3 "a server that ends" "$TURNAROUND" link lan -q --server false -- \
        true
    says err 'server false ended before it was ready' "it is told"
    expect 0 "a link in a link" "$TURNAROUND" link 'delay 20ms' -q \
        --server perl "$TMP/serve" 8025 -- \
        "$TURNAROUND" link 'delay 15ms' -q -- \
        "$TURNAROUND" link 'delay 5ms' -q -- perl "$TMP/call" 8025
    waited 80 "roads add up"
    expect 0 "two links in a link" "$TURNAROUND" link 'delay 1ms' -q \
        --server perl "$TMP/serve" 8025 -- sh -c '
        "$TURNAROUND" link "delay 10ms" -q -- perl "$0" 8025 >"$1" & \
        "$TURNAROUND" link "delay 10ms" -q -- perl "$0" 8025 && wait $! && \
        grep -q hello "$1"' "$TMP/call" "$TMP/other"
    waited 22 "they do not disturb each other"
    expect 0 "a SYN-ACK is dropped" "$TURNAROUND" link 'delay 1ms' \
        --downlink 'delay 1ms drop syn-ack' \
        --server perl "$TMP/serve" 8025 -- perl "$TMP/call" 8025
    waited 1000 "it comes again a second later"
    says err 'down .* 1 dropped \(exact 1\)' "and is told by its rule"
    says err '; [0-9]+ SYN retransmissions' "so are the SYNs"
    expect 0 "captures and a log" "$TURNAROUND" link 'delay 1ms loss 20%' -q \
        --seed 5 --pcap "$TMP/c.pcap" --pcap-server "$TMP/s.pcap" \
        --packet-log "$TMP/log" --json="$TMP/json" \
        --server perl "$TMP/serve" 8025 -- perl "$TMP/call" 8025
    holds "the capture is one" "$TURNAROUND" analyze "$TMP/c.pcap"
    number() { # key: the sum of both ways
        awk -v key="\"$1\":" '$1 == key { n += $2 } END { print n }' "$TMP/json"
    }
    lost=$(awk -F, '$6 == "loss"' "$TMP/log" | wc -l)
    if [ "$(number dropped)" = "$lost" ] && [ "$(number packets_in)" = \
        $(($(number packets_out) + lost + $(number on_the_way))) ]; then
        ok "in = out + dropped + still on the way, in log and report"
    else
        not_ok "in = out + dropped + still on the way, in log and report"
        cat "$TMP/json"
    fi
else
    skip "a server" "there is no perl"
fi

# --- mail ----------------------------------------------------------------
# The 354 is lost, and comes again when TCP's patience ends: 200 ms at least.
# On a busy host the row may be INVALID, but it says what happened all the same.
delivered() { # what, flag...
    delivered_what=$1
    shift
    try "$TURNAROUND" run --json "$@"
    says out '"outcome": "delivered"' "$delivered_what"
}
delivered "run: the 354 is dropped" --mode lockstep \
    --uplink 'delay 50ms' --downlink 'delay 50ms drop reply 354'
says out '"road_dropped": 1,' "one packet is dropped"
residual=$(sed -n 's/.*"residual_ms": \([0-9]*\).*/\1/p' "$TMP/out")
if [ "${residual:-0}" -ge 200 ]; then
    ok "it costs a retransmission timeout ($residual ms)"
else
    not_ok "it costs a retransmission timeout: $residual ms"
fi
expect 2 "run: a meaning that is none" "$TURNAROUND" run \
    --downlink 'drop reply 35'
says err 'wanted a code from 200 to 599' "it is told"

delivered "run --road none" --road none
says out '"road": "none"' "the row names it"
says out '"turnarounds_in_capture": 4' "it is captured all the same"
expect 2 "run --road qdisc: what netem has not" "$TURNAROUND" run \
    --road qdisc --uplink 'delay 1ms ordered' --downlink 'queue codel'
try "$TURNAROUND" run --road qdisc --rtt 2ms
if grep -q '^  outcome *delivered' "$TMP/out" ||
    { [ $status = 127 ] && grep -q netem "$TMP/err"; }; then
    ok "run --road qdisc: done, or plainly refused"
else
    not_ok "run --road qdisc: exit status $status"
    show
fi

# --- the ends ------------------------------------------------------------
# Processes that have $1 in their environment; warden and zombies left out.
marked() {
    for d in /proc/[0-9]*; do
        tr '\0' '\n' <"$d/environ" | grep -qx "MARK=$1" || continue
        sed -n 's/^\([0-9]*\) (\(.*\)) \([^Z]\) .*/\1 \2/p' "$d/stat"
    done 2>/dev/null
}
gone() { # mark, what
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ -n "$(marked "$1")" ] || break
        sleep 0.1
    done
    if [ -z "$(marked "$1")" ]; then
        ok "$2"
    else
        not_ok "$2: $(marked "$1")"
    fi
}
expect 0 "a command that leaves children" env MARK=$$.a "$TURNAROUND" link \
    lan -q -- sh -c 'sleep 300 & setsid sleep 300 & :'
gone $$.a "they end with the link"
MARK=$$.b "$TURNAROUND" link lan -q -- sleep 300 &
sleep 0.3
kill -TERM $!
wait $!
status=$?
if [ $status = 143 ]; then
    ok "SIGTERM is passed on"
else
    not_ok "SIGTERM is passed on: exit status $status"
fi
gone $$.b "nothing is left"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    case $((i % 3)) in
    0) set -- sleep 300 ;;
    1) set -- "$TURNAROUND" link geo -- sleep 300 ;;
    2) set -- sh -c 'setsid sleep 300 & sleep 300' ;;
    esac
    MARK=$$.c "$TURNAROUND" link 'delay 5ms' -q --server-ready now \
        --server sleep 300 -- "$@" >/dev/null 2>&1 &
    sleep "0.0$((i * 37 % 97))"
    kill -KILL $!
    wait $! 2>/dev/null
done
gone $$.c "killed 20 times at any moment, nothing is left"

# --- bad conditions ------------------------------------------------------
for n in 5 6 7 8 9 10 12 14 16 20 24; do
    try sh -c "ulimit -n $n && exec \"\$TURNAROUND\" link lan -q -- true"
    [ $status = 0 ] || [ $status = 3 ] || [ $status = 126 ] || break
    [ $status = 0 ] || grep -q 'Too many open files' "$TMP/err" || break
done
if [ "$n" = 24 ] && [ $status = 0 ]; then
    ok "out of descriptors: said, whatever is missing"
else
    not_ok "out of descriptors: $n of them, exit status $status"
    show
fi
# As root of a user namespace of our own, with powers or without.
if unshare -Urm true 2>/dev/null && command -v setpriv >/dev/null; then
    expect 3 "no user namespaces" unshare -Ur sh -c '
        echo 0 >/proc/sys/user/max_user_namespaces &&
        exec setpriv --inh-caps=-all --bounding-set=-all --ambient-caps=-all \
            "$TURNAROUND" link lan -q -- true'
    says err 'raise user.max_user_namespaces' "what helps is told"
    expect 3 "a full disk" unshare -Urm sh -c '
        mkdir "$0" && mount -t tmpfs -o size=64k none "$0" &&
        "$TURNAROUND" link "delay 1ms rate unlimited" --pcap "$0/c.pcap" -- \
            perl "$1"
        status=$?
        ls "$0"
        exit $status' "$TMP/full" "$TMP/flood"
    says err 'No space left on device' "it is told"
    if [ -s "$TMP/out" ]; then
        not_ok "no half capture stays"
        show
    else
        ok "no half capture stays"
    fi
else
    skip "no user namespaces, a full disk" "unshare -Urm does not work here"
fi

# --- an ordinary user ----------------------------------------------------
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    chmod 755 "$TMP"
    cp "$TURNAROUND" "$TMP/turnaround"
    user() {
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    }
    if user "$TMP/turnaround" link lan -q -- true 2>/dev/null; then
        expect 0 "an ordinary user stays himself" user "$TMP/turnaround" link \
            lan -q -- sh -c 'test $(id -u) = 65534'
        expect 0 "he too makes links in links" user "$TMP/turnaround" link \
            lan -q -- "$TMP/turnaround" link lan -q -- sh -c \
            'test $TURNAROUND_CLIENT = 198.18.255.255'
        if command -v tc >/dev/null; then
            try user "$TMP/turnaround" link lan --road qdisc -- true
            if [ "$status" = 0 ] || grep -q 'no netem' "$TMP/err"; then
                ok "tc serves him too, or there is no netem"
            else
                not_ok "tc serves him too, or there is no netem"
                cat "$TMP/err"
            fi
        else
            skip "--road qdisc" "there is no tc"
        fi
        if command -v ping >/dev/null; then
            expect 0 "he pings, over both roads" user "$TMP/turnaround" link \
                'delay 5ms' -q -- "$TMP/turnaround" link 'delay 5ms' -q -- \
                ping -c 1 -W 5 192.0.2.2
        else
            skip "ping" "there is no ping"
        fi
        if user test -r /dev/net/tun 2>/dev/null; then
            skip "no TUN" "anybody may open /dev/net/tun"
        else
            expect 3 "no TUN" user "$TMP/turnaround" link lan --port tun -- true
            says err 'use veth, which needs no node|modprobe tun' \
                "what helps is told"
        fi
    else
        skip "an ordinary user" "he may not make namespaces here"
    fi
else
    skip "an ordinary user" "we are one, or there is no setpriv"
fi

# --- a terminal ----------------------------------------------------------
if command -v script >/dev/null && command -v bash >/dev/null; then
    : >"$TMP/shown"
    await() { # pattern, times: until the terminal has shown it
        for _ in $(seq 200); do
            [ "$(grep -cE -e "$1" "$TMP/shown")" -lt "$2" ] || return
            sleep 0.1
        done
    }
    keys() {
        await '^ready' 1
        echo 'echo up; sleep 300'
        await '^up' 1
        printf '\003'
        await '^ready' 2
        echo 'echo "then $?"'
        await '^then' 1
        echo 'exit 5'
    }
    keys | PROMPT_COMMAND='echo ready' script -qefc \
        "$TURNAROUND link lan -q -- bash --norc -i" "$TMP/shown" >"$TMP/out"
    : >"$TMP/err"
    says out 'then 130' "keys reach a shell on the road, and what it runs"
else
    skip "a terminal" "there is no script(1)"
fi
finish

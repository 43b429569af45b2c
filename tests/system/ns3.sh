#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The world ns3 and the road ns3 from outside: the same counts as in the ideal
# world, the same bytes again, and what is refused.
# shellcheck disable=SC2016,SC2086,SC2046,SC2048
# What stands in quotes is for an inner shell; flags and commands are words.
. tests/system/lib

export TMP

# --- without the plug-in -----------------------------------------------------
export TURNAROUND_NS3="$TMP/none.so"
expect 127 "no plug-in: the world" "$TURNAROUND" run --world ns3
says err "none.so.*libns3-dev" "it says what is missing"
expect 127 "no plug-in: the road" "$TURNAROUND" run --road ns3
says err "none.so.*libns3-dev" "it says so, too"
echo rubbish >"$TMP/none.so"
expect 127 "no plug-in at all" "$TURNAROUND" run --world ns3
says err "invalid ELF header|file too short" "the loader's own words"
expect 0 "the rest needs none" "$TURNAROUND" run --world ideal
unset TURNAROUND_NS3
holds "nobody loads it for --version" sh -c \
    'LD_DEBUG=files "$TURNAROUND" --version 2>&1 | grep -Ec "libns3|-ns3[.]so" |
        grep -qx 0'

if ! "$TURNAROUND" run --world ns3 >"$TMP/out" 2>"$TMP/err"; then
    skip "ns3" "$(head -1 "$TMP/err")"
    finish
fi

# --- the same counts as in the ideal world -------------------------------------
# What both of them say of a session.
counted='"(outcome|turnarounds|turnarounds_tls|connections|tls_version|bytes_sent|bytes_received|messages_accepted|recipients_accepted)":'
counts() { # world, flags
    world=$1
    shift
    "$TURNAROUND" run --world "$world" --json "$@" |
        grep -E "$counted"
}
agree() { # flags
    counts ideal "$@" >"$TMP/ideal"
    counts ns3 "$@" >"$TMP/ns3"
    if grep -q '"delivered"' "$TMP/ideal" && cmp -s "$TMP/ideal" "$TMP/ns3"
    then ok "ideal and ns3 agree: $*"
    else not_ok "ideal and ns3 agree: $*"; fi
}
agree --mode lockstep --recipients 17 --uplink 'delay 11.5ms rate 3mbit'
agree --mode pipelining --body 1M --messages 2 --rtt 90ms --ipv6
agree --mode chunking --tls starttls --body 150k --rtt 1900ms
agree --mode chunking-collect --recipients 5 --tls implicit --tls-version 1.2 \
    --uplink 'delay 45ms rate 20mbit'
agree --mode early --body-by bdat --tls implicit --messages 3 --ipv6
agree --mode early --tls starttls --tls-session 0rtt --body 40k

# --- the same bytes again ------------------------------------------------------
twice() { # name, flags
    name=$1
    shift
    for i in 1 2; do
        expect 0 "$name, run $i" "$TURNAROUND" run --world ns3 --seed 5 \
            --repeat 3 --uplink 'delay 50ms loss 5%' --body 60k "$@" \
            --out "$TMP/$name$i"
    done
    holds "$name: the same rows" \
        cmp "$TMP/${name}1/rows.csv" "$TMP/${name}2/rows.csv"
}
# Keys are new each time; the sizes of what they hide are not.
sizes() { # folder
    for f in "$1"/captures/*/*.pcap; do wc -c <"$f"; done
}
twice clear
holds "the same captures" diff -r "$TMP/clear1/captures" "$TMP/clear2/captures"
twice tls --tls starttls
sizes "$TMP/tls1" >"$TMP/sizes1"
sizes "$TMP/tls2" >"$TMP/sizes2"
holds "captures of one size" cmp "$TMP/sizes1" "$TMP/sizes2"
expect 0 "analyze reads them" \
    "$TURNAROUND" analyze "$TMP/clear1/captures/1/server.pcap"
if command -v tshark >/dev/null; then
    tshark -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
        -r "$TMP/clear1/captures/1/client.pcap" \
        -Y 'ip.checksum.status == 0 || tcp.checksum.status == 0 || _ws.malformed' \
        >"$TMP/bad" 2>"$TMP/err"
    if [ -s "$TMP/bad" ]; then not_ok "tshark finds no fault"
    else ok "tshark finds no fault"; fi
else
    skip "tshark" "it is not installed"
fi

# --- refusals ------------------------------------------------------------------
expect 2 "no TCP Fast Open" "$TURNAROUND" run --world ns3 --tfo
says err "ns-3's TCP has no TCP Fast Open" "it is named"
expect 2 "no timers but ns-3's" "$TURNAROUND" run --tcp patient
says err '^run: --tcp patient has no meaning with --world kernel' "it is named"
expect 2 "no road in virtual time" "$TURNAROUND" run --world ns3 --road ns3
says err '^run: --road ns3 has no meaning with --world ns3' "it is named"
expect 2 "nor in a sweep" "$TURNAROUND" sweep --world ideal --road ns3 \
    -L mode lockstep,early --out "$TMP/nosweep"
says err '--road ns3 has no meaning with --world ideal' "it is named"
expect 2 "timers of that name" "$TURNAROUND" run --world ns3 --tcp wishful
says err 'found "wishful", wanted linux\|rfc\|patient' "they are listed"
for words in 'duplicate 1%' 'corrupt 1%' 'loss gemodel 1%' 'loss 1% 20%' \
    'slot 1ms 2ms' 'rate 1mbit queue codel'; do
    expect 2 "the road has no $words" "$TURNAROUND" run --road ns3 \
        --uplink "delay 10ms $words"
    says err 'road ns3: ns-3 has no ".*": use --road ferry' "it is named"
done

# --- the road ------------------------------------------------------------------
if ! "$TURNAROUND" link lan -q -- true 2>"$TMP/err"; then
    skip "the road ns3" "$(head -1 "$TMP/err")"
    finish
fi
# Scenarios drawn at random, always the same ones: DRAW=N draws others. Every
# world counts alike; how late the road was is the host's business.
same_counts() { # who runs it, its words, flags
    who=$1
    run=$2
    shift 2
    counts ideal $(echo "$*" | sed 's/--port [a-z]*//') >"$TMP/ideal"
    for road in ferry ns3; do
        try $run run --road $road --json $*
        grep -E "$counted" "$TMP/out" >"$TMP/$road"
        if { [ $status = 0 ] || [ $status = 3 ]; } &&
            grep -q '"delivered"' "$TMP/ideal" &&
            cmp -s "$TMP/ideal" "$TMP/$road"; then
            ok "$who, road $road: as in the ideal world: $*"
        else
            not_ok "$who, road $road: as in the ideal world: $*"
            diff "$TMP/ideal" "$TMP/$road"
            show
        fi
    done
}
drawn() { # how many, ports
    awk -v seed="${DRAW:-1}" -v count="$1" -v ports="$2" '
        function one(words, n, at) {
            n = split(words, at, " ")
            return at[1 + int(n * rand())]
        }
        BEGIN {
            srand(seed)
            for (i = 0; i < count; i++)
                print "--mode " one("lockstep pipelining chunking early"),
                    "--recipients " 1 + int(12 * rand()),
                    "--messages " 1 + int(3 * rand()),
                    "--body " int(50000 * rand()) + 2,
                    "--tls " one("none none starttls implicit"),
                    "--rtt " 1 + int(30000 * rand()) "us",
                    one("--seed=7 --ipv6"), "--port " one(ports)
        }'
}
ports=veth
[ -w /dev/net/tun ] && ports="veth tun"
drawn 3 "$ports" >"$TMP/drawn"
while read -r flags; do
    same_counts "we" "$TURNAROUND" "$flags"
done <"$TMP/drawn"
user="setpriv --reuid=65534 --regid=65534 --clear-groups"
if [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null; then
    skip "an ordinary user" "we are one, or there is no setpriv"
else
    chmod 755 "$TMP"
    cp "$TURNAROUND" "$TMP/turnaround"
    cp "$(dirname "$TURNAROUND")/turnaround-ns3.so" "$TMP"
    if $user "$TMP/turnaround" link lan -q -- true 2>/dev/null; then
        same_counts "a user" "$user $TMP/turnaround" \
            "--mode chunking --messages 2 --rtt 9ms --ipv6"
        # A node that everybody may open, for us and our children alone.
        cat >"$TMP/everybodys" <<'END'
mount -t tmpfs -o dev none "$1" && mknod "$1/tun" c 10 200 &&
    chmod 666 "$1/tun" && mount --bind "$1/tun" /dev/net/tun && shift &&
    exec "$@"
END
        mkdir "$TMP/node"
        if [ -w /dev/net/tun ] && unshare -m sh "$TMP/everybodys" \
            "$TMP/node" $user test -w /dev/net/tun 2>"$TMP/err"; then
            same_counts "a user" "unshare -m sh $TMP/everybodys $TMP/node \
                $user $TMP/turnaround" "--mode lockstep --rtt 9ms --port tun"
        else
            skip "a user's TUN" "no node may be made here"
        fi
    else
        skip "an ordinary user" "he may not make namespaces here"
    fi
fi
ran "loss in real time" "$TURNAROUND" run --mode early --body-by bdat \
    --uplink 'delay 1ms loss 20%' --repeat 4 --road ns3 --out "$TMP/loss"
holds "each repetition draws its own" sh -c \
    'cut -d, -f"$(head -1 "$TMP/loss/rows.csv" | tr , "\n" |
        grep -nx road_dropped | cut -d: -f1)" "$TMP/loss/rows.csv" |
        tail -n +2 | sort -u | wc -l | grep -qvx 1'
expect 3 "too few descriptors" sh -c 'ulimit -n 20
    exec "$TURNAROUND" run --road ns3'
says err "Too many open files" "it is said"
left() { # whether processes with this mark are left
    grep -lsz "^MARK=$1\$" /proc/[0-9]*/environ | grep -q .
}
for signal in TERM KILL; do
    MARK="ns3-$$-$signal" "$TURNAROUND" run --road ns3 \
        --uplink 'delay 5s' >"$TMP/out" 2>&1 &
    victim=$!
    sleep 1 # the road is there, and the SYN on it
    holds "SIG$signal meets it at work" left "ns3-$$-$signal"
    kill -"$signal" "$victim"
    wait "$victim" 2>/dev/null
    tries=100
    while left "ns3-$$-$signal" && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.05
    done
    if [ $tries -gt 0 ]; then ok "SIG$signal leaves no process"
    else not_ok "SIG$signal leaves no process"; fi
done
finish

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround mx: policies against topologies, as a user would; bad input; and
# the same counts in the kernel world.
. tests/system/lib

two=docs/examples/two-primaries.yaml

expect 0 "help" "$TURNAROUND_SAN" mx --help
says out 'P7  insist' "help lists the policies"
expect 0 "the question's own case" "$TURNAROUND_SAN" mx "$two" --repeat 20 --path
says out '^P3 .* 1\.50 ' "with the closed form"
says out 'path: smtp[12]' "and the path"
expect 0 "every mode" "$TURNAROUND_SAN" mx "$two" --repeat 2 --mode all \
    --policy P0,hold
says out '^P3  chunking-collect' "has a row"
says out '^P3 .*ms +[0-9.]+ms +- ' "without a 95th percentile of two runs"
expect 0 "a curve of patience" "$TURNAROUND_SAN" mx \
    docs/examples/silent-sibling.yaml --policy P3 --patience 0s,10s,60s
says out '^P3 .* 10s ' "has a row for each"
expect 0 "from standard input" sh -c "\"$TURNAROUND_SAN\" mx - --repeat 1 <$two"
expect 0 "JSON" "$TURNAROUND_SAN" mx "$two" --repeat 5 --policy P1 --json
says out '"hosts_expected": 1.5' "with the closed form"
expect 0 "JSON into a file" "$TURNAROUND_SAN" mx "$two" --repeat 1 \
    --json="$TMP/mx.json"
holds "is there" test -s "$TMP/mx.json"

expect 0 "a folder" "$TURNAROUND_SAN" mx docs/examples/slow-sibling.yaml \
    --repeat 3 --rtt 20ms,100ms --patience 0s,13s --out "$TMP/a/folder"
holds "has a line for each delivery" \
    test "$(wc -l <"$TMP/a/folder/rows.csv")" = $((1 + 4 * 2 * 2 * 3))
holds "the file" cmp docs/examples/slow-sibling.yaml \
    "$TMP/a/folder/topology.yaml"
for plot in turnarounds_1 time_by_rtt_1_pipelining patience_1_pipelining; do
    holds "$plot" test -s "$TMP/a/folder/plots/$plot.gp"
done
holds "a picture of the hosts" grep -q '10  smtp2.foo.example' \
    "$TMP/a/folder/plots/topology_1_P3.svg"
expect 3 "no second result" "$TURNAROUND_SAN" mx "$two" --repeat 1 \
    --out "$TMP/a/folder"
says err 'rows.csv: File exists' "is told"
if command -v gnuplot >/dev/null; then
    rm "$TMP/a/folder/plots/"*.svg
    expect 0 "plots of it again" "$TURNAROUND_SAN" plot "$TMP/a/folder"
    holds "are drawn" test -s "$TMP/a/folder/plots/patience_1_pipelining.svg"
fi

expect 2 "no file" "$TURNAROUND_SAN" mx
expect 2 "a file that is not there" "$TURNAROUND_SAN" mx "$TMP/none.yaml"
says err 'none.yaml: No such file' "is named"
expect 2 "two files" "$TURNAROUND_SAN" mx "$two" "$two"
printf 'domains: [{name: d}]\nhosts: [{name: h, rtt: 5}]\n' >"$TMP/bad.yaml"
expect 2 "a value without its unit" "$TURNAROUND_SAN" mx "$TMP/bad.yaml"
says err 'bad.yaml:2: hosts\[0\].rtt: found "5", wanted a time with a unit' \
    "is told by file, line and field"
expect 2 "an unknown policy" "$TURNAROUND_SAN" mx "$two" --policy P9
says err 'found "P9", wanted P0 to P8' "is told"
expect 2 "an unknown world" "$TURNAROUND_SAN" mx "$two" --world moon
says err 'found "moon", wanted ideal, ns3 or kernel' "is told"

# The kernel world, on roads short enough for a test. Its counts must be those
# of the ideal one; its times are judged elsewhere, and a host that is too busy
# to be exact says INVALID.
cat >"$TMP/short.yaml" <<'END'
domains:
  - name: foo.example
    mx:
      - {preference: 10, host: smtp1.foo.example}
      - {preference: 10, host: smtp2.foo.example}
      - {preference: 20, host: backup.foo.example}
hosts:
  - {name: smtp1.foo.example, rtt: 20ms, addresses: ["2001:db8::1"]}
  - {name: smtp2.foo.example, rtt: 20ms, state: refusing}
  - {name: backup.foo.example, rtt: 20ms, capabilities: [FOOBAR]}
dns: {rtt: 20ms, udp: 512, faults: [{fault: truncate}]}
client: {policy: [P0, P3, P2], attempts: 1}
messages: [{preferred: [FOOBAR]}]
END
counts() { # world
    "$TURNAROUND" mx "$TMP/short.yaml" --world "$1" --repeat 2 --json |
        grep -vE '_ms"|"(mean|min|median|p95|p99|max)": [0-9.]+,?$|"bytes"' |
        grep -E '"(policy|delivered|degraded|used|worse|host)":'
}
try "$TURNAROUND" mx "$TMP/short.yaml" --world kernel --policy P0
if [ $status = 0 ] || grep -q INVALID "$TMP/out"; then
    counts ideal >"$TMP/ideal.counts"
    counts kernel >"$TMP/kernel.counts"
    holds "something was counted" grep -q degraded "$TMP/ideal.counts"
    holds "both worlds count the same" \
        cmp "$TMP/ideal.counts" "$TMP/kernel.counts"
    expect 0 "any client" "$TURNAROUND" mx "$TMP/short.yaml" -- \
        getent hosts backup.foo.example
    says out '^192\.0\.2\.[0-9]* .*backup.foo.example' \
        "resolves by the scenario's DNS"
    says err '[1-9] questions to the DNS; 0 sessions' "which tells of it"
    expect 0 "a client" "$TURNAROUND" mx "$TMP/short.yaml" \
        --json="$TMP/guest.json" -- cat /etc/resolv.conf
    says out '^nameserver 192.0.2.253' "has a resolv.conf of its own"
    holds "JSON of it" grep -q '"sessions": 0' "$TMP/guest.json"
    expect 7 "its status" "$TURNAROUND" mx "$TMP/short.yaml" -- sh -c 'exit 7'
    expect 127 "no such command" "$TURNAROUND" mx "$TMP/short.yaml" -- \
        "$TMP/none"
else
    skip "the kernel world" "this host does not allow it"
fi
if "$TURNAROUND" run --world ns3 >/dev/null 2>&1; then
    counts ideal >"$TMP/ideal.counts"
    counts ns3 >"$TMP/ns3.counts"
    holds "and so does the ns3 world" \
        cmp "$TMP/ideal.counts" "$TMP/ns3.counts"
else
    skip "the ns3 world" "its plug-in is not here"
fi
finish

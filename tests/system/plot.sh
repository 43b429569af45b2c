#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround plot: from rows to pictures, as a user would; bad input; no
# gnuplot.
. tests/system/lib

dir=$TMP/results
mkdir "$dir"
{
    echo mode,world,recipients,messages,body_bytes,rtt_ms,closed_ms,floor_ms,turnarounds
    for rtt in 10 100 200; do
        echo lockstep,kernel,3,1,1000,$rtt,$((10 * rtt + 1)),$((10 * rtt)),9
        echo pipelining,kernel,3,1,1000,$rtt,$((5 * rtt + 1)),$((5 * rtt)),4
    done
} >"$dir/rows.csv"

if command -v gnuplot >/dev/null; then
    expect 0 "rows are drawn" "$TURNAROUND_SAN" plot "$dir" --format svg,png,pdf
    says out 'plots/time_by_rtt: How long' "it says what it drew"
    says out 'where_time_went: not drawn: no valid row says' "and what not"
    for end in dat gp svg png pdf; do
        holds "time_by_rtt.$end is there" test -s "$dir/plots/time_by_rtt.$end"
    done
    holds "the SVG is whole" grep -q '</svg>' "$dir/plots/time_by_rtt.svg"
    holds "and names the modes" grep -q 'lockstep: 9 waits' \
        "$dir/plots/time_by_rtt.svg"
    again() {
        (cd "$dir/plots" && rm time_by_rtt.svg && gnuplot time_by_rtt.gp)
    }
    holds "gnuplot draws it again by itself" again
    holds "to the same name" test -s "$dir/plots/time_by_rtt.svg"
    expect 0 "as JSON" "$TURNAROUND_SAN" plot "$dir" --json --out "$TMP/out.d"
    says out '"state": "drawn"' "JSON says what was drawn"
    says out '"because": "no valid row' "and why not"
    holds "into another folder" test -s "$TMP/out.d/time_by_rtt.png"
else
    skip "pictures" "there is no gnuplot"
fi

# --- a full disk --------------------------------------------------------------
# Pictures and figures from before stay as they were, to the octet, and none is
# there in part; with no room at all, and with room for some of it.
cat >"$TMP/full.sh" <<'END'
mount -t tmpfs -o size=2m tmpfs "$3" || exit 99
"$1" plot "$2" --out "$3/p" >/dev/null || exit 98
cp -r "$3/p" "$4/before"
dd if=/dev/zero of="$3/filler" bs=1k >/dev/null 2>&1
truncate -s "-$5k" "$3/filler"
"$1" plot "$2" --out "$3/p"
status=$?
for file in "$3"/p/* "$3"/p/.new.*; do
    [ -e "$file" ] || continue
    case $file in
    *.svg) tail -c 32 "$file" | grep -q '</svg>' ;;
    *.png) tail -c 12 "$file" | grep -qa IEND ;;
    *) cmp "$file" "$4/before/${file##*/}" ;;
    esac || exit 97
done
exit $status
END
full_disk() { # kB that are left, folder
    rm -rf "$TMP/before" "$TMP/disk"
    mkdir "$TMP/disk"
    try unshare -Urm sh "$TMP/full.sh" "$TURNAROUND" "${2:-$dir}" \
        "$TMP/disk" "$TMP" "$1"
}
if ! command -v gnuplot >/dev/null; then
    skip "a full disk" "there is no gnuplot"
elif full_disk 0 && [ $status = 99 ] || grep -q '^unshare' "$TMP/err"; then
    skip "a full disk" "no file system can be mounted here"
else
    holds "on a full disk, plots from before stay; status $status" \
        test $status = 3
    full_disk 0
    says err 'time_by_rtt.*No space left' "a plot that has no room is named"
    says err 'waiting_share|turnarounds_by_recipients' "so are the others"
    full_disk 40
    says err 'gnuplot wrote [0-9]+ octets of it and not its end' \
        "where there is room for a part, a picture that is cut off is named"
    holds "and the one before stays; status $status" test $status = 3
    "$TURNAROUND" mx docs/examples/slow-sibling.yaml --repeat 1 \
        --rtt 20ms,100ms --patience 0s,13s --out "$TMP/mx" >/dev/null
    full_disk 0 "$TMP/mx"
    for plot in turnarounds_1 time_by_rtt_1_pipelining patience_1_pipelining; do
        says err "$plot.dat: No space left" "of a delivery to several hosts, too"
    done
    holds "these stay as well; status $status" test $status = 3
fi

without_gnuplot() {
    PATH=$TMP/empty "$TURNAROUND" plot "$dir" --out "$TMP/bare"
}
expect 127 "without gnuplot" without_gnuplot
says err 'gnuplot is not installed; the .dat and .gp files are written' \
    "it says so"
holds "figures are written all the same" test -s "$TMP/bare/time_by_rtt.gp"

expect 2 "no folder named" "$TURNAROUND" plot
says err 'no results folder is named' "it says so"
expect 2 "an unknown format" "$TURNAROUND" plot "$dir" --format gif
says err "'gif' is none of svg, png, pdf" "it names the format"
expect 3 "no such folder" "$TURNAROUND" plot "$TMP/nowhere"
says err 'no result.json and no rows.csv there' "it says what it looked for"
echo 'mode,rtt_ms
early,far' >"$TMP/bad.csv"
mkdir "$TMP/bad" && mv "$TMP/bad.csv" "$TMP/bad/rows.csv"
expect 3 "a bad value" "$TURNAROUND" plot "$TMP/bad"
says err "rows.csv:2: rtt_ms: 'far' is not a number" "it names file, line, field"
echo '{"schema": 9, "rows": []}' >"$TMP/bad/result.json"
expect 3 "another schema" "$TURNAROUND" plot "$TMP/bad"
says err 'schema: 9 found; this program reads 1' "it names both versions"
finish

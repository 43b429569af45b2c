#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# turnaround report: every kind of result, as a page, as Markdown, as text;
# hostile rows; bad input; and the page in a browser: a real click on the
# filter and on a title, the keyboard, light, dark and print, no complaint.
. tests/system/lib

dir=$TMP/results
mkdir -p "$dir/plots" "$dir/captures/1"
# What a peer says may stand in a row: it must stay text.
{
    echo 'mode,world,offer,recipients,rtt_ms,turnarounds,closed_ms,valid,outcome,captures,command,steal_ms'
    echo 'lockstep,ideal,cold,3,200,9,2000,true,delivered,captures/1,turnaround run,1'
    echo 'early,ideal,warm,3,200,2,600,true,"<script>document.title=""taken""</script>",../../etc,turnaround run --mode early,2'
    echo 'early,ideal,warm,3,1000,2,3000,true,"refused "" onload=""x"" <img src=x onerror=alert(1)>",javascript:alert(1),"a | b",3'
    echo 'pipelining,ideal,cold,3,1000,4,5000,false,delivered,,turnaround run --mode pipelining,4'
} >"$dir/rows.csv"
cp tests/captures/rfc-swaks-3.pcap "$dir/captures/1/client.pcap"
cat >"$dir/plots/time_by_rtt.svg" <<'END'
<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="document.title='taken'">
<script>document.title = "taken"</script><defs><circle id='dot' r='1'/></defs>
<use href='#dot'/><g font-size="7" fill="rgb(200, 0, 0)"><text class="number"
>said</text></g></svg>
END
sed 's/taken/again/; s/<script>.*<\/script>//; s/ onload="[^"]*"//' \
    "$dir/plots/time_by_rtt.svg" >"$dir/plots/where_time_went.svg"
cat >"$dir/claims.json" <<'END'
{"schema": 1, "claims": [
 {"claim": "ladder", "source": "RFC 2920, 4", "says": "a <b>claim</b> & more",
  "expected": "9", "ideal": "9", "ns3": null, "kernel": null,
  "verdict": "holds", "within": null, "note": null, "run": null, "rows": 1},
 {"claim": "published", "source": "Exim", "says": "up to 1.5 RTT",
  "expected": "2 RTT", "ideal": "2.00 RTT", "ns3": null, "kernel": null,
  "verdict": "does not hold", "within": null, "note": "by another count",
  "run": "turnaround run --mode early", "rows": 2}]}
END

expect 0 "a page" "$TURNAROUND_SAN" report "$dir"
says out "^report: $dir/report.html" "it says where"
says err 'rows without a result.json' "and what it has them from"
page=$dir/report.html
holds "it asks nothing of a network" sh -c \
    "! grep -nE '(src|href)=\"?(https?:)?//' '$page'"
holds "no script but its own" test 2 = "$(grep -c '<script' "$page")"
holds "no handler in the rows" sh -c "! grep -n '<img' '$page'"
holds "rows stay text" grep -q '&lt;script&gt;document.title=&quot;taken' "$page"
holds "claims stay text" grep -q 'a &lt;b&gt;claim&lt;/b&gt; &amp; more' "$page"
holds "only captures of the folder are linked to" test 1 = \
    "$(grep -c 'href="captures' "$page")"
holds "none elsewhere" sh -c "! grep -nE 'href=\"(\.\.|javascript)' '$page'"
holds "ids of pictures are kept apart" test 1 = \
    "$(grep -c "id='plot0-dot'" "$page")"
holds "and pointed to" grep -q "href='#plot1-dot'" "$page"
holds "a sequence chart is in it" grep -q '<summary>lockstep, 3 recip' "$page"

# A row that did not count was run again, into the same folder of captures.
mkdir -p "$TMP/again"
cp -r "$dir/captures" "$TMP/again/"
sed -e 's/^lockstep.*/&\n&/' "$dir/rows.csv" | sed '2s/true/false/' \
    >"$TMP/again/rows.csv"
expect 0 "a row that was run again" "$TURNAROUND_SAN" report "$TMP/again"
holds "its packets are drawn once" test 1 = \
    "$(grep -c '<summary>lockstep, 3 recip' "$TMP/again/report.html")"

expect 0 "elsewhere" "$TURNAROUND_SAN" report "$dir" --out "$TMP/other.html"
holds "it links to no file of the folder" sh -c \
    "! grep -nE 'href=\"(rows.csv|captures)' '$TMP/other.html'"
expect 0 "Markdown" "$TURNAROUND_SAN" report "$dir" --markdown
says out '^\| RFC 2920, 4 \| a \\<b>claim\\</b> & more \| 9 \|' "with claims"
expect 0 "text" "$TURNAROUND_SAN" report "$dir" --text
says out '^\+-+\+-+\+-+\+-+\+-+\+-+\+$' "with a table"
says out '^  by another count$' "and its notes"
narrow() { # no line is wider than RFCs are
    ! awk '{ if (length($0) > 72) print }' "$1" | grep .
}
cp "$TMP/out" "$TMP/text"
holds "of 72 columns" narrow "$TMP/text"

# Results of every kind.
expect 0 "rows of a run" "$TURNAROUND" run --world ideal --repeat 2 \
    --out "$TMP/run"
expect 0 "are told" "$TURNAROUND_SAN" report "$TMP/run" --text
expect 0 "on a page too" "$TURNAROUND_SAN" report "$TMP/run"
expect 0 "a sweep" "$TURNAROUND" sweep --world ideal -L mode lockstep,early \
    -P rtt 100ms 200ms -D 100ms --out "$TMP/sweep"
expect 0 "is told" "$TURNAROUND_SAN" report "$TMP/sweep" --text
says out '^\| mode=lockstep rtt_ms=100 +\|$' "with its cells"
says out '^\| +1 \| +7 \| +800 \| +- \| +- \|' "and their figures"
says out '^\| mode=lockstep rtt=100ms \| +7 \| +800 \|' "with its rows"
says out '^Sweep: mode x rtt, 4 rows$' "under its own title"
cp "$TMP/out" "$TMP/text"
holds "of 72 columns" narrow "$TMP/text"
expect 0 "a sweep with a question" "$TURNAROUND" sweep --world ideal \
    --saves 800ms --between lockstep,early -P rtt 100ms 200ms -D 20ms \
    --no-plots --out "$TMP/saves"
expect 0 "whose answer is told" "$TURNAROUND_SAN" report "$TMP/saves" --text
says out '^early saves 800 ms against lockstep from rtt 160 ms on$' "as text"
expect 0 "as Markdown" "$TURNAROUND_SAN" report "$TMP/saves" --markdown
says out '^- early saves 800 ms against lockstep from rtt 160 ms on$' "it is"
expect 0 "on a page" "$TURNAROUND_SAN" report "$TMP/saves"
holds "it is" grep -q '<strong>early saves 800 ms against lockstep from' \
    "$TMP/saves/report.html"
holds "with no doubt of its rows" sh -c "! grep -q Answered '$TMP/saves/report.html'"
sed -i '$d' "$TMP/saves/rows.csv"
expect 0 "of other rows" "$TURNAROUND_SAN" report "$TMP/saves" --text
says out '^Answered when there were 12 rows; now there are 11\.$' "that is said"
echo '{"schema": 1, "rows": "x", "answers": [{"told": 5}, 7]}' \
    >"$TMP/saves/saves.json"
expect 0 "answers of another kind" "$TURNAROUND_SAN" report "$TMP/saves"
expect 0 "more rows than a page holds" "$TURNAROUND" sweep --world ideal \
    -L mode lockstep,early -P rtt 1ms 130ms -D 1ms --repeat 20 --no-plots \
    --out "$TMP/many"
expect 0 "are told" "$TURNAROUND_SAN" report "$TMP/many"
holds "it says how many are shown" grep -q \
    '^<p>4940 of 5200 rows are shown, the first 19 of each cell' \
    "$TMP/many/report.html"
expect 0 "are told as Markdown" "$TURNAROUND_SAN" report "$TMP/many" --markdown
says out '^200 of 5200 rows are shown, ' "some of them"
says out '^\| lockstep \| 1 \| 20 \| 0 \| 7 \| 8 \| 8 \| 8 \| 8 ' "by cells"
says out '^\| early \| 1 \| 20 \| 0 \| 2 \| 3 \| 3 \| 3 \| 3 ' "of every mode"
"$TURNAROUND" mx docs/examples/two-primaries.yaml --json >"$TMP/mx.json"
expect 0 "hosts and ways" "$TURNAROUND" mx docs/examples/two-primaries.yaml \
    --out "$TMP/ways"
expect 0 "on a page with plots" "$TURNAROUND_SAN" report "$TMP/ways"
expect 0 "rows of mx, from a file" "$TURNAROUND_SAN" report "$TMP/mx.json" \
    --text
says out '^\| policy ' "are told by their own columns"
expect 0 "on a page" "$TURNAROUND_SAN" report "$TMP/mx.json" \
    --out "$TMP/mx.html"
holds "under its own title" grep -q '<h1>MX: docs/examples/two-primaries.yaml' \
    "$TMP/mx.html"
holds "with nested figures" grep -q '>accepted_ms.median<' "$TMP/mx.html"

expect 2 "no folder named" "$TURNAROUND_SAN" report
says err 'no results folder is named' "it says so"
expect 2 "an unknown flag" "$TURNAROUND_SAN" report --wibble
expect 3 "no such folder" "$TURNAROUND_SAN" report "$TMP/nowhere"
says err 'nowhere: No such file' "it says so"
mkdir "$TMP/bad"
expect 3 "no results in it" "$TURNAROUND_SAN" report "$TMP/bad"
says err 'no result.json and no rows.csv there' "it says what it looked for"
echo '{"schema": 9, "rows": []}' >"$TMP/bad/result.json"
expect 3 "another schema" "$TURNAROUND_SAN" report "$TMP/bad"
says err 'schema: 9 found; this program reads 1' "it names both versions"
expect 3 "where nothing can be written" "$TURNAROUND_SAN" report "$dir" \
    --out "$TMP/nowhere/r.html"
says err 'nowhere/r.html: No such file' "it says so"

# In a browser. SHOTS keeps its pictures, for people.
SHOTS=${SHOTS:-$TMP}
if ! command -v chromium >/dev/null; then
    skip "the page in a browser" "there is no chromium"
    finish
fi
browse() {
    "$BUILD/tests/browse" chromium --headless=new --no-sandbox --disable-gpu \
        --no-first-run --disable-background-networking \
        --remote-debugging-pipe --user-data-dir="$TMP/profile"
}
status_of='eval document.getElementById("rows-status").textContent'
titles='eval [...document.querySelectorAll("#rows-table tbody tr:not(.out) td:first-child")].map(e => e.textContent).join(" ")'
contrast='eval getComputedStyle(document.body).backgroundColor'
try browse <<END
size 1280 900
open file://$page
eval document.title
$status_of
click #rows-filter
type mode=early
$status_of
click #rows-clear
type rtt_ms>=1000 offer=cold
$status_of
click #rows-clear
$status_of
click #rows-table th:first-child button
$titles
eval "sorted " + document.querySelector("#rows-table th").getAttribute("aria-sort")
key Enter
eval "sorted " + document.querySelector("#rows-table th").getAttribute("aria-sort")
$titles
key Tab
eval "focus on " + document.activeElement.textContent
eval "columns " + [...document.querySelectorAll("#rows-table th")].filter(e => e.offsetParent).length
click #rows-all
eval "columns " + [...document.querySelectorAll("#rows-table th")].filter(e => e.offsetParent).length
click #claims-doubts
eval "claims " + [...document.querySelectorAll("#claims-table .verdict")].filter(e => e.offsetParent).length
click #charts ~ details summary
eval "chart " + (document.querySelector("#charts ~ details svg").getBoundingClientRect().height > 100)
eval "plot " + (s => s.fontSize + " " + s.fill + " " + s.fontWeight)(getComputedStyle(document.querySelector("#plots ~ .figures text")))
eval "chart " + (s => s.fontSize + " " + s.fill)(getComputedStyle(document.querySelector("#charts ~ details text:not([class])")))
eval "wait " + getComputedStyle(document.querySelector("#charts ~ details rect.wait")).fill
shot $SHOTS/chart.png
click button.copy
eval new Promise(r => setTimeout(() => r(document.querySelector("button.copy").textContent), 200))
eval scrollTo({top: 0, behavior: "instant"})
media dark
$contrast
shot $SHOTS/dark.png
media light
$contrast
shot $SHOTS/light.png
media print
eval "controls " + getComputedStyle(document.querySelector(".controls")).display
eval "without names: " + [...document.querySelectorAll("button, input, svg, [role=region]")].filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length || e.getAttribute("aria-labelledby"))).length
eval "without scope: " + document.querySelectorAll("th:not([scope])").length
eval "without caption: " + [...document.querySelectorAll("table")].filter(t => !t.caption).length
eval document.title
media light
open file://$TMP/many/report.html
eval document.title + ": " + document.querySelector("h1").textContent
eval document.getElementById("cells-status").textContent
$status_of
click #rows-filter
type rtt_ms>=100
$status_of
eval "modes " + [...new Set([...document.querySelectorAll("#rows-table tr:not(.out) td:first-child")].map(e => e.textContent))].join(" ")
click #cells-filter
type mode=early median_ms<10 p95_ms>8
eval document.getElementById("cells-status").textContent
click #cells-table th:nth-child(9) button
eval "sorted " + document.querySelector("#cells-table th:nth-child(9)").textContent + ": " + document.querySelector("#cells-table tbody td:nth-child(9)").textContent
size 400 800
eval "wider " + (document.documentElement.scrollWidth > document.documentElement.clientWidth)
eval "without names: " + [...document.querySelectorAll("button, input, svg, [role=region], [role=search]")].filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length || e.getAttribute("aria-labelledby"))).length
open file://$TMP/ways/report.html
eval "mark " + getComputedStyle(document.querySelector("rect[id\$=gpPt3]")).strokeWidth
eval "host " + getComputedStyle(document.querySelector("svg.topology rect[rx]")).strokeWidth
complaints
END
if [ "${status:-1}" != 0 ]; then
    not_ok "a browser opens it: exit status $status"
    show
    finish
fi
ok "a browser opens it"
line() { # number, what it must be, what it says of the page
    found=$(sed -n "$1p" "$TMP/lines")
    if [ "$found" = "$2" ]; then
        ok "$3"
    else
        not_ok "$3: '$found', not '$2'"
    fi
}
grep -v '^{"interrupted' "$TMP/out" | grep -v '^null$' |
    grep -vE '^(log|request|exception|console): ' >"$TMP/lines"
grep -E '^(log|request|exception|console): ' "$TMP/out" >"$TMP/complaints"
line 1 "What does a round trip cost? – results" "its title is its own"
line 2 "4 of 4 rows" "all rows at first"
line 3 "2 of 4 rows" "a filter, clicked and typed, leaves two"
line 4 "1 of 4 rows" "two conditions leave one"
line 5 "4 of 4 rows" "cleared by a click"
line 6 "early early lockstep pipelining" "a click on a title sorts"
line 7 "sorted ascending" "and tells a screen reader"
line 8 "sorted descending" "the keyboard turns it round"
line 9 "pipelining lockstep early early" "and the rows"
line 10 "focus on offer" "Tab goes on to the next title"
line 11 "columns 9" "the main columns at first"
line 12 "columns 10" "further ones when asked for"
line 13 "claims 1" "claims that simply hold are put away"
line 14 "chart true" "a sequence chart on demand"
line 15 "plot 7px rgb(200, 0, 0) 400" "plots look as they were drawn"
line 16 "chart 13px rgb(34, 34, 34)" "and so do sequence charts"
line 17 "wait rgb(220, 220, 220)" "with their own colours"
line 18 "Copied" "a command is copied"
line 19 "rgb(20, 24, 29)" "dark where the reader wants it"
line 20 "rgb(255, 255, 255)" "light where not"
line 21 "controls none" "no controls in print"
line 22 "without names: 0" "everything has a name"
line 23 "without scope: 0" "titles say of what they are"
line 24 "without caption: 0" "tables say what they are"
line 25 "What does a round trip cost? – results" "no script of the rows or pictures has run"
line 26 "Sweep: mode × rtt, 5200 rows – many: Sweep: mode × rtt, 5200 rows" \
    "a sweep's page says what it is"
line 27 "260 of 260 cells" "all of its cells are there"
line 28 "4940 of 4940 rows shown here; 5200 are in rows.csv" \
    "and that not all of its rows are"
line 29 "1178 of 4940 rows shown here; 5200 are in rows.csv" "even filtered"
line 30 "modes lockstep early" "those of every cell"
line 31 "1 of 260 cells" "cells are filtered by their figures"
line 32 "sorted median_ms: 3" "and sorted"
line 33 "wider false" "nothing sticks out of a narrow page"
line 34 "without names: 0" "there too everything has a name"
line 35 "mark 0.178px" "pictures of hosts leave plots as they were drawn"
line 36 "host 2px" "and are themselves as they were"
# Chromium says of the picture's own script that the policy forbids it.
if grep -vE 'Content Security Policy|Executing inline' "$TMP/complaints" >"$TMP/err"; then
    not_ok "no other complaint"
    show
else
    ok "no other complaint"
fi
holds "which is that of the policy" grep -q 'Content Security Policy' \
    "$TMP/complaints"
finish

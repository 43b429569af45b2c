#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What is written about the program agrees with it: man pages with --help,
# names of files and functions with the sources, columns with rows.csv.
. tests/system/lib

# The flags that --help prints, and those that a page describes.
flags_of_help() { # command
    "$TURNAROUND" "$1" --help | grep -oE -e '--[a-z][a-z0-9-]*' | sort -u
}
flags_of_page() { # file
    sed -n 's/^\.It Fl .*/&/p' "$1" | grep -oE -e ' -[a-z][a-z0-9-]+' |
        sed 's/^ /-/' | sort -u
}

# Numbers behind "Exit status:" in --help, up to the next empty line.
statuses_of_help() { # command
    "$TURNAROUND" "$1" --help | sed -n '/^Exit status:/,/^$/p' |
        grep -oE '\b(0|1|2|3|77|124|127)\b' | sort -u
}

# Names of a list in --help: the first words below its title.
listed() { # command, title
    "$TURNAROUND" "$1" --help | sed -n "/^$2/,/^\$/p" |
        sed -n 's/^  *\([a-z][a-z_-]*\)  .*/\1/p'
}

# same WHAT FILE FILE: passes if they do not differ.
same() {
    if diff "$2" "$3" >"$TMP/diff"; then
        ok "$1"
    else
        not_ok "$1"
        sed 's/^/    /' "$TMP/diff"
    fi
}

"$TURNAROUND" help --names | grep -v '^help$' >"$TMP/names"
while read -r name; do
    page=docs/man/turnaround-$name.1
    if [ ! -f "$page" ]; then
        not_ok "$page is missing"
        continue
    fi
    flags_of_help "$name" >"$TMP/help"
    flags_of_page "$page" >"$TMP/page"
    same "$page has the flags of $name --help" "$TMP/help" "$TMP/page"
    for status in $(statuses_of_help "$name"); do
        holds "$page tells of exit status $status" \
            grep -qx "\.It $status" "$page"
    done
    holds "turnaround.1 names $name" grep -q "^\.It Cm $name\$" \
        docs/man/turnaround.1
done <"$TMP/names"

for list in run:Modes run:Flaws reproduce:Claims plot:Plots; do
    command=${list%:*}
    listed "$command" "${list#*:}" >"$TMP/listed"
    holds "$command --help lists ${list#*:}" test -s "$TMP/listed"
    while read -r word; do
        holds "turnaround-$command.1 describes $word" grep -qE \
            "^\.It (Cm )?$word\$" "docs/man/turnaround-$command.1"
    done <"$TMP/listed"
done

if command -v groff >/dev/null; then
    for page in docs/man/*.1; do
        expect 0 "$page is set" groff -mandoc -ww -z "$page"
        same "$page is set without a warning" "$TMP/err" /dev/null
    done
else
    skip "setting the man pages" "there is no groff"
fi

# The page of claims is what the book itself says, and what the run that is
# published measured.
expect 0 "the claims beside what was measured" "$TURNAROUND" reproduce --list \
    --markdown --measured results/reference
cp "$TMP/out" "$TMP/claims"
same "docs/claims.md is what reproduce --list --markdown prints" \
    "$TMP/claims" docs/claims.md
expect 3 "a page of what was measured nowhere" "$TURNAROUND" reproduce --list \
    --markdown --measured "$TMP/nowhere"
expect 2 "what was measured without a page" "$TURNAROUND" reproduce --list \
    --measured results/reference

# Every column of a row is explained.
try "$TURNAROUND" run --world ideal --out "$TMP/row"
head -n 1 "$TMP/row/rows.csv" | tr , '\n' | sort >"$TMP/columns"
sed -n 's/^| \([a-z][a-z0-9_, ]*\) |.*/\1/p' results/README.md | tr -d ' ' |
    tr , '\n' | grep -vx column | sort >"$TMP/explained"
same "results/README.md explains the columns of rows.csv" "$TMP/columns" \
    "$TMP/explained"

# Every file that a page links to, or names, is there; so is every function.
pages="README.md results/README.md docs/*.md"
# shellcheck disable=SC2086 # a list of words
for page in $pages; do
    folder=$(dirname "$page")
    grep -oE '\]\([^)#:]+\)' "$page" | sed 's/^](\(.*\))$/\1/' |
        sed "s,^,$folder/," >"$TMP/named"
    # shellcheck disable=SC2016 # backticks as such
    grep -oE '`(smtp|netem|sim|bench|tests|docs)/[A-Za-z0-9_./-]*`' "$page" |
        tr -d '`' | grep -v NAME >>"$TMP/named"
    : >"$TMP/missing"
    while read -r file; do
        [ -e "$file" ] || [ -e "$file.c" ] || [ -e "$file.h" ] ||
            echo "$file" >>"$TMP/missing"
    done <"$TMP/named"
    same "files that $page names are there" /dev/null "$TMP/missing"
done
# shellcheck disable=SC2016 # backticks as such
grep -ohE '`[a-z][a-z0-9_]*\(\)`' docs/*.md | tr -d '`()' |
    grep -vx name_write | sort -u >"$TMP/functions"
: >"$TMP/missing"
while read -r name; do
    grep -rqw --include='*.[ch]' "$name" smtp netem sim bench ||
        echo "$name" >>"$TMP/missing"
done <"$TMP/functions"
same "functions that docs/ name are there" /dev/null "$TMP/missing"
finish

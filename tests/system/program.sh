#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The program as a whole: usage, help, version, unknown commands; and the
# shell's completion of it.
. tests/system/lib

expect 2 "no command: usage" "$TURNAROUND"
says err '^usage: turnaround COMMAND' "usage goes to stderr"
expect 0 "--help" "$TURNAROUND" --help
says out '^usage: turnaround COMMAND' "--help goes to stdout"
expect 0 "--version" "$TURNAROUND" --version
says out '^turnaround [0-9]+\.[0-9]+\.[0-9]+' "--version says which"
expect 2 "an unknown command" "$TURNAROUND" halp
says err "no command 'halp'; did you mean 'help'" "the nearest is suggested"
expect 2 "a short one that is nothing like any" "$TURNAROUND" foo
says err "no command 'foo'\$" "has no suggestion"
expect 2 "the beginning of one" "$TURNAROUND" reprod
says err "did you mean 'reproduce'" "is completed"
expect 2 "a far-off command" "$TURNAROUND" --wibble-wobble
says err "no command '--wibble-wobble'\$" "nothing is suggested for it"

"$TURNAROUND" help --names >"$TMP/names"
while read -r name; do
    expect 0 "$name --help" "$TURNAROUND" "$name" --help
    says out "^usage: turnaround" "$name --help says how"
    expect 0 "help $name" "$TURNAROUND" help "$name"
done <"$TMP/names"

# What bash would offer after the words given.
offered() {
    PATH=${TURNAROUND%/*}:$PATH bash -c '
        . bench/completion.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _turnaround
        printf "%s\n" "${COMPREPLY[@]}"' bash "$@"
}
if command -v bash >/dev/null; then
    holds "completion of a command" offered turnaround he
    says out '^help$' "help is offered"
    if grep -q '^plot$' "$TMP/names"; then
        holds "completion of a flag" offered turnaround plot --fo
        says out '^--format$' "--format is offered"
    fi
else
    skip "completion" "there is no bash"
fi

installed=$TMP/tree/usr/bin/turnaround
expect 0 "make install" make install B="${BUILD#"$PWD"/}" PREFIX=/usr \
    DESTDIR="$TMP/tree"
holds "the installed program runs" "$installed" --version
finish

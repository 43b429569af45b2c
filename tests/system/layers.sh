#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `make layers` holds on the tree as it is, and fails, naming the culprit,
# for each breach planted in a copy.
. tests/system/lib

copy=$TMP/copy
mkdir -p "$copy/build"
for room in smtp netem sim bench tests Makefile install-packages packages.txt; do
    cp -a "$room" "$copy/"
done
# With its objects, so that only what is touched is compiled again.
for part in smtp netem sim bench flags; do
    [ ! -e "$BUILD/$part" ] || cp -a "$BUILD/$part" "$copy/build/"
done
layers() {
    make -C "$copy" layers
}
expect 0 "the tree as it is" layers

# plant FILE SOURCE CULPRIT WHAT: adds SOURCE to FILE, for which layers must
# blame it by CULPRIT.
: >"$TMP/planted"
plant() {
    file=$copy/$1
    if [ ! -e "$file" ]; then
        not_ok "$4: there is no $1 to plant it in"
        return
    fi
    { printf '%s\n' "$2" && cat "$file"; } >"$TMP/new"
    cat "$TMP/new" >"$file"
    printf '%s\t%s\t%s\n' "${1%.[ch]}" "$3" "$4" >>"$TMP/planted"
}

plant smtp/auth.c '#include "bench/cmd/cmd.h"' \
    'includes "bench/cmd/cmd.h"' "an include of bench/"
plant smtp/guise.h '#include <netem/link.h>' \
    'includes <netem/link.h>' "an include of netem/ in a header"
plant smtp/conneg.c '#include "smtp/../bench/cmd/cmd.h"' \
    'includes "smtp/../bench/cmd/cmd.h"' "an include by a way round"
plant smtp/dsn.c '#define NAME "bench/cmd/cmd.h"
#  include NAME' 'includes NAME' "an include by a macro"
plant smtp/feature.c '#include <sys/socket.h>' \
    'includes <sys/socket.h>' "sockets' header"
plant smtp/guise.h '#include <time.h>' \
    'includes <time.h>' "the clock's header"
plant smtp/lookup.c \
    'long time(long *); long planted(void); long planted(void) { return time(0); }' \
    'leaves time undefined' "a call of time()"
plant smtp/mx.c \
    'int socket(int, int, int); int planted(void); int planted(void) { return socket(1, 2, 3); }' \
    'leaves socket undefined' "a call of socket()"
plant smtp/route.c '#include <stdio.h>
void planted(int); void planted(int x) { printf("%d", x); }' \
    'leaves printf undefined' "a call of printf()"
plant netem/link.c '#include "smtp/machine.h"' \
    'includes "smtp/machine.h"' "the mail's word on the road"
plant netem/link.c \
    'int clock_gettime(int, void *); int planted(void); int planted(void) { return clock_gettime(0, 0); }' \
    'leaves clock_gettime undefined' "a clock on the road"
plant bench/tell/stats.c '#include "netem/link.h"' \
    'includes "netem/link.h"' "the lab's name in bench/tell"
plant bench/tell/infer.c \
    'int plot_main(int, char **); int planted(void); int planted(void) { return plot_main(0, 0); }' \
    'calls plot_main' "a call of the program in bench/tell"

expect 2 "the tree with breaches" layers
while IFS="$(printf '\t')" read -r where culprit what; do
    if grep "^ *$where\.[cho]:" "$TMP/out" | grep -qF "$culprit"
    then ok "$what is found"
    else
        not_ok "$what: nothing says that $where $culprit"
        show
    fi
done <"$TMP/planted"
finish

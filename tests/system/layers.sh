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

# plant WHAT FILE SOURCE CULPRIT: adds SOURCE to FILE; layers must then fail,
# and say CULPRIT.
plant() {
    file=$copy/$2
    if [ ! -e "$file" ]; then
        not_ok "$1: there is no $2 to plant it in"
        return
    fi
    cp -p "$file" "$TMP/original"
    printf '%s\n' "$3" >"$TMP/planted"
    cat "$TMP/planted" "$TMP/original" >"$file"
    try layers
    if [ $status = 0 ] || ! grep -qF "$4" "$TMP/out"; then
        not_ok "$1: exit status $status, and '$4' should be named"
        show
    else
        ok "$1 is found"
    fi
    cp -p "$TMP/original" "$file"
    touch "$file"
}
pure=smtp/wire.c
header=smtp/guise.h # that few include, so that little is compiled

plant "an include of bench/" "$pure" \
    '#include "bench/cmd/cmd.h"' '"bench/cmd/cmd.h"'
plant "an include of netem/ in a header" $header \
    '#include <netem/link.h>' '<netem/link.h>'
plant "an include by a way round" "$pure" \
    '#include "smtp/../bench/cmd/cmd.h"' '"smtp/../bench/cmd/cmd.h"'
plant "an include by a macro" "$pure" \
    '#define NAME "bench/cmd/cmd.h"
#  include NAME' 'NAME'
plant "sockets' header" "$pure" \
    '#include <sys/socket.h>' '<sys/socket.h>'
plant "the clock's header" $header \
    '#include <time.h>' '<time.h>'
plant "a call of time()" "$pure" \
    'long time(long *); long planted(void); long planted(void) { return time(0); }' \
    'leaves time undefined'
plant "a call of socket()" "$pure" \
    'int socket(int, int, int); int planted(void); int planted(void) { return socket(1, 2, 3); }' \
    'leaves socket undefined'
plant "a call of printf()" "$pure" \
    '#include <stdio.h>
void planted(int); void planted(int x) { printf("%d", x); }' \
    'leaves printf undefined'
plant "the mail's word on the road" netem/link.c \
    '#include "smtp/machine.h"' '"smtp/machine.h"'
plant "a clock on the road" netem/link.c \
    'int clock_gettime(int, void *); int planted(void); int planted(void) { return clock_gettime(0, 0); }' \
    'leaves clock_gettime undefined'
plant "the lab's name in bench/tell" bench/tell/stats.c \
    '#include "netem/link.h"' '"netem/link.h"'
plant "a call of the program in bench/tell" bench/tell/stats.c \
    'int plot_main(int, char **); int planted(void); int planted(void) { return plot_main(0, 0); }' \
    'calls plot_main'
finish

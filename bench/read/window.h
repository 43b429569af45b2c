/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of a file, looked at before they are taken, so that a reader that
 * lost its place can search for it: also a little way back. */
#ifndef BENCH_READ_WINDOW_H
#define BENCH_READ_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct window {
    FILE *from; /* borrowed */
    uint8_t *bytes;
    size_t at, have, room;
    size_t kept; /* from here on bytes stay; at most `at` */
    bool whole;  /* a file on a disk: reading ahead makes nobody wait */
    bool poor;   /* memory ran out */
};

void window_init(struct window *, FILE *);
void window_release(struct window *);

/* So many bytes from here on, until the next call. NULL: there are not so
 * many, or no memory for them. */
const uint8_t *window_look(struct window *, size_t len);

/* Takes what was looked at. What was taken stays behind, for window_back(),
 * until it is let go. */
void window_pass(struct window *, size_t len);
void window_back(struct window *, size_t len);
void window_let_go(struct window *);

/* How many bytes can be looked at, where a look failed. */
size_t window_left(const struct window *);

#endif

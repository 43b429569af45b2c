/* SPDX-License-Identifier: BSD-2-Clause */
/* A live capture of a lab's device by libpcap, in a process of its own. */
#ifndef BENCH_RUN_TAP_H
#define BENCH_RUN_TAP_H

#include <stdint.h>

#include "netem/lab.h"

#define TAP_WHY 400

struct tap; /* owned by whoever called tap_start() */

/* Returns when packets are caught. The process ends with its caller. NULL:
 * refused, and `why` says what. */
struct tap *tap_start(struct lab *, enum lab_side, const char *device,
                      const char *path, char why[TAP_WHY]);

/* Frees it. Returns how many packets were lost; -1 and `why`: the file could
 * not be written, and is gone. */
int64_t tap_stop(struct tap *, char why[TAP_WHY]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Being let to run as soon as one is awake. */
#ifndef NETEM_URGENT_H
#define NETEM_URGENT_H

#include <stdbool.h>

/* Of the calling thread: SCHED_FIFO, if `fifo` and it may; else short turns,
 * which anybody may have. Returns whether it is SCHED_FIFO. */
bool urgent_become(bool fifo);

#endif

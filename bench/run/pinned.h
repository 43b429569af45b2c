/* SPDX-License-Identifier: BSD-2-Clause */
/* host.json of a run: what this module's libraries are, and what the kernel's
 * TCP in the lab is pinned to. */
#ifndef BENCH_RUN_PINNED_H
#define BENCH_RUN_PINNED_H

#include "bench/run/kernel.h"
#include "bench/tell/folder.h"

/* Writes host.json into the folder, if there is one; `kernel`: with the
 * settings of a lab, made and given up for that, which also shows that this
 * host allows one. -1 and `why`. */
int pinned_tell(const char *folder, bool kernel, enum port_kind,
                char why[KERNEL_WHY]);

#endif

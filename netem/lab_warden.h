/* SPDX-License-Identifier: BSD-2-Clause */
/* Clearing up behind a lab, by a process that outlives whoever made it. */
#ifndef NETEM_LAB_WARDEN_H
#define NETEM_LAB_WARDEN_H

#include "netem/lab_build.h"

/* Leaves a process that clears up when all holders of the descriptor that is
 * returned (close-on-exec) have closed it or died. It is nobody's child.
 * `keep_server`: the server's side is not ours. -1: errno. */
int lab_warden_start(const struct lab_site *, bool keep_server);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of a process that a fork made. */
#ifndef NETEM_FDS_H
#define NETEM_FDS_H

#include <stddef.h>

/* Closes all but these, which it sorts. Negative ones are passed over. */
void fds_keep(int *fds, size_t n);

#endif

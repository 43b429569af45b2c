/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors of a process that a fork made. */
#include "netem/fds.h"

#include <stdlib.h>
#include <unistd.h>

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

void fds_keep(int *fds, size_t n)
{
    unsigned from = 0;

    qsort(fds, n, sizeof *fds, by_number);
    for (size_t i = 0; i < n; i++) {
        if (fds[i] < 0)
            continue;
        if ((unsigned)fds[i] > from)
            close_range(from, (unsigned)fds[i] - 1, 0);
        from = (unsigned)fds[i] + 1;
    }
    close_range(from, ~0U, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of its own, so that a new commit compiles nothing else anew. The
 * Makefile defines VERSION. */
#include "bench/tell/version.h"

const char *turnaround_version(void)
{
    return VERSION;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Topologies from texts, for tests. */
#ifndef TESTS_TOPOLOGY_HELP_H
#define TESTS_TOPOLOGY_HELP_H

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/run/mx.h"

/* NULL and `why`. */
static inline struct topology *topology_of(const char *text,
                                           char why[YAMLFILE_WHY])
{
    int fd = memfd_create("topology", 0);
    char file[64];
    struct topology *t;

    ck_assert_int_eq(write(fd, text, strlen(text)), strlen(text));
    snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
    t = topology_load(file, why);
    close(fd);
    return t;
}

/* Every recipient is accounted for, and no host took one that the client does
 * not know of. */
static inline void tally_adds_up(const struct mx_tally *t)
{
    ck_assert(t->done);
    ck_assert(t->end != DISPATCH_NOT_YET);
    ck_assert_int_eq(t->accepted + t->deferred + t->bounced, t->recipients);
    ck_assert_int_eq(t->taken, t->accepted);
}

#endif

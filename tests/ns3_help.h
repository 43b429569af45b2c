/* SPDX-License-Identifier: BSD-2-Clause */
/* What all tests of the ns3 world share. */
#ifndef TESTS_NS3_HELP_H
#define TESTS_NS3_HELP_H

#include "sim/ns3.h"
#include "tests/skip.h"

/* Leaves a test where ns-3 cannot be had. */
#define NEEDS_NS3()                                                            \
    do {                                                                       \
        char why_not[NS3_WHY];                                                 \
        if (ns3_load(why_not) < 0)                                             \
            SKIP("%s", why_not);                                               \
    } while (0)

#endif

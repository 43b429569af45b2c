/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving a test that this host cannot run. tests/run counts the line that
 * is printed here, and names the reason in its sum. */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

#include <stdio.h>

/* Returns from the test that calls it. */
#define SKIP(...)                                                              \
    do {                                                                       \
        printf("\nSKIP %s: ", __func__);                                       \
        printf(__VA_ARGS__);                                                   \
        putchar('\n');                                                         \
        fflush(stdout);                                                        \
        return;                                                                \
    } while (0)

#endif

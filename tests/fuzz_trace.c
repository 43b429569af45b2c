/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzes the reading of whole capture files, which may bring the secrets of
 * the TLS in them. What is told must be sound
 * whatever the file holds. Runs in a check: 8000. */
#include "bench/read/trace.h"

#include <assert.h>
#include <string.h>

/* The ledger adds up, whatever the stamps are. */
static void check_account(const struct conversation *c)
{
    struct account a;

    account_make(&a, c, NULL);
    assert(a.total_ns == c->total_ns);
    for (int p = 0; p < PHASE_COUNT; p++)
        for (int k = 0; k < CAUSE_COUNT; k++)
            assert(a.ns[p][k] >= 0);
}

static void check(void *arg, const struct conversation *c)
{
    size_t *told = arg;

    ++*told;
    assert(c->turnarounds_tls <= c->turnarounds);
    assert(c->wait_count <= c->turnarounds);
    assert(memchr(c->banner, 0, sizeof c->banner));
    for (size_t i = 0; i < c->flight_count; i++)
        assert(c->flights[i].says && c->flights[i].says[0]);
    for (size_t i = 0; i < c->wait_count; i++)
        assert(c->waits[i].asked && c->waits[i].answered[0]);
    check_account(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char why[TRACE_WHY];
    struct trace_sum sum;
    size_t told = 0;
    struct trace_given given = {.keys = keylog_new()};
    FILE *f = len ? fmemopen((void *)bytes, len, "rb") : NULL;

    if (f) {
        trace_each_file(f, "input", &given, check, &told, &sum, why);
        assert(told == sum.conversations);
    }
    keylog_free(given.keys);
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peers {
    struct trace *trace;
    const struct conversation **by_name;
};

static int compare_endpoints(const struct endpoint *a, const struct endpoint *b)
{
    int order = memcmp(a->ip, b->ip, sizeof a->ip);

    return order ? order : (a->port > b->port) - (a->port < b->port);
}

static int compare(const struct conversation *a, const struct conversation *b)
{
    int order = compare_endpoints(&a->client, &b->client);

    return order ? order : compare_endpoints(&a->server, &b->server);
}

static int by_name(const void *a, const void *b)
{
    const struct conversation *const *x = a, *const *y = b;

    return compare(*x, *y);
}

struct peers *peers_open(const char *path, struct keylog *keys,
                         char why[TRACE_WHY])
{
    struct peers *p = calloc(1, sizeof *p);
    size_t count;

    if (p)
        p->trace = trace_open_all(path, keys, why);
    else
        snprintf(why, TRACE_WHY, "%s: out of memory", path);
    if (!p || !p->trace) {
        free(p);
        return NULL;
    }
    count = trace_count(p->trace);
    p->by_name = calloc(count + 1, sizeof *p->by_name);
    if (!p->by_name) {
        snprintf(why, TRACE_WHY, "%s: out of memory", path);
        peers_free(p);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        p->by_name[i] = trace_get(p->trace, i);
    qsort(p->by_name, count, sizeof *p->by_name, by_name);
    return p;
}

void peers_free(struct peers *p)
{
    if (!p)
        return;
    trace_free(p->trace);
    free(p->by_name);
    free(p);
}

size_t peers_count(const struct peers *p)
{
    return trace_count(p->trace);
}

const struct conversation *peers_find(const struct peers *p,
                                      const struct conversation *c)
{
    size_t low = 0, high = trace_count(p->trace);

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(p->by_name[middle], c) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < trace_count(p->trace); low++) {
        const struct conversation *there = p->by_name[low];

        if (compare(there, c) != 0)
            break;
        /* Offsets in the streams are the same only from their starts on. */
        if (there->from_start && c->from_start &&
            there->first_seq == c->first_seq)
            return there;
    }
    return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/maillog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, NOBODY = -1 };

static void times_add(struct maillog_times *t, int64_t us)
{
    if (us < 0)
        return;
    if (t->count++ == 0 || us < t->least_us)
        t->least_us = us;
    if (t->kept == MAILLOG_TIMES)
        return;
    if (t->kept == t->room) {
        size_t room = t->room ? t->room * 2 : 4;
        int64_t *more = realloc(t->us, room * sizeof *more);

        if (!more)
            return;
        t->us = more;
        t->room = room;
    }
    t->us[t->kept++] = us;
}

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t maillog_median_us(struct maillog_times *t)
{
    if (t->kept == 0)
        return -1;
    qsort(t->us, t->kept, sizeof *t->us, ascending);
    return t->us[t->kept / 2];
}

static size_t hash(const char *name, bool sends)
{
    uint64_t h = sends ? 7 : 1469598103934665603u;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 1099511628211u;
    return (size_t)(h ^ h >> 29);
}

static bool grow(struct maillog *m)
{
    size_t room = m->room ? m->room * 2 : 16;
    struct maillog_peer *peer = realloc(m->peer, room * sizeof *peer);
    size_t *bucket;

    if (!peer)
        return false;
    m->peer = peer;
    bucket = calloc(room, sizeof *bucket);
    if (!bucket)
        return false;
    free(m->bucket);
    m->bucket = bucket;
    m->buckets = m->room = room;
    for (size_t i = 0; i < m->count; i++) {
        size_t *b = &bucket[hash(peer[i].name, peer[i].sends) % room];

        peer[i].next = *b;
        *b = i + 1;
    }
    return true;
}

/* NULL: there are too many, or there is no memory. */
static struct maillog_peer *find(struct maillog *m, const char *name,
                                 bool sends)
{
    size_t *b, i;

    if (m->count == m->room && (m->count >= MAILLOG_PEERS || !grow(m)) &&
        m->room == 0)
        return NULL;
    b = &m->bucket[hash(name, sends) % m->buckets];
    for (i = *b; i; i = m->peer[i - 1].next)
        if (m->peer[i - 1].sends == sends &&
            strcmp(m->peer[i - 1].name, name) == 0)
            return &m->peer[i - 1];
    if (m->count == m->room || m->count >= MAILLOG_PEERS)
        return NULL;
    m->peer[m->count] = (struct maillog_peer){.sends = sends, .next = *b};
    strcpy(m->peer[m->count].name, name);
    *b = ++m->count;
    return &m->peer[m->count - 1];
}

static void count_mode(struct maillog_peer *p, const struct maillog_line *l)
{
    p->pipelined += l->pipelining && l->pipelining != '-';
    p->early += l->pipelining == '*';
    p->early_unused += l->pipelining == '.';
    p->unpipelined += l->pipelining == '-';
    p->chunked += l->chunked;
    p->tls12 += l->tls == 12;
    p->tls13 += l->tls == 13;
    if (l->steps[0])
        strcpy(p->steps, l->steps);
}

static void take(struct maillog *m, const struct maillog_line *l)
{
    struct maillog_peer *p = find(m, l->name, l->sends);

    if (!p) {
        m->overflow++;
        return;
    }
    if (l->tls_only) {
        p->tls12 += l->tls == 12;
        p->tls13 += l->tls == 13;
        return;
    }
    p->recipients++;
    m->deliveries++;
    /* A line for each recipient, of one transaction. */
    if (l->more || (!l->sends && strcmp(p->last_id, l->id) == 0))
        return;
    strcpy(p->last_id, l->id);
    p->messages++;
    p->reused += l->reused;
    if (!l->reused) {
        times_add(&p->setup, l->setup_us);
        times_add(&p->whole, l->whole_us);
    }
    times_add(&p->transfer, l->transfer_us);
    count_mode(p, l);
}

/* Round trips that STARTTLS costs at least: the command, the handshake (one
 * where it is resumed, or of 1.3), and EHLO again. Nothing is certain unless
 * every connection had it. */
static int64_t tls_trips(const struct maillog_peer *p)
{
    return p->tls12 + p->tls13 >= p->messages - p->reused ? 3 : 0;
}

/* Of a connection's setup: TCP, greeting, EHLO. */
static int64_t setup_trips(const struct maillog_peer *p)
{
    return 3 + tls_trips(p);
}

/* The least that is certain: pipelining, the envelope and the dot. */
enum { TRANSFER_TRIPS = 2 };

static void bound(int64_t *rtt_us, const struct maillog_times *t, int64_t trips)
{
    int64_t us = t->count ? t->least_us / trips : -1;

    if (us >= 0 && (*rtt_us < 0 || us < *rtt_us))
        *rtt_us = us;
}

/* Of an Exim delivery: TCP, and the waits that its letters leave. */
static int64_t whole_trips(const struct maillog_peer *p)
{
    int64_t waits = p->early ? (p->chunked ? 1 : 2) : (p->chunked ? 3 : 4);

    return 1 + waits + tls_trips(p);
}

static void conclude_postfix(struct maillog_peer *p)
{
    bound(&p->rtt_us, &p->setup, setup_trips(p));
    bound(&p->rtt_us, &p->transfer, TRANSFER_TRIPS);
    if (p->messages > p->reused && p->setup.count)
        p->save_reuse_us = maillog_median_us(&p->setup);
    if (p->rtt_us < 0)
        return;
    p->save_chunking_us = p->rtt_us;
    p->save_early_us = 2 * p->rtt_us;
    p->save_early_chunking_us = 3 * p->rtt_us;
    p->save_tls13_us = p->tls12 ? p->rtt_us : 0;
}

static void conclude_exim(struct maillog_peer *p)
{
    bound(&p->rtt_us, &p->whole, whole_trips(p));
    if (p->rtt_us < 0 || p->sends)
        return;
    p->save_pipelining_us = p->pipelined < p->messages ? 3 * p->rtt_us : 0;
    p->save_chunking_us = p->chunked < p->messages ? p->rtt_us : 0;
    p->save_early_us = p->early < p->messages ? 2 * p->rtt_us : 0;
    p->save_early_chunking_us = (p->early < p->messages ? 2 : 0) * p->rtt_us +
                                (p->chunked < p->messages ? 1 : 0) * p->rtt_us;
    p->save_tls13_us = p->tls12 ? p->rtt_us : 0;
    /* TCP, greeting, EHLO, and TLS: all but the message itself. */
    p->save_reuse_us =
        (whole_trips(p) - (p->chunked ? 1 : TRANSFER_TRIPS)) * p->rtt_us;
}

static int busiest(const void *a, const void *b)
{
    const struct maillog_peer *x = a, *y = b;

    if (x->sends != y->sends)
        return x->sends - y->sends;
    if (x->messages != y->messages)
        return x->messages < y->messages ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void conclude(struct maillog *m, enum maillog_kind kind)
{
    for (size_t i = 0; i < m->count; i++) {
        struct maillog_peer *p = &m->peer[i];

        p->rtt_us = p->save_reuse_us = p->save_pipelining_us = -1;
        p->save_chunking_us = p->save_early_us = -1;
        p->save_early_chunking_us = p->save_tls13_us = -1;
        if (kind == MAILLOG_POSTFIX)
            conclude_postfix(p);
        else
            conclude_exim(p);
    }
    if (m->count)
        qsort(m->peer, m->count, sizeof *m->peer, busiest);
}

int maillog_read(struct maillog *m, FILE *from, enum maillog_kind kind,
                 char why[MAILLOG_WHY])
{
    char line[LINE];
    bool inside = false; /* a line that is longer than this */

    *m = (struct maillog){0};
    while (fgets(line, sizeof line, from)) {
        size_t len = strcspn(line, "\r\n");
        bool whole = line[len] != 0, begins = !inside;
        struct maillog_line l;

        inside = !whole;
        line[len] = 0;
        if (!begins)
            continue;
        m->lines++;
        if (kind == MAILLOG_POSTFIX ? maillog_postfix(line, &l)
                                    : maillog_exim(line, &l))
            take(m, &l);
    }
    conclude(m, kind);
    if (!ferror(from))
        return 0;
    snprintf(why, MAILLOG_WHY, "%s", strerror(errno));
    return -1;
}

void maillog_release(struct maillog *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->peer[i].setup.us);
        free(m->peer[i].transfer.us);
        free(m->peer[i].whole.us);
    }
    free(m->peer);
    free(m->bucket);
    *m = (struct maillog){0};
}

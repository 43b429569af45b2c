/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/feed.h"
#include "bench/read/flow.h"

static void count_one(void *arg, const struct conversation *c)
{
    struct feed *f = arg;

    f->sum->conversations++;
    f->sum->mail += c->mail;
    f->sum->perhaps_mail += c->perhaps_mail;
    f->each(f->arg, c);
}

int feed_init(struct feed *f, const struct trace_given *given,
              trace_each_fn *each, void *arg, struct trace_sum *sum)
{
    const struct trace_given none = {0};

    *f = (struct feed){.sum = sum, .each = each, .arg = arg};
    if (!given)
        given = &none;
    f->keys = given->keys;
    *sum = (struct trace_sum){0};
    f->flows = flows_new(given, count_one, f);
    return f->flows ? 0 : -1;
}

/* 2 * 10^18 ns are 63 years: twice that still fits. */
static int64_t stamp(int64_t s, int64_t ns)
{
    const int64_t most_s = INT64_C(2) * 1000000000;

    if (s < 0 || s > most_s)
        s = s < 0 ? 0 : most_s;
    return s * 1000000000 + ns % 1000000000;
}

void feed_packet(struct feed *f, int link, int64_t s, int64_t ns,
                 const uint8_t *frame, size_t caplen, size_t len)
{
    struct packet p;

    f->sum->packets++;
    switch (packet_read(link, frame, caplen, len, &p)) {
    case PACKET_TCP:
        flows_packet(f->flows, &p, stamp(s, ns));
        break;
    case PACKET_OTHER:
        f->sum->other++;
        break;
    case PACKET_FRAGMENT:
        f->sum->fragments++;
        break;
    case PACKET_BROKEN:
        f->sum->broken++;
        break;
    }
}

void feed_secrets(struct feed *f, const char *text, size_t len)
{
    if (f->keys)
        keylog_take(f->keys, text, len);
}

void feed_end(struct feed *f)
{
    flows_end(f->flows);
}

void feed_release(struct feed *f)
{
    flows_free(f->flows);
}

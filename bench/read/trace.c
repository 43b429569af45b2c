/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/trace.h"
#include "bench/read/flow.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct trace_sum *sum;
    trace_each_fn *each;
    void *arg;
};

static void count_one(void *arg, const struct conversation *c)
{
    struct reader *r = arg;

    r->sum->conversations++;
    r->sum->mail += c->mail;
    r->sum->perhaps_mail += c->perhaps_mail;
    r->each(r->arg, c);
}

/* Opened for nanoseconds, tv_usec holds them. A stamp that is made up must
 * not make sums of times overflow: 2^61 ns are 73 years. */
static int64_t stamp_of(const struct pcap_pkthdr *h)
{
    int64_t s = h->ts.tv_sec;
    const int64_t most_s = INT64_C(2) * 1000000000;

    if (s < 0 || s > most_s)
        s = s < 0 ? 0 : most_s;
    return s * 1000000000 + h->ts.tv_usec % 1000000000;
}

static void read_packet(struct flows *f, int link, const struct pcap_pkthdr *h,
                        const uint8_t *frame, struct trace_sum *sum)
{
    struct packet p;
    int64_t at_ns = stamp_of(h);

    sum->packets++;
    switch (packet_read(link, frame, h->caplen, h->len, &p)) {
    case PACKET_TCP:
        flows_packet(f, &p, at_ns);
        break;
    case PACKET_OTHER:
        sum->other++;
        break;
    case PACKET_FRAGMENT:
        sum->fragments++;
        break;
    case PACKET_BROKEN:
        sum->broken++;
        break;
    }
}

static int read_all(pcap_t *file, const char *path, struct flows *f,
                    struct trace_sum *sum, char why[TRACE_WHY])
{
    int link = pcap_datalink(file), got;
    struct pcap_pkthdr *h;
    const uint8_t *frame;

    if (!packet_link_known(link)) {
        const char *name = pcap_datalink_val_to_name(link);

        snprintf(why, TRACE_WHY,
                 "%s: its link type is %s (%d); readable are Ethernet, raw "
                 "IP, Linux cooked, loopback and PPP",
                 path, name ? name : "unknown", link);
        return -1;
    }
    while ((got = pcap_next_ex(file, &h, &frame)) == 1)
        read_packet(f, link, h, frame, sum);
    flows_end(f);
    if (got == PCAP_ERROR_BREAK)
        return 0;
    sum->truncated = true;
    snprintf(why, TRACE_WHY, "%s: cut short or damaged behind packet %llu: %s",
             path, (unsigned long long)sum->packets, pcap_geterr(file));
    return -1;
}

/* Owns and closes the file. */
static int read_file(pcap_t *file, const char *name,
                     const struct handed_log *log, size_t logs,
                     trace_each_fn *each, void *arg, struct trace_sum *sum,
                     char why[TRACE_WHY])
{
    struct reader r = {sum, each, arg};
    struct flows *f = flows_new(log, logs, count_one, &r);
    int status = -1;

    *sum = (struct trace_sum){0};
    if (f)
        status = read_all(file, name, f, sum, why);
    else
        snprintf(why, TRACE_WHY, "%s: out of memory", name);
    flows_free(f);
    pcap_close(file);
    return status;
}

int trace_each(const char *path, const struct handed_log *log, size_t logs,
               trace_each_fn *each, void *arg, struct trace_sum *sum,
               char why[TRACE_WHY])
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

    if (!file) {
        *sum = (struct trace_sum){0};
        snprintf(why, TRACE_WHY, "%s: %s", path, strerror(errno));
        return -1;
    }
    return trace_each_file(file, path, log, logs, each, arg, sum, why);
}

int trace_each_file(FILE *file, const char *name, const struct handed_log *log,
                    size_t logs, trace_each_fn *each, void *arg,
                    struct trace_sum *sum, char why[TRACE_WHY])
{
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(
        file, PCAP_TSTAMP_PRECISION_NANO, error);

    if (!pcap) {
        *sum = (struct trace_sum){0};
        snprintf(why, TRACE_WHY, "%s: no capture file: %s", name, error);
        if (file != stdin)
            fclose(file);
        return -1;
    }
    return read_file(pcap, name, log, logs, each, arg, sum, why);
}

struct trace {
    struct conversation *c;
    size_t count, room;
    bool short_of_memory, all;
    struct trace_sum sum;
};

static void conversation_release(struct conversation *c)
{
    for (size_t i = 0; c->flights && i < c->flight_count; i++)
        free((char *)c->flights[i].says);
    for (size_t i = 0; c->waits && i < c->wait_count; i++) {
        free((char *)c->waits[i].asked);
        free((char *)c->waits[i].answered);
    }
    free((struct flight *)c->flights);
    free((struct wait *)c->waits);
    free((struct share *)c->shares);
    free((void *)c->booked);
}

static bool own(const void **at, size_t size)
{
    void *copy = *at ? malloc(size + 1) : NULL;

    if (copy)
        memcpy(copy, *at, size);
    else if (*at)
        size = SIZE_MAX;
    *at = copy;
    return size != SIZE_MAX;
}

/* Makes a copy own what the original points to. */
static bool conversation_own(struct conversation *c)
{
    const struct flight *flights = c->flights;
    const struct wait *waits = c->waits;
    struct flight *f = calloc(c->flight_count + 1, sizeof *f);
    struct wait *w = calloc(c->wait_count + 1, sizeof *w);
    bool good = f && w;

    for (size_t i = 0; good && i < c->flight_count; i++) {
        f[i] = flights[i];
        f[i].says = strdup(flights[i].says);
        good = f[i].says != NULL;
    }
    for (size_t i = 0; good && i < c->wait_count; i++) {
        w[i] = waits[i];
        w[i].asked = strdup(waits[i].asked);
        w[i].answered = strdup(waits[i].answered);
        good = w[i].asked && w[i].answered;
    }
    c->flights = f;
    c->waits = w;
    return own((const void **)&c->shares, c->share_count * sizeof *c->shares) &&
           own((const void **)&c->booked, PHASE_COUNT * sizeof *c->booked) &&
           good;
}

static void keep(void *arg, const struct conversation *c)
{
    struct trace *t = arg;

    if (!c->mail && !t->all)
        return;
    if (t->count == t->room) {
        size_t room = t->room ? t->room * 2 : 4;
        struct conversation *more = realloc(t->c, room * sizeof *more);

        if (!more) {
            t->short_of_memory = true;
            return;
        }
        t->c = more;
        t->room = room;
    }
    t->c[t->count] = *c;
    if (!conversation_own(&t->c[t->count++]))
        t->short_of_memory = true;
}

static int earlier(const void *a, const void *b)
{
    int64_t x = ((const struct conversation *)a)->start_ns;
    int64_t y = ((const struct conversation *)b)->start_ns;

    return (x > y) - (x < y);
}

static struct trace *open_trace(const char *path, const struct handed_log *log,
                                size_t logs, bool all, char why[TRACE_WHY])
{
    struct trace *t = calloc(1, sizeof *t);

    if (!t) {
        snprintf(why, TRACE_WHY, "%s: out of memory", path);
        return NULL;
    }
    t->all = all;
    if (trace_each(path, log, logs, keep, t, &t->sum, why) < 0) {
        trace_free(t);
        return NULL;
    }
    if (t->short_of_memory) {
        snprintf(why, TRACE_WHY, "%s: out of memory", path);
        trace_free(t);
        return NULL;
    }
    if (t->count)
        qsort(t->c, t->count, sizeof *t->c, earlier);
    return t;
}

struct trace *trace_open_handed(const char *path, const struct handed_log *log,
                                size_t logs, char why[TRACE_WHY])
{
    return open_trace(path, log, logs, false, why);
}

struct trace *trace_open(const char *path, char why[TRACE_WHY])
{
    return open_trace(path, NULL, 0, false, why);
}

struct trace *trace_open_all(const char *path, char why[TRACE_WHY])
{
    return open_trace(path, NULL, 0, true, why);
}

size_t trace_count(const struct trace *t)
{
    return t->count;
}

const struct conversation *trace_get(const struct trace *t, size_t i)
{
    assert(i < t->count);
    return &t->c[i];
}

const struct trace_sum *trace_sum(const struct trace *t)
{
    return &t->sum;
}

void trace_free(struct trace *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        conversation_release(&t->c[i]);
    free(t->c);
    free(t);
}

const char *endpoint_text(const struct endpoint *e, char out[ENDPOINT_TEXT])
{
    char ip[INET6_ADDRSTRLEN] = "?";

    inet_ntop(e->family == 6 ? AF_INET6 : AF_INET, e->ip, ip, sizeof ip);
    snprintf(out, ENDPOINT_TEXT, e->family == 6 ? "[%s]:%u" : "%s:%u", ip,
             e->port);
    return out;
}

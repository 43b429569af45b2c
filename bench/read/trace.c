/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/trace.h"
#include "bench/read/blocks.h"
#include "bench/read/feed.h"
#include "bench/read/packet.h"
#include "bench/read/records.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_AHEAD = 1 << 18 };

static void say_link(char why[TRACE_WHY], const char *name, int link)
{
    const char *what = pcap_datalink_val_to_name(link);

    snprintf(why, TRACE_WHY,
             "%s: its link type is %s (%d); readable are Ethernet, raw IP, "
             "Linux cooked, loopback and PPP",
             name, what ? what : "unknown", link);
}

static int say_damaged(struct trace_sum *sum, const char *name,
                       const char *what, char why[TRACE_WHY])
{
    sum->truncated = true;
    snprintf(why, TRACE_WHY, "%s: cut short or damaged behind packet %llu: %s",
             name, (unsigned long long)sum->packets, what);
    return -1;
}

static int feed_records(struct records *r, const char *name, struct feed *f,
                        char why[TRACE_WHY])
{
    struct blocks_packet p;
    char what[BLOCKS_WHY];
    int got;

    if (!packet_link_known(r->link)) {
        say_link(why, name, r->link);
        return -1;
    }
    while ((got = records_next(r, &p, what)) == 1)
        feed_packet(f, r->link, p.s, p.ns, p.frame, p.caplen, p.len);
    f->sum->damages = r->damages;
    f->sum->damaged_bytes = r->damaged_bytes;
    feed_end(f);
    return got < 0 ? say_damaged(f->sum, name, what, why) : 0;
}

static int read_records(FILE *file, const char *name, struct feed *f,
                        char why[TRACE_WHY])
{
    char what[BLOCKS_WHY];
    struct records r;
    int status = records_init(&r, file, what);

    if (status < 0)
        snprintf(why, TRACE_WHY, "%s: no capture file: %s", name, what);
    else
        status = feed_records(&r, name, f, why);
    records_release(&r);
    if (file != stdin)
        fclose(file);
    return status;
}

/* Interfaces that cannot be read cost their packets, unless none can be. */
static int judge_interfaces(const struct blocks *b, const char *name,
                            const struct feed *f, char why[TRACE_WHY])
{
    size_t at;
    int link = blocks_unread(b, &at);

    if (link < 0 || f->sum->packets > f->sum->other)
        return 0;
    say_link(why, name, link);
    if (blocks_interfaces(b) > 1)
        snprintf(why + strlen(why), TRACE_WHY - strlen(why),
                 " (interface %zu of %zu)", at + 1, blocks_interfaces(b));
    return -1;
}

static int feed_blocks(struct blocks *b, const char *name, struct feed *f,
                       char why[TRACE_WHY])
{
    struct blocks_packet p;
    char what[BLOCKS_WHY];
    int got;

    while ((got = blocks_next(b, &p, what)) == 1)
        if (p.secrets)
            feed_secrets(f, p.secrets, p.secrets_len);
        else
            feed_packet(f, p.link, p.s, p.ns, p.frame, p.caplen, p.len);
    f->sum->damages = blocks_damages(b, &f->sum->damaged_bytes);
    feed_end(f);
    return got < 0 ? say_damaged(f->sum, name, what, why)
                   : judge_interfaces(b, name, f, why);
}

static int read_blocks(FILE *file, const char *name, struct feed *f,
                       char why[TRACE_WHY])
{
    struct blocks *b = blocks_new(file);
    int status = -1;

    if (b)
        status = feed_blocks(b, name, f, why);
    else
        snprintf(why, TRACE_WHY, "%s: out of memory", name);
    blocks_free(b);
    if (file != stdin)
        fclose(file);
    return status;
}

int trace_each(const char *path, const struct trace_given *given,
               trace_each_fn *each, void *arg, struct trace_sum *sum,
               char why[TRACE_WHY])
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

    if (!file) {
        *sum = (struct trace_sum){0};
        snprintf(why, TRACE_WHY, "%s: %s", path, strerror(errno));
        return -1;
    }
    return trace_each_file(file, path, given, each, arg, sum, why);
}

/* pcapng begins with the type of its first block, every pcap otherwise. */
int trace_each_file(FILE *file, const char *name,
                    const struct trace_given *given, trace_each_fn *each,
                    void *arg, struct trace_sum *sum, char why[TRACE_WHY])
{
    struct feed f;
    int first, status;

    setvbuf(file, NULL, _IOFBF, READ_AHEAD);
    first = getc(file);
    if (first != EOF)
        ungetc(first, file);
    if (feed_init(&f, given, each, arg, sum) < 0) {
        snprintf(why, TRACE_WHY, "%s: out of memory", name);
        if (file != stdin)
            fclose(file);
        return -1;
    }
    status = first == 0x0a ? read_blocks(file, name, &f, why)
                           : read_records(file, name, &f, why);
    feed_release(&f);
    return status;
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

static struct trace *open_trace(const char *path,
                                const struct trace_given *given, bool all,
                                char why[TRACE_WHY])
{
    struct trace *t = calloc(1, sizeof *t);

    if (!t) {
        snprintf(why, TRACE_WHY, "%s: out of memory", path);
        return NULL;
    }
    t->all = all;
    if (trace_each(path, given, keep, t, &t->sum, why) < 0) {
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
    const struct trace_given given = {.log = log, .logs = logs};

    return open_trace(path, &given, false, why);
}

struct trace *trace_open_keyed(const char *path, struct keylog *keys,
                               char why[TRACE_WHY])
{
    const struct trace_given given = {.keys = keys};

    return open_trace(path, &given, false, why);
}

struct trace *trace_open(const char *path, char why[TRACE_WHY])
{
    return open_trace(path, NULL, false, why);
}

struct trace *trace_open_all(const char *path, struct keylog *keys,
                             char why[TRACE_WHY])
{
    const struct trace_given given = {.keys = keys};

    return open_trace(path, &given, true, why);
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

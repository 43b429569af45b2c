/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/capturing.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/inquiry.h"

enum { SNAPLEN = 65535, STREAMS = 2 * INQUIRY_RECIPIENTS + 4 };

int capturing_begin(struct capturing *c)
{
    c->to = open_memstream(&c->text, &c->size);
    if (!c->to)
        return -1;
    c->pcap = pcap_open_dead_with_tstamp_precision(DLT_RAW, SNAPLEN,
                                                   PCAP_TSTAMP_PRECISION_NANO);
    c->dumper = c->pcap ? pcap_dump_fopen(c->pcap, c->to) : NULL;
    if (c->dumper)
        return 0;
    errno = ENOMEM;
    return -1;
}

void capturing_packet(struct capturing *c, int64_t now_ns, const uint8_t *ip,
                      size_t len)
{
    /* With nanosecond precision libpcap takes tv_usec for nanoseconds. */
    struct pcap_pkthdr h = {.ts = {now_ns / 1000000000, now_ns % 1000000000},
                            .caplen = (bpf_u_int32)len,
                            .len = (bpf_u_int32)len};

    pcap_dump(c->dumper, &h, ip);
}

void capturing_handed(struct capturing *c, int stream, struct endpoint local,
                      uint64_t offset, int64_t at_ns)
{
    if (c->handed_count == c->handed_room) {
        size_t room = c->handed_room ? 2 * c->handed_room : 64;
        void *bigger = realloc(c->handed, room * sizeof *c->handed);

        if (!bigger) {
            c->failed = true;
            return;
        }
        c->handed = bigger;
        c->handed_room = room;
    }
    c->handed[c->handed_count++] =
        (struct capturing_handed){stream, local, {at_ns, offset}};
}

static void close_all(struct capturing *c)
{
    if (c->dumper)
        pcap_dump_close(c->dumper);
    else if (c->to)
        fclose(c->to);
    if (c->pcap)
        pcap_close(c->pcap);
    c->dumper = c->pcap = c->to = NULL;
}

int capturing_end(struct capturing *c)
{
    bool bad = fflush(c->to) == EOF || ferror(c->to) || c->failed;

    close_all(c);
    if (bad)
        errno = ENOMEM;
    return bad ? -1 : 0;
}

int capturing_keep(const struct capturing *c, const char *path)
{
    FILE *f = fopen(path, "we");
    bool bad;

    if (!f)
        return -1;
    bad = fwrite(c->text, 1, c->size, f) < c->size;
    return fclose(f) == EOF || bad ? -1 : 0;
}

/* The log of a stream, from its entries among all. Returns how many. */
static size_t gather(const struct capturing *c, int stream, struct handed *to,
                     struct handed_log *log)
{
    size_t n = 0;

    for (size_t i = 0; i < c->handed_count; i++)
        if (c->handed[i].stream == stream) {
            log->client = c->handed[i].local;
            to[n++] = c->handed[i].handed;
        }
    log->entry = to;
    log->count = n;
    return n;
}

static size_t gather_all(const struct capturing *c, struct handed *entry,
                         struct handed_log log[STREAMS])
{
    size_t logs = 0, used = 0;

    for (int stream = 0; stream < STREAMS && used < c->handed_count; stream++) {
        size_t n = gather(c, stream, entry + used, &log[logs]);

        used += n;
        logs += n > 0;
    }
    return logs;
}

/* All that is in it is ours, and so mail, even where nothing was said. */
static void add(void *sum, const struct conversation *c)
{
    *(size_t *)sum += c->turnarounds;
}

int capturing_count(const struct capturing *c, size_t *turnarounds,
                    char why[TRACE_WHY])
{
    struct handed *entry = calloc(c->handed_count + 1, sizeof *entry);
    struct handed_log log[STREAMS];
    struct trace_given given = {.log = log};
    FILE *f = fmemopen(c->text, c->size, "r");
    struct trace_sum sum;
    int result = -1;

    *turnarounds = 0;
    if (entry)
        given.logs = gather_all(c, entry, log);
    if (entry && f)
        result = trace_each_file(f, "client.pcap", &given, add, turnarounds,
                                 &sum, why);
    else
        snprintf(why, TRACE_WHY, "out of memory");
    if (!entry && f)
        fclose(f);
    free(entry);
    return result;
}

void capturing_release(struct capturing *c)
{
    close_all(c);
    free(c->text);
    free(c->handed);
    *c = (struct capturing){0};
}

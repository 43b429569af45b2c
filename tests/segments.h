/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP conversations written by hand: rows of segments become a pcap file for
 * the code under bench/read. */
#ifndef TESTS_SEGMENTS_H
#define TESTS_SEGMENTS_H

#include "bench/read/packet.h"
#include "bench/read/trace.h"

#include <check.h>
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rows name only what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum side { C, S }; /* client, server */

enum {
    FIN = TCP_FIN,
    SYN = TCP_SYN,
    RST = TCP_RST,
    NOACK = 256, /* leave the ACK flag out */
};

/* One segment. `seq` and `ack` are payload offsets plus one; 0 stands for the
 * next in line and for all that the other side has sent so far. */
struct segment {
    double ms;
    enum side from;
    int flags;
    const char *text;
    size_t pad;    /* so many `x` behind the text */
    long seq, ack; /* see above */
    size_t len;    /* of a text with NULs; 0: strlen() */
    bool cut;      /* the payload is not captured */
    int window;    /* one more than what is advertised; 0: 60000 */
};

struct tape {
    pcap_dumper_t *to;
    pcap_t *pcap;
    int link;
    uint32_t isn[2];  /* of each side */
    long sent[2];     /* payload so far */
    uint16_t port[2]; /* of each side */
    uint8_t family;
};

/* The road has a round trip of 100 ms. */
#define OPEN                                                                   \
    {0, C, SYN | NOACK, 0}, {100, S, SYN, 0},                                  \
    {                                                                          \
        100, C, 0, 0                                                           \
    }
#define GREET                                                                  \
    OPEN,                                                                      \
    {                                                                          \
        200, S, 0, "220 x ESMTP\r\n"                                           \
    }
#define HELLO                                                                  \
    GREET, {200, C, 0, "EHLO c\r\n"},                                          \
    {                                                                          \
        300, S, 0, "250-x\r\n250 PIPELINING\r\n"                               \
    }
#define ROWS 40 /* in one conversation, at most */

static inline void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static inline char *tape_path(void)
{
    static char path[64];
    int fd;

    strcpy(path, "/tmp/turnaround-test-XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    return path;
}

static inline struct tape tape_open(const char *path, int link)
{
    struct tape t = {.link = link,
                     .isn = {1000, 900000},
                     .port = {40000, 2525},
                     .family = 4};

    t.pcap = pcap_open_dead_with_tstamp_precision(link, 262144,
                                                  PCAP_TSTAMP_PRECISION_NANO);
    t.to = pcap_dump_open(t.pcap, path);
    ck_assert_ptr_nonnull(t.to);
    return t;
}

static inline void tape_close(struct tape *t)
{
    pcap_dump_close(t->to);
    pcap_close(t->pcap);
}

static inline void tape_frame(struct tape *t, int64_t ns, const uint8_t *frame,
                              size_t caplen, size_t len)
{
    struct pcap_pkthdr h = {.caplen = (uint32_t)caplen, .len = (uint32_t)len};

    h.ts.tv_sec = 1700000000 + ns / 1000000000;
    h.ts.tv_usec = ns % 1000000000;
    pcap_dump((u_char *)t->to, &h, frame);
}

/* Writes the header of the link. Returns its size. */
static inline size_t put_link(const struct tape *t, uint8_t *p)
{
    unsigned type = t->family == 6 ? 0x86dd : 0x0800;

    memset(p, 0, 32);
    switch (t->link) {
    case DLT_EN10MB: /* with a VLAN tag */
        put16(p + 12, 0x8100);
        put16(p + 14, 7);
        put16(p + 16, type);
        return 18;
    case DLT_LINUX_SLL:
        put16(p + 14, type);
        return 16;
    case DLT_LINUX_SLL2:
        put16(p, type);
        return 20;
    case DLT_NULL:
        p[0] = t->family == 6 ? 10 : 2;
        return 4;
    case DLT_LOOP:
        p[3] = t->family == 6 ? 30 : 2;
        return 4;
    case DLT_PPP:
        put16(p, 0xff03);
        put16(p + 2, t->family == 6 ? 0x57 : 0x21);
        return 4;
    default:
        return 0;
    }
}

/* Writes the IP header for `len` bytes of TCP. Returns its size. IPv6 has a
 * destination options header before TCP. What is too long to be told, as
 * offloading makes it, has no length (BIG TCP). */
static inline size_t put_ip(const struct tape *t, uint8_t *p, enum side from,
                            size_t len)
{
    memset(p, 0, 48);
    if (t->family == 6) {
        p[0] = 0x60;
        put16(p + 4, len + 8 > 65535 ? 0 : (unsigned)len + 8);
        p[6] = 60;
        p[8] = p[24] = 0xfd;
        p[23] = from == C ? 1 : 2;
        p[39] = from == C ? 2 : 1;
        p[40] = 6;
        return 48;
    }
    p[0] = 0x45;
    put16(p + 2, len + 20 > 65535 ? 0 : (unsigned)len + 20);
    p[9] = 6;
    memcpy(p + 12, from == C ? "\300\0\2\1" : "\300\0\2\2", 4);
    memcpy(p + 16, from == C ? "\300\0\2\2" : "\300\0\2\1", 4);
    return 20;
}

static inline void tape_segment(struct tape *t, const struct segment *s)
{
    static uint8_t frame[200000];
    enum side from = s->from, peer = from == C ? S : C;
    size_t text = s->len ? s->len : s->text ? strlen(s->text) : 0;
    size_t len = text + s->pad, head;
    long seq = s->seq ? s->seq - 1 : t->sent[from];
    long ack = s->ack ? s->ack - 1 : t->sent[peer];
    uint8_t *tcp;

    if (s->flags & SYN)
        seq = -1;
    head = put_link(t, frame);
    head += put_ip(t, frame + head, from, 20 + len);
    tcp = frame + head;
    memset(tcp, 0, 20);
    put16(tcp, t->port[from]);
    put16(tcp + 2, t->port[peer]);
    put32(tcp + 4, t->isn[from] + 1 + (uint32_t)seq);
    put32(tcp + 8, t->isn[peer] + 1 + (uint32_t)ack);
    tcp[12] = 0x50;
    tcp[13] = (uint8_t)((s->flags & 255) | (s->flags & NOACK ? 0 : TCP_ACK));
    put16(tcp + 14, s->window ? (unsigned)s->window - 1 : 60000);
    if (text)
        memcpy(tcp + 20, s->text, text);
    memset(tcp + 20 + text, 'x', s->pad);
    tape_frame(t, (int64_t)(s->ms * 1e6), frame, head + 20 + (s->cut ? 0 : len),
               head + 20 + len);
    if (s->flags & SYN)
        seq = 0;
    if (seq + (long)len > t->sent[from])
        t->sent[from] = seq + (long)len;
    if (s->flags & FIN && seq + (long)len == t->sent[from])
        t->sent[from]++; /* so that ACKs cover it */
}

/* Rows up to the one without text, flags, seq and time at once. */
static inline void tape_segments(struct tape *t, const struct segment *s)
{
    for (; s->ms != 0 || s->flags || s->text || s->pad; s++)
        tape_segment(t, s);
}

/* What is read from rows on a link; both sides' sequence numbers begin at
 * `isn` or half a circle away. */
static inline struct trace *replay(const struct segment *row, int link,
                                   uint8_t family, uint32_t isn)
{
    char *path = tape_path(), why[TRACE_WHY] = "";
    struct tape tape = tape_open(path, link);
    struct trace *t;

    tape.family = family;
    tape.isn[C] = isn;
    tape.isn[S] = isn + 0x80000000u;
    tape_segments(&tape, row);
    tape_close(&tape);
    t = trace_open(path, why);
    unlink(path);
    ck_assert_msg(t != NULL, "%s", why);
    return t;
}

#endif

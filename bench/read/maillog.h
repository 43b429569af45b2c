/* SPDX-License-Identifier: BSD-2-Clause */
/* What the logs of mail servers tell of their deliveries, by peer, and what
 * other modes could save there at most.
 *
 * Postfix's smtp(8) logs delays=a/b/c/d: c is connection setup, DNS, EHLO and
 * TLS included, d transmission. Exim's main log has DT= (selector
 * +deliver_time) for the whole delivery; `L` where PIPELINING was used, with
 * `*` for early pipelining, `.` where that was offered and not used, `-` where
 * PIPELINING was; K for CHUNKING, X= for TLS, and PS= (selector
 * +protocol_detail).
 *
 * A log knows no round trip. But every turnaround takes one at least, so the
 * fastest delivery bounds it from above, and with it what can be saved. */
#ifndef BENCH_READ_MAILLOG_H
#define BENCH_READ_MAILLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum maillog_kind { MAILLOG_POSTFIX, MAILLOG_EXIM };
enum { MAILLOG_NAME = 128, MAILLOG_PEERS = 1 << 16, MAILLOG_TIMES = 1 << 14 };
enum { MAILLOG_WHY = 300 };

struct maillog_times { /* in us; beyond MAILLOG_TIMES only counted */
    int64_t *us;
    size_t count, kept, room;
    int64_t least_us;
};

struct maillog_peer {
    char name[MAILLOG_NAME]; /* "mx.example[192.0.2.1]:25" */
    bool sends;              /* Exim: it is a client of ours */
    uint64_t messages, recipients;
    uint64_t reused;                      /* on a connection kept open */
    struct maillog_times setup, transfer; /* Postfix: c and d */
    struct maillog_times whole;           /* Exim: DT */
    uint64_t pipelined, early, early_unused, unpipelined, chunked;
    uint64_t tls12, tls13;
    char steps[16]; /* the last PS= */

    /* What follows, by maillog_read(): at most; -1: unknown. */
    int64_t rtt_us, save_reuse_us, save_pipelining_us, save_chunking_us,
        save_early_us, save_early_chunking_us, save_tls13_us;

    char last_id[32]; /* private, as all below */
    size_t next;
};

struct maillog {
    struct maillog_peer *peer; /* owned; the busiest first */
    size_t count;
    uint64_t lines, deliveries, overflow; /* overflow: of further peers */

    size_t room, *bucket, buckets; /* private */
};

/* Reads to the end. -1 and `why`: no memory, or a read error; what was read
 * is there all the same. */
int maillog_read(struct maillog *, FILE *, enum maillog_kind,
                 char why[MAILLOG_WHY]);
void maillog_release(struct maillog *);

/* -1: none is known. */
int64_t maillog_median_us(struct maillog_times *);

/* For the parsers of one line each; false: it is no delivery. */
struct maillog_line {
    char name[MAILLOG_NAME], id[32], steps[16];
    bool sends, more; /* more: a further recipient of the delivery before */
    bool tls_only;    /* tells of a TLS version, no delivery */
    int64_t setup_us, transfer_us, whole_us; /* -1: not there */
    bool reused, chunked;
    char pipelining; /* 0: none; 'L', '*', '.', '-' */
    int tls;         /* 0, 12 (or older), 13 */
};
bool maillog_postfix(const char *line, struct maillog_line *);
bool maillog_exim(const char *line, struct maillog_line *);

#endif

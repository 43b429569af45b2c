/* SPDX-License-Identifier: BSD-2-Clause */
/* One TCP conversation as its packets come: its times, its flights, and the
 * count of its client's waits, as trace.h defines them. */
#ifndef BENCH_READ_TALK_H
#define BENCH_READ_TALK_H

#include "bench/read/ledger.h"
#include "bench/read/packet.h"
#include "bench/read/speech.h"
#include "bench/read/stream.h"
#include "bench/read/trace.h"

enum talk_from { FROM_CLIENT, FROM_SERVER, TALK_SIDES };
enum { TALK_SYNS = 4 };

/* The round trip as seen from one side: its bytes, and the peer's ACK. */
struct talk_trip {
    bool running;
    uint64_t end;     /* of the bytes whose ACK is awaited */
    int64_t at_ns;    /* when they were sent */
    int64_t least_ns; /* the least so far; UNKNOWN_NS: none yet */
};

struct talk_syn {
    int64_t at_ns;
    bool stamped;
    uint32_t stamp;
};

struct talk {              /* private but for these */
    struct conversation c; /* complete after talk_finish() */
    int64_t last_ns;       /* the last packet */
    bool over;             /* both sides have ended it */

    struct stream stream[TALK_SIDES];
    struct talk_trip trip[TALK_SIDES];
    struct speech *speech; /* from the first payload on */
    const struct handed_log *log;
    struct keylog *keys;
    uint64_t packets_from[TALK_SIDES];
    size_t log_at;

    struct talk_syn syn[TALK_SYNS];
    unsigned syns;
    bool syn_took_data, third_seen;
    int64_t syn_ack_ns;
    int64_t fin_at[TALK_SIDES]; /* the stream's length, or -1 */
    bool fin[TALK_SIDES], rst[TALK_SIDES];
    bool asked, answered; /* while one packet's bytes are told */

    /* The count, which waits.c keeps. */
    int64_t opened_ns, sent_ns;
    bool opening;          /* opened, and no wait has ended since */
    bool armed;            /* something was sent since the last wait ended */
    bool deaf;             /* nothing will be heard any more */
    bool shaking;          /* what was sent belongs to a TLS handshake */
    bool heard;            /* a wait has ended, and nothing was sent since */
    bool dubious;          /* ... by bytes that may be met with RST ... */
    uint64_t dubious_end;  /* ... unless the client acknowledges them */
    uint64_t sent_at_wait; /* sent so far, when the last wait ended */
    uint64_t unseen[TALK_SIDES]; /* of a side that is not captured: what the
                                    other has acknowledged */
    int64_t spoke_ns, spoke_before_ns; /* the server's last speech */
    int64_t accepted_ns;
    unsigned accepted;
    bool in_flight;
    const char *unit; /* within which the last bytes ended, or NULL */
    struct words flight_words, reply_words;
    struct wait wait;     /* the last that ended, until it is complete */
    struct flight flight; /* the last, as it grows */
    struct flight *flights;
    struct wait *waits;
    size_t flight_room, wait_room;
    struct ledger ledger;
};

/* `room` as for stream_init(); borrowed. NULL: no memory. */
struct talk *talk_new(const struct endpoint *client,
                      const struct endpoint *server, int64_t at_ns,
                      size_t *room);
void talk_free(struct talk *);

/* The caller's log of what the client handed over; before any packet. */
void talk_set_log(struct talk *, const struct handed_log *);

/* The secrets of TLS, or NULL; before any packet. */
void talk_set_keys(struct talk *, struct keylog *);

void talk_packet(struct talk *, enum talk_from, const struct packet *,
                 int64_t at_ns);

/* No more packets will come. */
void talk_finish(struct talk *);

#endif

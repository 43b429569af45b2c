/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of one link of the road: in at one port, over the link, out
 * at the other, counted and captured on both ends. */
#ifndef NETEM_LANE_H
#define NETEM_LANE_H

#include "netem/capture.h"
#include "netem/clock.h"
#include "netem/ferry.h"
#include "netem/grade.h"
#include "netem/parcel.h"
#include "netem/port.h"

struct lane {
    const struct port *in, *out;
    struct link *link; /* owned */
    enum ferry_direction way;
    ferry_drop *drop;
    void *drop_arg;
    struct capture *at_in, *at_out, *log; /* NULL: not wanted */
    struct ferry_way *count;
    struct grade *late;
    int batch; /* how many packets to ask for at once */
};

struct lane_shared { /* by all lanes of a road */
    struct clock_pair clock;
    int64_t now_ns; /* of the last wake-up */
    struct parcels parcels;
    struct parcel *empty[PORT_BATCH]; /* to be read into */
    struct capture_desk *desk;
};

/* With parcels.room set. -1: no memory. */
int lane_prepare(struct lane_shared *);
void lane_release(struct lane_shared *);

/* Forgets what has arrived so far. */
void lane_flush(struct lane *, struct lane_shared *);

/* Reads one batch. Returns whether there may be more. */
bool lane_board(struct lane *, struct lane_shared *);

/* Sends all that is due. */
void lane_leave(struct lane *, struct lane_shared *, int64_t now_ns);

/* Counts what is still on the road as discarded, and frees the link. The log
 * has each packet that came then: left, dropped by a rule, or on the way. */
void lane_finish(struct lane *, struct lane_shared *);

/* The first line of a packet log. */
void lane_log_head(struct lane *, int64_t stamp_ns);

#endif

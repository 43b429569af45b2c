/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes of a road: one is run in a process of its own, makes what it needs,
 * sends real packets over it, and leaves a few figures behind. What came late
 * is known from the kernel's stamp of each arrival and from the clock as read
 * just before sendto(2); who receives does not wait, so that waking him up is
 * no part of what is measured. */
#ifndef BENCH_RUN_PROBE_H
#define BENCH_RUN_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROBE_WHY 400
#define PROBE_NAME 96
#define PROBE_FIGURES 8

enum probe_road {
    PROBE_VETH,
    PROBE_TUN,
    PROBE_BARE,       /* one veth pair from side to side, without a road */
    PROBE_TBF,        /* the same, and the kernel's tbf */
    PROBE_VETH_RELAY, /* ports, and who only hands packets over */
    PROBE_TUN_RELAY,
    PROBE_NS3, /* veth, and ns-3 in real time between them */
    PROBE_MM,  /* mahimahi's mm-delay, mm-link, or the one in the other */
};

/* Where others took more than this of the machine's CPUs a probe says nothing
 * of the road: what the host of a virtual machine gave to others, and what
 * was not done for the probe. The kernel counts in ticks, so that the second
 * of a short probe is known to a few per cent only. */
#define PROBE_STEAL_PCT 3.0
#define PROBE_FOREIGN_PCT 10.0

struct probe_outcome {
    bool done;      /* else `why` says what was in the way */
    bool skipped;   /* this host cannot do it */
    bool disturbed; /* by others: see above */
    double steal_pct, foreign_pct;
    char why[PROBE_WHY]; /* also what spoils figures that were got */
    size_t count;
    struct probe_figure {
        char name[24];
        double value;
    } figure[PROBE_FIGURES];
};

struct probe {
    int target; /* of the eight of `turnaround bench road --help` */
    char name[PROBE_NAME];
    int (*run)(const struct probe *, struct probe_outcome *); /* -1: `why` */
    enum probe_road road;
    bool fifo;     /* the ferry asks for SCHED_FIFO */
    bool loaded;   /* a busy process for each core beside it */
    bool captured; /* the ferry writes captures, at snaplen 128 */
    int64_t delay_ns;
    uint64_t rate_bps; /* 0: unlimited */
    bool gso;          /* see struct lab_config */
    unsigned links;    /* 0: one */
    int64_t gap_ns;    /* between bursts, somewhat scattered */
    unsigned burst;    /* datagrams at once; 0: one */
    unsigned bytes;    /* of a packet, IP and all; or of a TCP transfer */
    unsigned count;    /* of bursts, transfers, labs */
    unsigned parallel; /* experiments at once; 0: one */
};

/* The kinds of probe; each sets the figures named. */
typedef int probe_run(const struct probe *, struct probe_outcome *);
probe_run probe_lateness;  /* median_us p99_us max_us first_us lost unsure */
probe_run probe_rate;      /* error_pct spacing_us spacing_p99_us */
probe_run probe_flood;     /* kpps cpu_us core_kpps lost */
probe_run probe_steady;    /* kpps cpu_us lost capture_lost */
probe_run probe_bulk;      /* gbps cpu_us lost */
probe_run probe_transfers; /* connect_ms median_ms sd_pct worst_pct */
probe_run probe_labs;      /* made_ms unmade_ms both_ms */

/* Runs it in a process of its own; a probe that takes too long is ended. The
 * calling process becomes the reaper of what it leaves behind, and waits for
 * all children that it has. */
void probe_do(const struct probe *, struct probe_outcome *);

/* For the kinds themselves. */
int probe_refuse(struct probe_outcome *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void probe_figure(struct probe_outcome *, const char *name, double value);

#endif

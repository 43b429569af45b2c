/* SPDX-License-Identifier: BSD-2-Clause */
/* A reply for each recipient behind a body (LMTP, PRDR), limits that are told
 * or found out, and what a kept connection saves. M messages, n recipients, T
 * transactions of a message, S sessions, P policies. */
#include <stdio.h>

#include "bench/run/chapters_terms.h"

struct line {
    const char *says, *expected, *settings;
    size_t turnarounds;
    const char *second; /* which takes less: a pair; NULL: a row */
    size_t second_turnarounds;
    const char *ending; /* what becomes of it; NULL: it takes so long */
};

#define LMTP "lmtp= rtt=200ms "
#define PRDR                                                                   \
    "capabilities=PIPELINING,CHUNKING,ENHANCEDSTATUSCODES,PRDR "               \
    "extensions=PRDR rtt=200ms "
#define TRICK "capabilities=PIPELINING,CHUNKING,ENHANCEDSTATUSCODES rtt=200ms "
#define OF_THREE "recipients=3 policies=3 offended=1 "

/* clang-format off */
static const struct line each[] = {
    {"LMTP, lockstep, n = 3", "3 + M (3 + n)",
     LMTP "mode=lockstep recipients=3", 9, NULL, 0, NULL},
    {"LMTP, pipelining, n = 3", "3 + M",
     LMTP "mode=pipelining recipients=3", 4, NULL, 0, NULL},
    {"LMTP, pipelining, n = 3, M = 5", "3 + M",
     LMTP "mode=pipelining recipients=3 messages=5", 8, NULL, 0, NULL},
    {"LMTP, chunking, n = 3, M = 5", "3",
     LMTP "mode=chunking recipients=3 messages=5 body=500", 3, NULL, 0, NULL},
    {"LMTP, early, n = 3", "1 + M",
     LMTP "mode=early recipients=3", 2, NULL, 0, NULL},
    {"LMTP behind STARTTLS, TLS 1.3, pipelining", "5 + h + M",
     LMTP "mode=pipelining recipients=3 tls=starttls", 7, NULL, 0, NULL},
    {"LMTP: one of three refuses behind the body", "2 of 3",
     LMTP "mode=pipelining " OF_THREE, 4, NULL, 0,
     "2 of 3 delivered, 1 refused"},
    {"PRDR, lockstep, n = 3", "3 + M (3 + n): none more",
     PRDR "mode=lockstep recipients=3", 9, NULL, 0, NULL},
    {"PRDR, pipelining, P = 3", "3 + M: none more",
     PRDR "mode=pipelining recipients=3 policies=3", 4, NULL, 0, NULL},
    {"PRDR, chunking, P = 3, M = 5", "3: none more",
     PRDR "mode=chunking recipients=3 policies=3 messages=5 body=500", 3, NULL,
     0, NULL},
    {"PRDR: one of three refuses behind the body", "2 of 3",
     PRDR "mode=pipelining " OF_THREE, 4, NULL, 0,
     "2 of 3 delivered, 1 refused"},
    {"a transaction for each policy, pipelining, P = 3", "3 + M P",
     TRICK "mode=pipelining recipients=3 policies=3", 6, NULL, 0, NULL},
    {"a transaction for each policy, pipelining, P = 10", "3 + M P",
     TRICK "mode=pipelining recipients=10 policies=10", 13, NULL, 0, NULL},
    {"a transaction for each policy, chunking, P = 3", "3 P, P connections",
     TRICK "mode=chunking recipients=3 policies=3", 9, NULL, 0, NULL},
    {"a transaction for each policy: one of three refuses", "2 of 3",
     TRICK "mode=pipelining " OF_THREE, 6, NULL, 0,
     "2 of 3 delivered, 1 refused"},
    {"PRDR saves against transactions for P = 3", "P - 1 RTT, 400 ms",
     TRICK "mode=pipelining recipients=3 policies=3", 6,
     PRDR "mode=pipelining recipients=3 policies=3", 4, NULL},
    {"PRDR saves against transactions for P = 10", "P - 1 RTT, 1800 ms",
     TRICK "mode=pipelining recipients=10 policies=10", 13,
     PRDR "mode=pipelining recipients=10 policies=10", 4, NULL},
    {"LMTP, one reply where three are due", "uncertain, and so told",
     LMTP "mode=pipelining recipients=3 flaw=one-verdict", 4, NULL, 0,
     "uncertain: not understood"},
    {"PRDR, one reply where four are due", "uncertain, and so told",
     PRDR "mode=pipelining recipients=3 flaw=one-verdict", 4, NULL, 0,
     "uncertain: not understood"},
    {"353 though nobody has asked", "uncertain, and so told",
     TRICK "mode=pipelining recipients=3 flaw=unasked-353", 4, NULL, 0,
     "uncertain: not understood"},
};

#define TOLD "capabilities=PIPELINING,CHUNKING,PIPECONNECT,LIMITS rtt=200ms "
#define FOUND "capabilities=PIPELINING,CHUNKING,PIPECONNECT rtt=200ms "
#define R "limits='RCPTMAX=10' recipients=25 body=500 "
#define M "limits='MAILMAX=2' messages=5 body=500 "
#define D "limits='RCPTDOMAINMAX=2' recipients=14 domains=7 body=200 "

/* n = 25 and r = 10: T = 3. M = 5 and m = 2: S = 3. D = 7 and d = 2: T = 4. */
static const struct line limits[] = {
    {"RCPTMAX told, lockstep, T = 3", "3 + M (3 T + n)",
     TOLD R "mode=lockstep", 37, NULL, 0, NULL},
    {"RCPTMAX told, pipelining, T = 3", "3 + M T",
     TOLD R "mode=pipelining", 6, NULL, 0, NULL},
    {"RCPTMAX told, chunking, T = 3", "3",
     TOLD R "mode=chunking", 3, NULL, 0, NULL},
    {"RCPTMAX remembered, early, T = 3", "1 + M T",
     TOLD R "mode=early", 4, NULL, 0, NULL},
    {"RCPTMAX remembered, early, BDAT, T = 3", "1",
     TOLD R "mode=early body-by=bdat", 1, NULL, 0, NULL},
    {"RCPTMAX by 452, lockstep, T = 3", "3 + M (4 T + n - 1)",
     FOUND R "mode=lockstep", 39, NULL, 0, NULL},
    {"RCPTMAX by 452, pipelining, T = 3", "3 + M T",
     FOUND R "mode=pipelining", 6, NULL, 0, NULL},
    {"RCPTMAX by 452, chunking, T = 3", "3 T, T connections",
     FOUND R "mode=chunking", 9, NULL, 0, NULL},
    {"LIMITS saves against 452, chunking, T = 3", "4 (T - 1) RTT, 1600 ms",
     FOUND R "mode=chunking", 9, TOLD R "mode=chunking", 3, NULL},
    {"LIMITS saves against 452, lockstep, T = 3", "T - 1 RTT, 400 ms",
     FOUND R "mode=lockstep", 39, TOLD R "mode=lockstep", 37, NULL},
    {"MAILMAX told, pipelining, S = 3", "3 S + M",
     TOLD M "mode=pipelining", 14, NULL, 0, NULL},
    {"MAILMAX told, chunking, S = 3", "3 S",
     TOLD M "mode=chunking", 9, NULL, 0, NULL},
    {"MAILMAX by 421, pipelining, S = 3", "3 S + M",
     FOUND M "mode=pipelining", 14, NULL, 0, NULL},
    {"MAILMAX by 421, chunking, S = 3", "3 S",
     FOUND M "mode=chunking", 9, NULL, 0, NULL},
    {"MAILMAX by 421, chunking-last, S = 3", "3 S + M - 1",
     FOUND M "mode=chunking-last", 13, NULL, 0, NULL},
    {"MAILMAX by 421: all arrive, and once", "delivered",
     FOUND M "mode=chunking", 9, NULL, 0, "delivered"},
    {"RCPTDOMAINMAX told, pipelining, T = 4", "3 + M T",
     TOLD D "mode=pipelining", 7, NULL, 0, NULL},
    {"RCPTDOMAINMAX told, chunking, T = 4", "3",
     TOLD D "mode=chunking", 3, NULL, 0, NULL},
    {"LIMITS with values that are none, pipelining", "3 + M T, by 452",
     TOLD R "mode=pipelining flaw=odd-limits", 6, NULL, 0, NULL},
};

#define FIVE "messages=5 body=500 rtt=200ms "
#define NEW FIVE "per-connection=1 "

static const struct line reuse[] = {
    {"one connection, pipelining, M = 5", "3 + M",
     FIVE "mode=pipelining", 8, NULL, 0, NULL},
    {"a connection each, pipelining, M = 5", "4 M, 5 M RTT",
     NEW "mode=pipelining", 20, NULL, 0, NULL},
    {"two in a connection, pipelining, M = 5, S = 3", "3 S + M",
     FIVE "per-connection=2 mode=pipelining", 14, NULL, 0, NULL},
    {"one connection, RSET probes, M = 5", "1 + 3 M",
     FIVE "mode=pipelining-probe", 16, NULL, 0, NULL},
    {"reuse saves, lockstep", "4 (M - 1) RTT, 3200 ms",
     NEW "mode=lockstep", 35, FIVE "mode=lockstep", 23, NULL},
    {"reuse saves, pipelining", "4 (M - 1) RTT, 3200 ms",
     NEW "mode=pipelining", 20, FIVE "mode=pipelining", 8, NULL},
    {"reuse saves, chunking", "4 (M - 1) RTT, 3200 ms",
     NEW "mode=chunking", 15, FIVE "mode=chunking", 3, NULL},
    {"reuse saves, early", "2 (M - 1) RTT, 1600 ms",
     NEW "mode=early", 10, FIVE "mode=early", 6, NULL},
    {"reuse saves, with RSET probes", "2 (M - 1) RTT, 1600 ms",
     NEW "mode=pipelining-probe", 20, FIVE "mode=pipelining-probe", 16, NULL},
    {"reuse saves, STARTTLS, TLS 1.3", "7 (M - 1) RTT, 5600 ms",
     NEW "mode=pipelining tls=starttls", 35,
     FIVE "mode=pipelining tls=starttls", 11, NULL},
    {"reuse saves, STARTTLS, TLS 1.3, with RSET probes",
     "5 (M - 1) RTT, 4000 ms",
     NEW "mode=pipelining-probe tls=starttls", 35,
     FIVE "mode=pipelining-probe tls=starttls", 19, NULL},
    {"reuse saves, TLS 1.3 from the start", "5 (M - 1) RTT, 4000 ms",
     NEW "mode=pipelining tls=implicit", 25,
     FIVE "mode=pipelining tls=implicit", 9, NULL},
};
/* clang-format on */

/* The longer one comes first. */
static void add_pair(struct book *b, size_t entry, const struct line *l)
{
    for (int world = 0; world < WORLD_COUNT; world++) {
        if ((world == WORLD_NS3 && !b->ns3) ||
            (world == WORLD_KERNEL && !b->kernel))
            continue;
        book_add_in(b, entry, l->turnarounds, l->settings, (enum world)world);
        book_add_in(b, entry, l->second_turnarounds, l->second,
                    (enum world)world);
    }
}

static void add_lines(struct book *b, const struct line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct line *l = &lines[i];
        enum entry_kind kind = l->second   ? ENTRY_SAVING
                               : l->ending ? ENTRY_ENDING
                                           : ENTRY_TIMED;
        size_t entry = book_entry(b, kind, l->says, l->expected);

        if (l->second)
            add_pair(b, entry, l);
        else if (l->ending)
            book_add_ending(b, entry, l->turnarounds, l->settings, l->ending);
        else
            book_add(b, entry, l->turnarounds, l->settings);
    }
}

void plan_each(struct book *b)
{
    add_lines(b, each, sizeof each / sizeof each[0]);
}

void plan_limits(struct book *b)
{
    add_lines(b, limits, sizeof limits / sizeof limits[0]);
}

void plan_reuse(struct book *b)
{
    add_lines(b, reuse, sizeof reuse / sizeof reuse[0]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A reply for each recipient behind a body (LMTP, PRDR), limits that are told
 * or found out, and what a kept connection saves. M messages, n recipients, T
 * transactions of a message, S sessions, P policies. */
#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"

#define LMTP "lmtp= rtt=200ms "
#define PRDR                                                                   \
    "capabilities=PIPELINING,CHUNKING,ENHANCEDSTATUSCODES,PRDR "               \
    "extensions=PRDR rtt=200ms "
#define TRICK "capabilities=PIPELINING,CHUNKING,ENHANCEDSTATUSCODES rtt=200ms "
#define OF_THREE "recipients=3 policies=3 offended=1 "

/* clang-format off */
static const struct line each[] = {
    {"LMTP, lockstep, n = 3", LMTP "mode=lockstep recipients=3",
     TIMED("3 + M (3 + n)", 9)},
    {"LMTP, pipelining, n = 3", LMTP "mode=pipelining recipients=3",
     TIMED("3 + M", 4)},
    {"LMTP, pipelining, n = 3, M = 5",
     LMTP "mode=pipelining recipients=3 messages=5", TIMED("3 + M", 8)},
    {"LMTP, chunking, n = 3, M = 5",
     LMTP "mode=chunking recipients=3 messages=5 body=500", TIMED("3", 3)},
    {"LMTP, early, n = 3", LMTP "mode=early recipients=3", TIMED("1 + M", 2)},
    {"LMTP behind STARTTLS, TLS 1.3, pipelining",
     LMTP "mode=pipelining recipients=3 tls=starttls", TIMED("5 + h + M", 7)},
    {"LMTP: one of three refuses behind the body",
     LMTP "mode=pipelining " OF_THREE,
     ENDING("2 of 3", 4, "2 of 3 delivered, 1 refused")},
    {"PRDR, lockstep, n = 3", PRDR "mode=lockstep recipients=3",
     TIMED("3 + M (3 + n): none more", 9)},
    {"PRDR, pipelining, P = 3", PRDR "mode=pipelining recipients=3 policies=3",
     TIMED("3 + M: none more", 4)},
    {"PRDR, chunking, P = 3, M = 5",
     PRDR "mode=chunking recipients=3 policies=3 messages=5 body=500",
     TIMED("3: none more", 3)},
    {"PRDR: one of three refuses behind the body",
     PRDR "mode=pipelining " OF_THREE,
     ENDING("2 of 3", 4, "2 of 3 delivered, 1 refused")},
    {"a transaction for each policy, pipelining, P = 3",
     TRICK "mode=pipelining recipients=3 policies=3", TIMED("3 + M P", 6)},
    {"a transaction for each policy, pipelining, P = 10",
     TRICK "mode=pipelining recipients=10 policies=10", TIMED("3 + M P", 13)},
    {"a transaction for each policy, chunking, P = 3",
     TRICK "mode=chunking recipients=3 policies=3",
     TIMED("3 P, P connections", 9)},
    {"a transaction for each policy: one of three refuses",
     TRICK "mode=pipelining " OF_THREE,
     ENDING("2 of 3", 6, "2 of 3 delivered, 1 refused")},
    {"PRDR saves against transactions for P = 3",
     TRICK "mode=pipelining recipients=3 policies=3",
     SAVING("P - 1 RTT, 400 ms", 6,
            PRDR "mode=pipelining recipients=3 policies=3", 4)},
    {"PRDR saves against transactions for P = 10",
     TRICK "mode=pipelining recipients=10 policies=10",
     SAVING("P - 1 RTT, 1800 ms", 13,
            PRDR "mode=pipelining recipients=10 policies=10", 4)},
    {"LMTP, one reply where three are due",
     LMTP "mode=pipelining recipients=3 flaw=one-verdict",
     ENDING("uncertain, and so told", 4, "uncertain: not understood")},
    {"PRDR, one reply where four are due",
     PRDR "mode=pipelining recipients=3 flaw=one-verdict",
     ENDING("uncertain, and so told", 4, "uncertain: not understood")},
    {"353 though nobody has asked",
     TRICK "mode=pipelining recipients=3 flaw=unasked-353",
     ENDING("uncertain, and so told", 4, "uncertain: not understood")},
};

#define TOLD "capabilities=PIPELINING,CHUNKING,PIPECONNECT,LIMITS rtt=200ms "
#define FOUND "capabilities=PIPELINING,CHUNKING,PIPECONNECT rtt=200ms "
#define R "limits='RCPTMAX=10' recipients=25 body=500 "
#define M "limits='MAILMAX=2' messages=5 body=500 "
#define D "limits='RCPTDOMAINMAX=2' recipients=14 domains=7 body=200 "

/* n = 25 and r = 10: T = 3. M = 5 and m = 2: S = 3. D = 7 and d = 2: T = 4. */
static const struct line limits[] = {
    {"RCPTMAX told, lockstep, T = 3", TOLD R "mode=lockstep",
     TIMED("3 + M (3 T + n)", 37)},
    {"RCPTMAX told, pipelining, T = 3", TOLD R "mode=pipelining",
     TIMED("3 + M T", 6)},
    {"RCPTMAX told, chunking, T = 3", TOLD R "mode=chunking", TIMED("3", 3)},
    {"RCPTMAX remembered, early, T = 3", TOLD R "mode=early",
     TIMED("1 + M T", 4)},
    {"RCPTMAX remembered, early, BDAT, T = 3", TOLD R "mode=early body-by=bdat",
     TIMED("1", 1)},
    {"RCPTMAX by 452, lockstep, T = 3", FOUND R "mode=lockstep",
     TIMED("3 + M (4 T + n - 1)", 39)},
    {"RCPTMAX by 452, pipelining, T = 3", FOUND R "mode=pipelining",
     TIMED("3 + M T", 6)},
    {"RCPTMAX by 452, chunking, T = 3", FOUND R "mode=chunking",
     TIMED("3 T, T connections", 9)},
    {"LIMITS saves against 452, chunking, T = 3", FOUND R "mode=chunking",
     SAVING("4 (T - 1) RTT, 1600 ms", 9, TOLD R "mode=chunking", 3)},
    {"LIMITS saves against 452, lockstep, T = 3", FOUND R "mode=lockstep",
     SAVING("T - 1 RTT, 400 ms", 39, TOLD R "mode=lockstep", 37)},
    {"MAILMAX told, pipelining, S = 3", TOLD M "mode=pipelining",
     TIMED("3 S + M", 14)},
    {"MAILMAX told, chunking, S = 3", TOLD M "mode=chunking", TIMED("3 S", 9)},
    {"MAILMAX by 421, pipelining, S = 3", FOUND M "mode=pipelining",
     TIMED("3 S + M", 14)},
    {"MAILMAX by 421, chunking, S = 3", FOUND M "mode=chunking",
     TIMED("3 S", 9)},
    {"MAILMAX by 421, chunking-last, S = 3", FOUND M "mode=chunking-last",
     TIMED("3 S + M - 1", 13)},
    {"MAILMAX by 421: all arrive, and once", FOUND M "mode=chunking",
     ENDING("delivered", 9, "delivered")},
    {"RCPTDOMAINMAX told, pipelining, T = 4", TOLD D "mode=pipelining",
     TIMED("3 + M T", 7)},
    {"RCPTDOMAINMAX told, chunking, T = 4", TOLD D "mode=chunking",
     TIMED("3", 3)},
    {"LIMITS with values that are none, pipelining",
     TOLD R "mode=pipelining flaw=odd-limits", TIMED("3 + M T, by 452", 6)},
};

#define FIVE "messages=5 body=500 rtt=200ms "
#define NEW FIVE "per-connection=1 "

static const struct line reuse[] = {
    {"one connection, pipelining, M = 5", FIVE "mode=pipelining",
     TIMED("3 + M", 8)},
    {"a connection each, pipelining, M = 5", NEW "mode=pipelining",
     TIMED("4 M, 5 M RTT", 20)},
    {"two in a connection, pipelining, M = 5, S = 3",
     FIVE "per-connection=2 mode=pipelining", TIMED("3 S + M", 14)},
    {"one connection, RSET probes, M = 5", FIVE "mode=pipelining-probe",
     TIMED("1 + 3 M", 16)},
    {"reuse saves, lockstep", NEW "mode=lockstep",
     SAVING("4 (M - 1) RTT, 3200 ms", 35, FIVE "mode=lockstep", 23)},
    {"reuse saves, pipelining", NEW "mode=pipelining",
     SAVING("4 (M - 1) RTT, 3200 ms", 20, FIVE "mode=pipelining", 8)},
    {"reuse saves, chunking", NEW "mode=chunking",
     SAVING("4 (M - 1) RTT, 3200 ms", 15, FIVE "mode=chunking", 3)},
    {"reuse saves, early", NEW "mode=early",
     SAVING("2 (M - 1) RTT, 1600 ms", 10, FIVE "mode=early", 6)},
    {"reuse saves, with RSET probes", NEW "mode=pipelining-probe",
     SAVING("2 (M - 1) RTT, 1600 ms", 20, FIVE "mode=pipelining-probe", 16)},
    {"reuse saves, STARTTLS, TLS 1.3", NEW "mode=pipelining tls=starttls",
     SAVING("7 (M - 1) RTT, 5600 ms", 35,
            FIVE "mode=pipelining tls=starttls", 11)},
    {"reuse saves, STARTTLS, TLS 1.3, with RSET probes",
     NEW "mode=pipelining-probe tls=starttls",
     SAVING("5 (M - 1) RTT, 4000 ms", 35,
            FIVE "mode=pipelining-probe tls=starttls", 19)},
    {"reuse saves, TLS 1.3 from the start", NEW "mode=pipelining tls=implicit",
     SAVING("5 (M - 1) RTT, 4000 ms", 25,
            FIVE "mode=pipelining tls=implicit", 9)},
};
/* clang-format on */

void plan_each(struct book *b)
{
    lines_add(b, "", LINES(each));
}

void plan_limits(struct book *b)
{
    lines_add(b, "", LINES(limits));
}

void plan_reuse(struct book *b)
{
    lines_add(b, "", LINES(reuse));
}

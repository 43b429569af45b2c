/* SPDX-License-Identifier: BSD-2-Clause */
/* What TLS, AUTH and a remembered offer cost and save: sessions to three
 * recipients, counted against closed formulae. */
#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"

#define TLS12 " tls-version=1.2"
#define STARTTLS " tls=starttls"
#define IMPLICIT " tls=implicit"
#define RESUMED " tls-session=resumed"
#define ZERO_RTT " tls-session=0rtt"
#define BANNER " tls-early-banner="

/* These need not be seen in the kernel world too. */
#define VIRTUAL .without = WORLD_KERNEL

/* RFC 3207, RFC 8314; h is 2 by TLS 1.2 in full, 1 resumed or by TLS 1.3, 0
 * where the first flight goes as 0-RTT data. */
/* clang-format off */
static const struct line tls[] = {
    {"STARTTLS, TLS 1.2, lockstep: 8 + h + n", "mode=lockstep" STARTTLS TLS12,
     TAKES(13, 14), VIRTUAL},
    {"STARTTLS, TLS 1.2, pipelining: 6 + h", "mode=pipelining" STARTTLS TLS12,
     TAKES(8, 9)},
    {"STARTTLS, TLS 1.2 resumed, pipelining",
     "mode=pipelining" STARTTLS TLS12 RESUMED, TAKES(7, 8), VIRTUAL},
    {"STARTTLS, TLS 1.2, chunking: 5 + h", "mode=chunking" STARTTLS TLS12,
     TAKES(7, 8), VIRTUAL},
    {"STARTTLS, TLS 1.2, early: 3 + h", "mode=early" STARTTLS TLS12,
     TAKES(5, 6)},
    {"STARTTLS, TLS 1.3, lockstep", "mode=lockstep" STARTTLS, TAKES(12, 13),
     VIRTUAL},
    {"STARTTLS, TLS 1.3, pipelining", "mode=pipelining" STARTTLS, TAKES(7, 8)},
    {"STARTTLS, TLS 1.3 resumed, pipelining",
     "mode=pipelining" STARTTLS RESUMED, TAKES(7, 8), VIRTUAL},
    {"STARTTLS, TLS 1.3 0-RTT, pipelining", "mode=pipelining" STARTTLS ZERO_RTT,
     TAKES(6, 7), VIRTUAL},
    {"STARTTLS, TLS 1.3, chunking", "mode=chunking" STARTTLS, TAKES(6, 7),
     VIRTUAL},
    {"STARTTLS, TLS 1.3, early", "mode=early" STARTTLS, TAKES(4, 5)},
    {"STARTTLS, TLS 1.3 0-RTT, early", "mode=early" STARTTLS ZERO_RTT,
     TAKES(3, 4), VIRTUAL},
    {"STARTTLS, TLS 1.3, early, BDAT", "mode=early body-by=bdat" STARTTLS,
     TAKES(3, 4), VIRTUAL},
    {"implicit, TLS 1.2, lockstep: h + g + 5 + n",
     "mode=lockstep" IMPLICIT TLS12, TAKES(10, 11), VIRTUAL},
    {"implicit, TLS 1.2, pipelining: h + g + 3",
     "mode=pipelining" IMPLICIT TLS12, TAKES(5, 6)},
    {"implicit, TLS 1.2 resumed, pipelining",
     "mode=pipelining" IMPLICIT TLS12 RESUMED, TAKES(5, 6), VIRTUAL},
    {"implicit, TLS 1.2, early: h + 2", "mode=early" IMPLICIT TLS12,
     TAKES(4, 5)},
    {"implicit, TLS 1.2 resumed, early", "mode=early" IMPLICIT TLS12 RESUMED,
     TAKES(3, 4), VIRTUAL},
    {"implicit, TLS 1.3, lockstep", "mode=lockstep" IMPLICIT, TAKES(10, 11),
     VIRTUAL},
    {"implicit, TLS 1.3, lockstep, early banner",
     "mode=lockstep" IMPLICIT BANNER, TAKES(9, 10), VIRTUAL},
    {"implicit, TLS 1.3, pipelining", "mode=pipelining" IMPLICIT, TAKES(5, 6)},
    {"implicit, TLS 1.3, pipelining, early banner",
     "mode=pipelining" IMPLICIT BANNER, TAKES(4, 5)},
    {"implicit, TLS 1.3, chunking", "mode=chunking" IMPLICIT, TAKES(4, 5),
     VIRTUAL},
    {"implicit, TLS 1.3, early", "mode=early" IMPLICIT, TAKES(3, 4)},
    {"implicit, TLS 1.3, early, early banner", "mode=early" IMPLICIT BANNER,
     TAKES(3, 4), VIRTUAL},
    {"implicit, TLS 1.3 0-RTT, early", "mode=early" IMPLICIT ZERO_RTT,
     TAKES(2, 3)},
    {"implicit, TLS 1.3, early, BDAT", "mode=early body-by=bdat" IMPLICIT,
     TAKES(2, 3), VIRTUAL},
    {"STARTTLS, TLS 1.3 0-RTT, early, the server thinks 50 ms",
     "mode=early think=50ms" STARTTLS ZERO_RTT, TAKES(3, 4)},
    {"STARTTLS, TLS 1.3 0-RTT, early, the server thinks 250 ms",
     "mode=early think=250ms" STARTTLS ZERO_RTT, TAKES(3, 4), VIRTUAL},
};

/* RFC 4954, 4: PLAIN with an initial response may stand in a group. */
static const struct line auth[] = {
    {"PLAIN, lockstep: 1 more", "mode=lockstep auth=plain", TAKES(10, 11)},
    {"PLAIN without initial response, lockstep: 2 more",
     "mode=lockstep auth=plain,no-initial", TAKES(11, 12), VIRTUAL},
    {"LOGIN, lockstep: 2 more", "mode=lockstep auth=login", TAKES(11, 12),
     VIRTUAL},
    {"LOGIN without initial response, lockstep: 3 more",
     "mode=lockstep auth=login,no-initial", TAKES(12, 13), VIRTUAL},
    {"PLAIN, pipelining: none more", "mode=pipelining auth=plain", TAKES(4, 5)},
    {"PLAIN without initial response, pipelining: 2 more",
     "mode=pipelining auth=plain,no-initial", TAKES(6, 7), VIRTUAL},
    {"LOGIN without initial response, pipelining: 3 more",
     "mode=pipelining auth=login,no-initial", TAKES(7, 8), VIRTUAL},
    {"PLAIN, chunking: none more", "mode=chunking auth=plain", TAKES(3, 4),
     VIRTUAL},
    {"PLAIN, early: EHLO and AUTH, then the rest", "mode=early auth=plain",
     TAKES(3, 4)},
    {"PLAIN, early, BDAT", "mode=early body-by=bdat auth=plain", TAKES(2, 3),
     VIRTUAL},
    {"PLAIN behind STARTTLS, TLS 1.3, pipelining",
     "mode=pipelining auth=plain" STARTTLS, TAKES(7, 8), VIRTUAL},
    {"PLAIN behind STARTTLS, TLS 1.3, early", "mode=early auth=plain" STARTTLS,
     TAKES(5, 6), VIRTUAL},
    {"PLAIN, implicit, TLS 1.3, early", "mode=early auth=plain" IMPLICIT,
     TAKES(4, 5), VIRTUAL},
};

/* A server that no longer does what it once offered, and sends early talkers
 * away: 554, and a second session that knows nothing. */
#define MISS " flaw=early-talker greeting-delay=1ms"

static const struct line early[] = {
    {"in the clear: pipelining", "mode=pipelining", TAKES(4, 5)},
    {"in the clear: early, a hit", "mode=early", TAKES(2, 3)},
    {"in the clear: early, a miss", "mode=early" MISS, COUNTED("5, 7 RTT", 5)},
    {"in the clear: chunking", "mode=chunking", TAKES(3, 4), VIRTUAL},
    {"in the clear: early, BDAT, a hit", "mode=early body-by=bdat", TAKES(1, 2),
     VIRTUAL},
    {"in the clear: early, BDAT, a miss", "mode=early body-by=bdat" MISS,
     COUNTED("4, 6 RTT", 4), VIRTUAL},
    {"STARTTLS, TLS 1.3: pipelining", "mode=pipelining" STARTTLS, TAKES(7, 8),
     VIRTUAL},
    {"STARTTLS, TLS 1.3: early, a hit", "mode=early" STARTTLS, TAKES(4, 5),
     VIRTUAL},
    {"STARTTLS, TLS 1.3: early, a miss", "mode=early" STARTTLS MISS,
     COUNTED("8, 10 RTT", 8), VIRTUAL},
    {"implicit, TLS 1.3: pipelining", "mode=pipelining" IMPLICIT, TAKES(5, 6),
     VIRTUAL},
    {"implicit, TLS 1.3: early, a hit", "mode=early" IMPLICIT, TAKES(3, 4),
     VIRTUAL},
    {"implicit, TLS 1.3: early, a miss", "mode=early" IMPLICIT MISS,
     COUNTED("7, 9 RTT", 7), VIRTUAL},
    {"with AUTH PLAIN: early, a hit", "mode=early auth=plain", TAKES(3, 4),
     VIRTUAL},
    {"cold: as pipelining, and the offer is learnt", "mode=early offer=cold",
     TAKES(4, 5), VIRTUAL},
};
/* clang-format on */

#define SETTINGS "recipients=3 rtt=200ms"

void plan_tls(struct book *b)
{
    lines_add(b, SETTINGS, LINES(tls));
}

void plan_auth(struct book *b)
{
    lines_add(b, SETTINGS, LINES(auth));
}

/* A miss costs what a hit saves, or about: whether early pays is a question of
 * how often it hits (docs/modes.md). */
void plan_early(struct book *b)
{
    lines_add(b, SETTINGS, LINES(early));
}

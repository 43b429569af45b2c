/* SPDX-License-Identifier: BSD-2-Clause */
/* What TLS, AUTH and a remembered offer cost and save: sessions to three
 * recipients, counted against closed formulae. */
#include "bench/run/chapters_tls.h"

#include <stdio.h>

struct session {
    const char *says, *settings;
    size_t connections, turnarounds;
    bool kernel; /* there too, and not in virtual time alone */
};

#define TLS12 " tls-version=1.2"
#define STARTTLS " tls=starttls"
#define IMPLICIT " tls=implicit"
#define RESUMED " tls-session=resumed"
#define ZERO_RTT " tls-session=0rtt"
#define BANNER " tls-early-banner="

/* RFC 3207, RFC 8314; h is 2 by TLS 1.2 in full, 1 resumed or by TLS 1.3, 0
 * where the first flight goes as 0-RTT data. */
/* clang-format off */
static const struct session tls[] = {
    {"STARTTLS, TLS 1.2, lockstep: 8 + h + n",
     "mode=lockstep" STARTTLS TLS12, 1, 13, false},
    {"STARTTLS, TLS 1.2, pipelining: 6 + h",
     "mode=pipelining" STARTTLS TLS12, 1, 8, true},
    {"STARTTLS, TLS 1.2 resumed, pipelining",
     "mode=pipelining" STARTTLS TLS12 RESUMED, 1, 7, false},
    {"STARTTLS, TLS 1.2, chunking: 5 + h",
     "mode=chunking" STARTTLS TLS12, 1, 7, false},
    {"STARTTLS, TLS 1.2, early: 3 + h",
     "mode=early" STARTTLS TLS12, 1, 5, true},
    {"STARTTLS, TLS 1.3, lockstep", "mode=lockstep" STARTTLS, 1, 12, false},
    {"STARTTLS, TLS 1.3, pipelining", "mode=pipelining" STARTTLS, 1, 7, true},
    {"STARTTLS, TLS 1.3 resumed, pipelining",
     "mode=pipelining" STARTTLS RESUMED, 1, 7, false},
    {"STARTTLS, TLS 1.3 0-RTT, pipelining",
     "mode=pipelining" STARTTLS ZERO_RTT, 1, 6, false},
    {"STARTTLS, TLS 1.3, chunking", "mode=chunking" STARTTLS, 1, 6, false},
    {"STARTTLS, TLS 1.3, early", "mode=early" STARTTLS, 1, 4, true},
    {"STARTTLS, TLS 1.3 0-RTT, early", "mode=early" STARTTLS ZERO_RTT, 1, 3,
     false},
    {"STARTTLS, TLS 1.3, early, BDAT", "mode=early body-by=bdat" STARTTLS, 1, 3,
     false},
    {"implicit, TLS 1.2, lockstep: h + g + 5 + n",
     "mode=lockstep" IMPLICIT TLS12, 1, 10, false},
    {"implicit, TLS 1.2, pipelining: h + g + 3",
     "mode=pipelining" IMPLICIT TLS12, 1, 5, true},
    {"implicit, TLS 1.2 resumed, pipelining",
     "mode=pipelining" IMPLICIT TLS12 RESUMED, 1, 5, false},
    {"implicit, TLS 1.2, early: h + 2", "mode=early" IMPLICIT TLS12, 1, 4,
     true},
    {"implicit, TLS 1.2 resumed, early", "mode=early" IMPLICIT TLS12 RESUMED, 1,
     3, false},
    {"implicit, TLS 1.3, lockstep", "mode=lockstep" IMPLICIT, 1, 10, false},
    {"implicit, TLS 1.3, lockstep, early banner",
     "mode=lockstep" IMPLICIT BANNER, 1, 9, false},
    {"implicit, TLS 1.3, pipelining", "mode=pipelining" IMPLICIT, 1, 5, true},
    {"implicit, TLS 1.3, pipelining, early banner",
     "mode=pipelining" IMPLICIT BANNER, 1, 4, true},
    {"implicit, TLS 1.3, chunking", "mode=chunking" IMPLICIT, 1, 4, false},
    {"implicit, TLS 1.3, early", "mode=early" IMPLICIT, 1, 3, true},
    {"implicit, TLS 1.3, early, early banner", "mode=early" IMPLICIT BANNER, 1,
     3, false},
    {"implicit, TLS 1.3 0-RTT, early", "mode=early" IMPLICIT ZERO_RTT, 1, 2,
     true},
    {"implicit, TLS 1.3, early, BDAT", "mode=early body-by=bdat" IMPLICIT, 1, 2,
     false},
    {"STARTTLS, TLS 1.3 0-RTT, early, the server thinks 50 ms",
     "mode=early think=50ms" STARTTLS ZERO_RTT, 1, 3, true},
    {"STARTTLS, TLS 1.3 0-RTT, early, the server thinks 250 ms",
     "mode=early think=250ms" STARTTLS ZERO_RTT, 1, 3, false},
};

/* RFC 4954, 4: PLAIN with an initial response may stand in a group. */
static const struct session auth[] = {
    {"PLAIN, lockstep: 1 more", "mode=lockstep auth=plain", 1, 10, true},
    {"PLAIN without initial response, lockstep: 2 more",
     "mode=lockstep auth=plain,no-initial", 1, 11, false},
    {"LOGIN, lockstep: 2 more", "mode=lockstep auth=login", 1, 11, false},
    {"LOGIN without initial response, lockstep: 3 more",
     "mode=lockstep auth=login,no-initial", 1, 12, false},
    {"PLAIN, pipelining: none more", "mode=pipelining auth=plain", 1, 4, true},
    {"PLAIN without initial response, pipelining: 2 more",
     "mode=pipelining auth=plain,no-initial", 1, 6, false},
    {"LOGIN without initial response, pipelining: 3 more",
     "mode=pipelining auth=login,no-initial", 1, 7, false},
    {"PLAIN, chunking: none more", "mode=chunking auth=plain", 1, 3, false},
    {"PLAIN, early: EHLO and AUTH, then the rest", "mode=early auth=plain", 1,
     3, true},
    {"PLAIN, early, BDAT", "mode=early body-by=bdat auth=plain", 1, 2, false},
    {"PLAIN behind STARTTLS, TLS 1.3, pipelining",
     "mode=pipelining auth=plain" STARTTLS, 1, 7, false},
    {"PLAIN behind STARTTLS, TLS 1.3, early", "mode=early auth=plain" STARTTLS,
     1, 5, false},
    {"PLAIN, implicit, TLS 1.3, early", "mode=early auth=plain" IMPLICIT, 1, 4,
     false},
};

/* A server that no longer does what it once offered, and sends early talkers
 * away: 554, and a second session that knows nothing. */
#define MISS " flaw=early-talker greeting-delay=1ms"

static const struct session early[] = {
    {"in the clear: pipelining", "mode=pipelining", 1, 4, true},
    {"in the clear: early, a hit", "mode=early", 1, 2, true},
    {"in the clear: early, a miss", "mode=early" MISS, 2, 5, true},
    {"in the clear: chunking", "mode=chunking", 1, 3, false},
    {"in the clear: early, BDAT, a hit", "mode=early body-by=bdat", 1, 1,
     false},
    {"in the clear: early, BDAT, a miss", "mode=early body-by=bdat" MISS, 2, 4,
     false},
    {"STARTTLS, TLS 1.3: pipelining", "mode=pipelining" STARTTLS, 1, 7, false},
    {"STARTTLS, TLS 1.3: early, a hit", "mode=early" STARTTLS, 1, 4, false},
    {"STARTTLS, TLS 1.3: early, a miss", "mode=early" STARTTLS MISS, 2, 8,
     false},
    {"implicit, TLS 1.3: pipelining", "mode=pipelining" IMPLICIT, 1, 5, false},
    {"implicit, TLS 1.3: early, a hit", "mode=early" IMPLICIT, 1, 3, false},
    {"implicit, TLS 1.3: early, a miss", "mode=early" IMPLICIT MISS, 2, 7,
     false},
    {"with AUTH PLAIN: early, a hit", "mode=early auth=plain", 1, 3, false},
    {"cold: as pipelining, and the offer is learnt", "mode=early offer=cold", 1,
     4, false},
};
/* clang-format on */

static void plan_session(struct book *b, const struct session *s)
{
    char expected[48], settings[200];
    size_t entry;

    snprintf(expected, sizeof expected, "%zu, %zu RTT", s->turnarounds,
             s->connections + s->turnarounds);
    snprintf(settings, sizeof settings, "%s recipients=3 rtt=200ms",
             s->settings);
    /* A greeting that is late enough for a miss is in no formula. */
    entry = book_entry(b, s->connections > 1 ? ENTRY_COUNT : ENTRY_TIMED,
                       s->says, expected);
    if (s->kernel) {
        book_add(b, entry, s->turnarounds, settings);
        return;
    }
    book_add_in(b, entry, s->turnarounds, settings, WORLD_IDEAL);
    if (b->ns3)
        book_add_in(b, entry, s->turnarounds, settings, WORLD_NS3);
}

void plan_tls(struct book *b)
{
    for (size_t i = 0; i < sizeof tls / sizeof tls[0]; i++)
        plan_session(b, &tls[i]);
}

void plan_auth(struct book *b)
{
    for (size_t i = 0; i < sizeof auth / sizeof auth[0]; i++)
        plan_session(b, &auth[i]);
}

/* A miss costs what a hit saves, or about: whether early pays is a question of
 * how often it hits (docs/modes.md). */
void plan_early(struct book *b)
{
    for (size_t i = 0; i < sizeof early / sizeof early[0]; i++)
        plan_session(b, &early[i]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Chapters of what was printed elsewhere: the congestion window's part, further
 * readings of RFC 3030, and figures that people have published. */
#include <stdio.h>

#include "bench/run/chapters.h"

/* RFC 6928's first window, of 14600 octets, doubled with each round trip:
 * ceil(log2(S / 14600 + 1)) - 1 more of them for S octets. */
void plan_window(struct book *b)
{
    static const struct {
        const char *body, *says;
        int opening;
        const char *settings;
        size_t turnarounds;
    } sizes[] = {
        {"14k", "pipelining", 0, "mode=pipelining", 4},
        {"40k", "pipelining", 1, "mode=pipelining", 4},
        {"90k", "pipelining", 2, "mode=pipelining", 4},
        {"200k", "pipelining", 3, "mode=pipelining", 4},
        {"14k", "early, BDAT", 0, "mode=early body-by=bdat", 1},
        {"40k", "early, BDAT", 1, "mode=early body-by=bdat", 1},
        {"90k", "early, BDAT", 2, "mode=early body-by=bdat", 1},
        {"200k", "early, BDAT", 3, "mode=early body-by=bdat", 1},
    };

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char says[90], expected[48], settings[120];
        size_t entry;

        snprintf(says, sizeof says, "a body of %s octets, %s", sizes[i].body,
                 sizes[i].says);
        snprintf(expected, sizeof expected, "%d RTT more", sizes[i].opening);
        snprintf(settings, sizeof settings, "%s body=%s rtt=200ms",
                 sizes[i].settings, sizes[i].body);
        entry = book_entry(b, ENTRY_OPENING, says, expected);
        book_add_opening(b, entry, sizes[i].turnarounds, sizes[i].opening,
                         settings);
    }
}

/* What RFC 3030 may be read to mean, and its own examples (4.1, 4.2). */
void plan_variants(struct book *b)
{
    static const struct {
        const char *says, *expected, *settings;
        size_t turnarounds;
    } variants[] = {
        {"RFC 3030, 4.1: BDAT without PIPELINING, n = 1", "6",
         "mode=lockstep body-by=bdat recipients=1 rtt=200ms", 6},
        {"RFC 3030, 4.2: BDAT with PIPELINING, n = 2, QUIT behind", "4",
         "mode=chunking-collect recipients=2 rtt=200ms", 4},
        {"BDAT behind the envelope's replies, M = 1", "3 + M",
         "mode=chunking-collect recipients=3 rtt=200ms", 4},
        {"BDAT behind the envelope's replies, M = 5", "3 + M",
         "mode=chunking-collect recipients=3 messages=5 rtt=200ms", 8},
        {"the reply to LAST before the next mail, M = 1", "2 + M",
         "mode=chunking-last recipients=3 rtt=200ms", 3},
        {"the reply to LAST before the next mail, M = 5", "2 + M",
         "mode=chunking-last recipients=3 messages=5 rtt=200ms", 7},
        {"all streamed, M = 5", "3",
         "mode=chunking recipients=3 messages=5 rtt=200ms", 3},
        {"lock-step with BDAT, n = 3: no 354", "3 + M (2 + n)",
         "mode=lockstep body-by=bdat recipients=3 rtt=200ms", 8},
    };

    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        book_add(
            b,
            book_entry(b, ENTRY_COUNT, variants[i].says, variants[i].expected),
            variants[i].turnarounds, variants[i].settings);
}

/* Two rows, of which one takes so much longer. */
static const struct figure {
    const char *says, *expected;
    const char *first, *second;
    size_t first_waits, second_waits;
    bool refuted;
    const char *remark;
} figures[] = {
    {"a further message by PIPELINING", "1 RTT", "mode=pipelining",
     "mode=pipelining messages=2", 4, 5, false,
     "qmail list, 2001-09-09: a mail takes 6 RTT (5 to the last reply, and 1 "
     "for TCP's close), a further one 1; QMQP takes 3 each, so that SMTP wins "
     "from 3 messages on: 5 + M < 3 M"},
    {"20 messages by DATA against 1", "19 RTT", "mode=pipelining",
     "mode=pipelining messages=20", 4, 23, false,
     "dotat.at, 2006-02-23: with DATA at most one message in a round trip"},
    {"20 messages by BDAT against 1", "0 RTT", "mode=chunking",
     "mode=chunking messages=20", 3, 3, false,
     "dotat.at, 2006-02-23: CHUNKING has no synchronisation points"},
    {"a second message in the session, lock-step", "4 RTT", "mode=lockstep",
     "mode=lockstep messages=2", 7, 11, false,
     "Postfix, CONNECTION_CACHE_README: reuse saves TCP's handshake, greeting "
     "and EHLO, which are 3 of the 7 RTT to acceptance on a new connection; "
     "its RSET probe costs 1 of them again"},
    {"10 recipients against 1 in lock-step", "9 RTT", "mode=lockstep",
     "mode=lockstep recipients=10", 7, 16, false,
     "qmail, THOUGHTS 6: separate transactions have lower latency. True "
     "without PIPELINING, for sessions side by side"},
    {"10 recipients against 1 by PIPELINING", "0 RTT", "mode=pipelining",
     "mode=pipelining recipients=10", 4, 4, true,
     "qmail, THOUGHTS 6: \"separate SMTP transactions have much lower "
     "latency\". Not with PIPELINING: ten recipients take as long as one"},
    {"early against pipelining, clear", "2 RTT", "mode=pipelining",
     "mode=early", 4, 2, true,
     "Exim, experimental-spec 2018: up to 1.5 RTT. By RFC 2920's count, and "
     "from the first SYN to the last reply, 2: greeting and EHLO. 1.5 comes "
     "out where the greeting is counted by its own way alone, half a round "
     "trip"},
    {"early against pipelining, STARTTLS, TLS 1.2", "3 RTT",
     "mode=pipelining tls=starttls tls-version=1.2",
     "mode=early tls=starttls tls-version=1.2", 8, 5, true,
     "Exim, experimental-spec 2018: up to 2.5 RTT. By RFC 2920's count 3: "
     "greeting, EHLO, and EHLO behind the handshake"},
    {"early against pipelining, AUTH PLAIN, clear", "1 RTT",
     "mode=pipelining auth=plain", "mode=early auth=plain", 4, 3, true,
     "Exim, spec of pipelining_connect_advertise_hosts: a round trip more is "
     "saved with AUTH. It is one less: PLAIN rides in pipelining's group "
     "(RFC 4954, 4), and comes with EHLO alone in the early one"},
    {"an early banner behind TLS 1.3", "1 RTT", "mode=pipelining tls=implicit",
     "mode=pipelining tls=implicit tls-early-banner=", 5, 4, false,
     "Exim, spec of tls_early_banner_hosts: one whole round trip"},
};

void plan_published(struct book *b)
{
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        const struct figure *f = &figures[i];
        size_t entry = book_entry(b, ENTRY_DIFFERENCE, f->says, f->expected);

        for (int world = 0; world < WORLD_COUNT; world++) {
            char settings[120];

            if ((world == WORLD_NS3 && !b->ns3) ||
                (world == WORLD_KERNEL && !b->kernel))
                continue;
            snprintf(settings, sizeof settings, "%s body=200 rtt=200ms",
                     f->first);
            book_add_in(b, entry, f->first_waits, settings, (enum world)world);
            snprintf(settings, sizeof settings, "%s body=200 rtt=200ms",
                     f->second);
            book_add_in(b, entry, f->second_waits, settings, (enum world)world);
        }
        book_remark(b, entry, f->refuted, f->remark);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Chapters of what was printed elsewhere: the congestion window's part, further
 * readings of RFC 3030, and figures that people have published. */
#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"

/* RFC 6928's first window, of 14600 octets, doubled with each round trip:
 * ceil(log2(S / 14600 + 1)) - 1 more of them for S octets. */
/* clang-format off */
#define BODY(size, how, mode, w, rtts)                                         \
    {"a body of " size " octets, " how, mode " body=" size,                    \
     OPENING(#rtts " RTT more", w, rtts)}

static const struct line window[] = {
    BODY("14k", "pipelining", "mode=pipelining", 4, 0),
    BODY("40k", "pipelining", "mode=pipelining", 4, 1),
    BODY("90k", "pipelining", "mode=pipelining", 4, 2),
    BODY("200k", "pipelining", "mode=pipelining", 4, 3),
    BODY("14k", "early, BDAT", "mode=early body-by=bdat", 1, 0),
    BODY("40k", "early, BDAT", "mode=early body-by=bdat", 1, 1),
    BODY("90k", "early, BDAT", "mode=early body-by=bdat", 1, 2),
    BODY("200k", "early, BDAT", "mode=early body-by=bdat", 1, 3),
};

/* What RFC 3030 may be read to mean, and its own examples (4.1, 4.2). */
static const struct line variants[] = {
    {"RFC 3030, 4.1: BDAT without PIPELINING, n = 1",
     "mode=lockstep body-by=bdat recipients=1", COUNTED("6", 6)},
    {"RFC 3030, 4.2: BDAT with PIPELINING, n = 2, QUIT behind",
     "mode=chunking-collect recipients=2", COUNTED("4", 4)},
    {"BDAT behind the envelope's replies, M = 1",
     "mode=chunking-collect recipients=3", COUNTED("3 + M", 4)},
    {"BDAT behind the envelope's replies, M = 5",
     "mode=chunking-collect recipients=3 messages=5", COUNTED("3 + M", 8)},
    {"the reply to LAST before the next mail, M = 1",
     "mode=chunking-last recipients=3", COUNTED("2 + M", 3)},
    {"the reply to LAST before the next mail, M = 5",
     "mode=chunking-last recipients=3 messages=5", COUNTED("2 + M", 7)},
    {"all streamed, M = 5", "mode=chunking recipients=3 messages=5",
     COUNTED("3", 3)},
    {"lock-step with BDAT, n = 3: no 354",
     "mode=lockstep body-by=bdat recipients=3", COUNTED("3 + M (2 + n)", 8)},
};

/* Two rows, of which one takes so much longer. */
static const struct line figures[] = {
    {"a further message by PIPELINING", "mode=pipelining",
     DIFFERENCE("1 RTT", 4, "mode=pipelining messages=2", 5), .remark =
     "qmail list, 2001-09-09: a mail takes 6 RTT (5 to the last reply, and 1 "
     "for TCP's close), a further one 1; QMQP takes 3 each, so that SMTP wins "
     "from 3 messages on: 5 + M < 3 M"},
    {"20 messages by DATA against 1", "mode=pipelining",
     DIFFERENCE("19 RTT", 4, "mode=pipelining messages=20", 23), .remark =
     "dotat.at, 2006-02-23: with DATA at most one message in a round trip"},
    {"20 messages by BDAT against 1", "mode=chunking",
     DIFFERENCE("0 RTT", 3, "mode=chunking messages=20", 3), .remark =
     "dotat.at, 2006-02-23: CHUNKING has no synchronisation points"},
    {"a second message in the session, lock-step", "mode=lockstep",
     DIFFERENCE("4 RTT", 7, "mode=lockstep messages=2", 11), .remark =
     "Postfix, CONNECTION_CACHE_README: reuse saves TCP's handshake, greeting "
     "and EHLO, which are 3 of the 7 RTT to acceptance on a new connection; "
     "its RSET probe costs 1 of them again"},
    {"10 recipients against 1 in lock-step", "mode=lockstep",
     DIFFERENCE("9 RTT", 7, "mode=lockstep recipients=10", 16), .remark =
     "qmail, THOUGHTS 6: separate transactions have lower latency. True "
     "without PIPELINING, for sessions side by side"},
    {"10 recipients against 1 by PIPELINING", "mode=pipelining",
     DIFFERENCE("0 RTT", 4, "mode=pipelining recipients=10", 4),
     .refuted = true, .remark =
     "qmail, THOUGHTS 6: \"separate SMTP transactions have much lower "
     "latency\". Not with PIPELINING: ten recipients take as long as one"},
    {"early against pipelining, clear", "mode=pipelining",
     DIFFERENCE("2 RTT", 4, "mode=early", 2), .refuted = true, .remark =
     "Exim, experimental-spec 2018: up to 1.5 RTT. By RFC 2920's count, and "
     "from the first SYN to the last reply, 2: greeting and EHLO. 1.5 comes "
     "out where the greeting is counted by its own way alone, half a round "
     "trip"},
    {"early against pipelining, STARTTLS, TLS 1.2",
     "mode=pipelining tls=starttls tls-version=1.2",
     DIFFERENCE("3 RTT", 8, "mode=early tls=starttls tls-version=1.2", 5),
     .refuted = true, .remark =
     "Exim, experimental-spec 2018: up to 2.5 RTT. By RFC 2920's count 3: "
     "greeting, EHLO, and EHLO behind the handshake"},
    {"early against pipelining, AUTH PLAIN, clear",
     "mode=pipelining auth=plain",
     DIFFERENCE("1 RTT", 4, "mode=early auth=plain", 3),
     .refuted = true, .remark =
     "Exim, spec of pipelining_connect_advertise_hosts: a round trip more is "
     "saved with AUTH. It is one less: PLAIN rides in pipelining's group "
     "(RFC 4954, 4), and comes with EHLO alone in the early one"},
    {"an early banner behind TLS 1.3", "mode=pipelining tls=implicit",
     DIFFERENCE("1 RTT", 5, "mode=pipelining tls=implicit tls-early-banner=",
                4), .remark =
     "Exim, spec of tls_early_banner_hosts: one whole round trip"},
};
/* clang-format on */

void plan_window(struct book *b)
{
    lines_add(b, "rtt=200ms", LINES(window));
}

void plan_variants(struct book *b)
{
    lines_add(b, "rtt=200ms", LINES(variants));
}

void plan_published(struct book *b)
{
    lines_add(b, "body=200 rtt=200ms", LINES(figures));
}

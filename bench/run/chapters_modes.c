/* SPDX-License-Identifier: BSD-2-Clause */
/* Further ways to save turnarounds, that few or none have built: sessions whose
 * counts and times must be those of a formula. */
#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"

#define LATE "listen=10s "
#define SOON "listen=50ms "
#define IMPLICIT " tls=implicit"
#define STARTTLS " tls=starttls"

/* ietf-smtp, 2018-09-03. The time of listening is in no count, since the
 * client's own timer ends it; it is 50 ms of 200. */
/* clang-format off */
static const struct line lines[] = {
    {"BSMTP, its reply waited for", LATE "messages=1", TAKES(2, 3)},
    {"BSMTP, its reply waited for, M = 20", LATE "messages=20 body=200",
     TAKES(2, 3)},
    {"BSMTP, D = 0", "listen=0ms messages=1", TAKES(1, 2)},
    {"BSMTP, D = 0, M = 10, n = 10",
     "listen=0ms messages=10 recipients=10 body=100", TAKES(1, 2)},
    {"BSMTP, D = RTT / 4: 1 + D + 1 RTT", SOON "messages=1", COUNTED("1", 1)},
    {"BSMTP, D = RTT / 4, M = 20", SOON "messages=20", COUNTED("1", 1)},
    {"BSMTP over TLS 1.3: h + 2", LATE "messages=1" IMPLICIT, TAKES(3, 4)},
    {"BSMTP over TLS 1.3, D = 0: h + 1", "listen=0ms messages=1" IMPLICIT,
     TAKES(2, 3)},
    {"BSMTP over TLS 1.2: h + 2", LATE "messages=1 tls-version=1.2" IMPLICIT,
     TAKES(4, 5)},
    {"BSMTP that is STARTTLS too, TLS 1.3: h + 2", LATE "messages=1" STARTTLS,
     TAKES(3, 4)},
    {"BSMTP that is STARTTLS too, TLS 1.2: h + 2",
     LATE "messages=1 tls-version=1.2" STARTTLS, TAKES(4, 5)},
    {"BSMTP unknown (500): EHLO in the same session",
     LATE "capabilities=PIPELINING", TAKES(4, 5)},
    {"BSMTP unknown (500), all was streamed by then",
     SOON "capabilities=PIPELINING", COUNTED("5, 2 connections", 5)},
    {"BSMTP taken for an attack (554 and close)", LATE "flaw=unknown-554",
     TAKES(5, 7)},
    {"the same, all was streamed by then", SOON "flaw=unknown-554",
     COUNTED("5, 2 connections", 5)},
    {"BSMTP met by silence, and the stream by errors", SOON "flaw=unknown-mute",
     COUNTED("5, 2 connections", 5)},
};
/* clang-format on */

void plan_modes(struct book *b)
{
    lines_add(b, "mode=bsmtp recipients=3 rtt=200ms", LINES(lines));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Further ways to save turnarounds, that few or none have built: sessions whose
 * counts and times must be those of a formula. */
#include <stdio.h>

#include "bench/run/chapters_modes.h"

#define LATE "listen=10s "
#define SOON "listen=50ms "
#define IMPLICIT " tls=implicit"
#define STARTTLS " tls=starttls"

/* ietf-smtp, 2018-09-03. The time of listening is in no count, since the
 * client's own timer ends it; it is 50 ms of 200. */
/* clang-format off */
static const struct {
    const char *says, *expected, *settings;
    size_t turnarounds;
    bool timed;
} lines[] = {
    {"BSMTP, its reply waited for", "2, 3 RTT", LATE "messages=1", 2, true},
    {"BSMTP, its reply waited for, M = 20", "2, 3 RTT", LATE "messages=20 body=200", 2,
     true},
    {"BSMTP, D = 0", "1, 2 RTT", "listen=0ms messages=1", 1, true},
    {"BSMTP, D = 0, M = 10, n = 10", "1, 2 RTT",
     "listen=0ms messages=10 recipients=10 body=100", 1, true},
    {"BSMTP, D = RTT / 4: 1 + D + 1 RTT", "1", SOON "messages=1", 1, false},
    {"BSMTP, D = RTT / 4, M = 20", "1", SOON "messages=20", 1, false},
    {"BSMTP over TLS 1.3: h + 2", "3, 4 RTT", LATE "messages=1" IMPLICIT, 3,
     true},
    {"BSMTP over TLS 1.3, D = 0: h + 1", "2, 3 RTT",
     "listen=0ms messages=1" IMPLICIT, 2, true},
    {"BSMTP over TLS 1.2: h + 2", "4, 5 RTT",
     LATE "messages=1 tls-version=1.2" IMPLICIT, 4, true},
    {"BSMTP that is STARTTLS too, TLS 1.3: h + 2", "3, 4 RTT",
     LATE "messages=1" STARTTLS, 3, true},
    {"BSMTP that is STARTTLS too, TLS 1.2: h + 2", "4, 5 RTT",
     LATE "messages=1 tls-version=1.2" STARTTLS, 4, true},
    {"BSMTP unknown (500): EHLO in the same session", "4, 5 RTT",
     LATE "capabilities=PIPELINING", 4, true},
    {"BSMTP unknown (500), all was streamed by then", "5, 2 connections",
     SOON "capabilities=PIPELINING", 5, false},
    {"BSMTP taken for an attack (554 and close)", "5, 7 RTT",
     LATE "flaw=unknown-554", 5, true},
    {"the same, all was streamed by then", "5, 2 connections",
     SOON "flaw=unknown-554", 5, false},
    {"BSMTP met by silence, and the stream by errors", "5, 2 connections",
     SOON "flaw=unknown-mute", 5, false},
};
/* clang-format on */

void plan_modes(struct book *b)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char settings[200];
        size_t entry = book_entry(b, lines[i].timed ? ENTRY_TIMED : ENTRY_COUNT,
                                  lines[i].says, lines[i].expected);

        snprintf(settings, sizeof settings,
                 "mode=bsmtp recipients=3 rtt=200ms %s", lines[i].settings);
        book_add(b, entry, lines[i].turnarounds, settings);
    }
}

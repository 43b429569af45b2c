/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocols that begin where SMTP arrives after some turnarounds: sessions
 * whose counts and times must be those of a formula. */
#include <stdio.h>

#include "bench/run/chapters_modes.h"

#define IMPLICIT " tls=implicit"

/* clang-format off */
struct line {
    const char *says, *expected, *settings;
    size_t turnarounds;
    bool timed;
};

/* QMTP, 1997-02-01: replies come behind the last octet of a package, and the
 * client need not wait for them. */
static const struct line qmtp[] = {
    {"QMTP, one recipient", "1, 2 RTT", "messages=1", 1, true},
    {"QMTP, n = 20", "1, 2 RTT", "recipients=20", 1, true},
    {"QMTP, M = 5", "1, 2 RTT", "messages=5", 1, true},
    {"QMTP, n = 20, M = 5", "1, 2 RTT", "recipients=20 messages=5", 1, true},
    {"QMTP, n = 3, M = 20", "1, 2 RTT", "recipients=3 messages=20 body=200",
     1, true},
    {"QMTP over TLS 1.3: h + 1", "2, 3 RTT", "recipients=3 messages=5" IMPLICIT,
     2, true},
    {"QMTP over TLS 1.2: h + 1", "3, 4 RTT",
     "recipients=3 tls-version=1.2" IMPLICIT, 3, true},
    {"QMTP over TLS 1.2, resumed: h + 1", "2, 3 RTT",
     "recipients=3 tls-version=1.2 tls-session=resumed" IMPLICIT, 2, true},
};
/* clang-format on */

static void plan(struct book *b, const char *before, const struct line *lines,
                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char settings[200];
        size_t entry = book_entry(b, lines[i].timed ? ENTRY_TIMED : ENTRY_COUNT,
                                  lines[i].says, lines[i].expected);

        snprintf(settings, sizeof settings, "%s %s", before, lines[i].settings);
        book_add(b, entry, lines[i].turnarounds, settings);
    }
}

void plan_qmtp(struct book *b)
{
    plan(b, "mode=qmtp rtt=200ms", qmtp, sizeof qmtp / sizeof qmtp[0]);
}

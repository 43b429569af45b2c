/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocols that begin where SMTP arrives after some turnarounds: sessions
 * whose counts and times must be those of a formula. */
#include <stdio.h>

#include "bench/run/chapters_modes.h"

#define IMPLICIT " tls=implicit"
#define A "mode=quickstart-a "
#define B "mode=quickstart-b "
#define STARTTLS12 " tls=starttls tls-version=1.2"
#define PLAIN " auth=plain"

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

/* draft-fanf-smtp-quickstart-a-00 and -b-00, 2007-04-17. Its appendix counts
 * the client's packets up to MAIL, SYN and ACK of the handshake included: two
 * more than the turnarounds before it. */
static const struct line quickstart[] = {
    {"A: 2 + M", "3, 4 RTT", A "recipients=3", 3, true},
    {"A, M = 4, n = 20: 2 + M", "6, 7 RTT",
     A "recipients=20 messages=4 body=200", 6, true},
    {"A by BDAT, M = 4", "2, 3 RTT",
     A "recipients=3 messages=4 body-by=bdat body=200", 2, true},
    {"A, QTLS, TLS 1.3: 2 + h + g + M", "5, 6 RTT",
     A "recipients=3 tls=starttls", 5, true},
    {"A, QTLS, TLS 1.2: 2 + h + M", "5, 6 RTT",
     A "recipients=3" STARTTLS12, 5, true},
    {"A, TLS 1.3 from the start: 1 + h + g + M", "4, 5 RTT",
     A "recipients=3" IMPLICIT, 4, true},
    {"A, QUICKSTART unknown: as pipelining", "4, 5 RTT",
     A "recipients=3 capabilities=PIPELINING", 4, true},
    {"B: 1 + M", "2, 3 RTT", B "recipients=3", 2, true},
    {"B, M = 4, n = 20: 1 + M", "5, 6 RTT",
     B "recipients=20 messages=4 body=200", 5, true},
    {"B by BDAT, M = 4", "1, 2 RTT",
     B "recipients=3 messages=4 body-by=bdat body=200", 1, true},
    {"B, STARTTLS, TLS 1.3: h + 1 + M", "3, 4 RTT",
     B "recipients=3 tls=starttls", 3, true},
    {"B, STARTTLS, TLS 1.2: h + 1 + M", "4, 5 RTT",
     B "recipients=3" STARTTLS12, 4, true},
    {"B, TLS 1.3 from the start: h + 1 + M", "3, 4 RTT",
     B "recipients=3" IMPLICIT, 3, true},
    {"B, nothing remembered: as A", "3, 4 RTT", B "recipients=3 offer=cold", 3,
     true},
    {"B, the ID has changed: 504, and again in the session", "3, 4 RTT",
     B "recipients=3 flaw=stale-id", 3, true},
    {"the same by BDAT: another session", "3, 5 RTT",
     B "recipients=3 body-by=bdat flaw=stale-id", 3, true},
    {"the same behind STARTTLS, TLS 1.3: another session", "6, 8 RTT",
     B "recipients=3 tls=starttls flaw=stale-id", 6, true},
    {"submission as it is, STARTTLS, AUTH: MAIL in the 9th packet", "12, 13 RTT",
     "mode=lockstep" STARTTLS12 PLAIN, 12, true},
    {"A: MAIL in the 5th packet", "5, 6 RTT", A STARTTLS12 PLAIN, 5, true},
    {"B: MAIL in the 3rd packet, TLS 1.2 resumed", "3, 4 RTT",
     B STARTTLS12 PLAIN " tls-session=resumed", 3, true},
    {"B, nothing remembered: MAIL in the 6th packet", "6, 7 RTT",
     B "offer=cold" STARTTLS12 PLAIN, 6, true},
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

void plan_quickstart(struct book *b)
{
    plan(b, "rtt=200ms", quickstart, sizeof quickstart / sizeof quickstart[0]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Protocols that begin where SMTP arrives after some turnarounds: sessions
 * whose counts and times must be those of a formula. */
#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"

#define IMPLICIT " tls=implicit"
#define A "mode=quickstart-a "
#define B "mode=quickstart-b "
#define STARTTLS12 " tls=starttls tls-version=1.2"
#define PLAIN " auth=plain"

/* clang-format off */
/* QMTP, 1997-02-01: replies come behind the last octet of a package, and the
 * client need not wait for them. */
static const struct line qmtp[] = {
    {"QMTP, one recipient", "messages=1", TAKES(1, 2)},
    {"QMTP, n = 20", "recipients=20", TAKES(1, 2)},
    {"QMTP, M = 5", "messages=5", TAKES(1, 2)},
    {"QMTP, n = 20, M = 5", "recipients=20 messages=5", TAKES(1, 2)},
    {"QMTP, n = 3, M = 20", "recipients=3 messages=20 body=200", TAKES(1, 2)},
    {"QMTP over TLS 1.3: h + 1", "recipients=3 messages=5" IMPLICIT,
     TAKES(2, 3)},
    {"QMTP over TLS 1.2: h + 1", "recipients=3 tls-version=1.2" IMPLICIT,
     TAKES(3, 4)},
    {"QMTP over TLS 1.2, resumed: h + 1",
     "recipients=3 tls-version=1.2 tls-session=resumed" IMPLICIT, TAKES(2, 3)},
};

/* draft-fanf-smtp-quickstart-a-00 and -b-00, 2007-04-17. Its appendix counts
 * the client's packets up to MAIL, SYN and ACK of the handshake included: two
 * more than the turnarounds before it. */
static const struct line quickstart[] = {
    {"A: 2 + M", A "recipients=3", TAKES(3, 4)},
    {"A, M = 4, n = 20: 2 + M", A "recipients=20 messages=4 body=200",
     TAKES(6, 7)},
    {"A by BDAT, M = 4", A "recipients=3 messages=4 body-by=bdat body=200",
     TAKES(2, 3)},
    {"A, QTLS, TLS 1.3: 2 + h + g + M", A "recipients=3 tls=starttls",
     TAKES(5, 6)},
    {"A, QTLS, TLS 1.2: 2 + h + M", A "recipients=3" STARTTLS12, TAKES(5, 6)},
    {"A, TLS 1.3 from the start: 1 + h + g + M", A "recipients=3" IMPLICIT,
     TAKES(4, 5)},
    {"A, QUICKSTART unknown: as pipelining",
     A "recipients=3 capabilities=PIPELINING", TAKES(4, 5)},
    {"B: 1 + M", B "recipients=3", TAKES(2, 3)},
    {"B, M = 4, n = 20: 1 + M", B "recipients=20 messages=4 body=200",
     TAKES(5, 6)},
    {"B by BDAT, M = 4", B "recipients=3 messages=4 body-by=bdat body=200",
     TAKES(1, 2)},
    {"B, STARTTLS, TLS 1.3: h + 1 + M", B "recipients=3 tls=starttls",
     TAKES(3, 4)},
    {"B, STARTTLS, TLS 1.2: h + 1 + M", B "recipients=3" STARTTLS12,
     TAKES(4, 5)},
    {"B, TLS 1.3 from the start: h + 1 + M", B "recipients=3" IMPLICIT,
     TAKES(3, 4)},
    {"B, nothing remembered: as A", B "recipients=3 offer=cold", TAKES(3, 4)},
    {"B, the ID has changed: 504, and again in the session",
     B "recipients=3 flaw=stale-id", TAKES(3, 4)},
    {"the same by BDAT: another session",
     B "recipients=3 body-by=bdat flaw=stale-id", TAKES(3, 5)},
    {"the same behind STARTTLS, TLS 1.3: another session",
     B "recipients=3 tls=starttls flaw=stale-id", TAKES(6, 8)},
    {"submission as it is, STARTTLS, AUTH: MAIL in the 9th packet",
     "mode=lockstep" STARTTLS12 PLAIN, TAKES(12, 13)},
    {"A: MAIL in the 5th packet", A STARTTLS12 PLAIN, TAKES(5, 6)},
    {"B: MAIL in the 3rd packet, TLS 1.2 resumed",
     B STARTTLS12 PLAIN " tls-session=resumed", TAKES(3, 4)},
    {"B, nothing remembered: MAIL in the 6th packet",
     B "offer=cold" STARTTLS12 PLAIN, TAKES(6, 7)},
};
/* clang-format on */

void plan_qmtp(struct book *b)
{
    lines_add(b, "mode=qmtp rtt=200ms", LINES(qmtp));
}

void plan_quickstart(struct book *b)
{
    lines_add(b, "rtt=200ms", LINES(quickstart));
}

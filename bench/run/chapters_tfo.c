/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP Fast Open: sessions to three recipients whose TCP handshake takes no
 * time, or takes it all the same. */
#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"

/* ns-3's TCP has no Fast Open. */
#define NO_NS3 .without = WORLD_NS3
#define FAST(w, rtts) TAKES(w, rtts), NO_NS3
#define SAVED(w, plain) DIFFERENCE("1 RTT", w, plain " tfo=", w), NO_NS3

/* clang-format off */
static const struct line fast[] = {
    {"lockstep: the greeting with the SYN-ACK", "mode=lockstep", FAST(9, 9)},
    {"pipelining: the greeting with the SYN-ACK", "mode=pipelining",
     FAST(4, 4)},
    {"chunking: the greeting with the SYN-ACK", "mode=chunking", FAST(3, 3)},
    {"early, DATA: the commands in the SYN", "mode=early", FAST(2, 2)},
    {"early, BDAT: a body does not ride in a SYN", "mode=early body-by=bdat",
     FAST(1, 2)},
    {"early, 100 recipients: not all fits into a SYN",
     "mode=early recipients=100", FAST(2, 3)},
    {"early, AUTH PLAIN", "mode=early auth=plain", FAST(3, 3)},
    {"early, STARTTLS, TLS 1.3: both commands in the SYN",
     "mode=early tls=starttls", FAST(4, 4)},
    {"implicit, TLS 1.3, pipelining: the hello in the SYN",
     "mode=pipelining tls=implicit", FAST(5, 5)},
    {"implicit, TLS 1.3, early: the hello in the SYN",
     "mode=early tls=implicit", FAST(3, 3)},
    {"implicit, TLS 1.3, early, BDAT", "mode=early body-by=bdat tls=implicit",
     FAST(2, 2)},
};

/* Where the greeting, or the reply to the SYN's commands, is heard. */
static const struct line saved[] = {
    {"the greeting: 1 RTT from the SYN instead of 2", "mode=pipelining",
     SAVED(4, "mode=pipelining"), .remark =
     "Exim, spec: \"can save up to one round-trip\". The server is there from "
     "the SYN on: its greeting leaves half a round trip after the client's "
     "SYN, not one and a half"},
    {"the greeting, as exim-users has it", "mode=lockstep",
     SAVED(9, "mode=lockstep"), .refuted = true, .remark =
     "Harris, exim-users, 2018-10-08: \"most of the maximum possible "
     "half-roundtrip\". That counts one way, from the SYN-ACK's arrival to the "
     "ACK's; but what is not waited for is the way of both"},
    {"the commands of early pipelining in the SYN", "mode=early",
     SAVED(2, "mode=early"), .remark =
     "Exim: hosts_try_fastopen with hosts_pipe_connect"},
};
/* clang-format on */

void plan_tfo(struct book *b)
{
    lines_add(b, "recipients=3 rtt=200ms tfo=", LINES(fast));
    lines_add(b, "recipients=3 rtt=200ms", LINES(saved));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP Fast Open: sessions to three recipients whose TCP handshake takes no
 * time, or takes it all the same. */
#include <stdio.h>

#include "bench/run/chapters_modes.h"

static const struct {
    const char *says, *settings;
    size_t turnarounds, handshakes;
} fast[] = {
    {"lockstep: the greeting with the SYN-ACK", "mode=lockstep", 9, 0},
    {"pipelining: the greeting with the SYN-ACK", "mode=pipelining", 4, 0},
    {"chunking: the greeting with the SYN-ACK", "mode=chunking", 3, 0},
    {"early, DATA: the commands in the SYN", "mode=early", 2, 0},
    {"early, BDAT: a body does not ride in a SYN", "mode=early body-by=bdat", 1,
     1},
    {"early, 100 recipients: not all fits into a SYN",
     "mode=early recipients=100", 2, 1},
    {"early, AUTH PLAIN", "mode=early auth=plain", 3, 0},
    {"early, STARTTLS, TLS 1.3: both commands in the SYN",
     "mode=early tls=starttls", 4, 0},
    {"implicit, TLS 1.3, pipelining: the hello in the SYN",
     "mode=pipelining tls=implicit", 5, 0},
    {"implicit, TLS 1.3, early: the hello in the SYN",
     "mode=early tls=implicit", 3, 0},
    {"implicit, TLS 1.3, early, BDAT", "mode=early body-by=bdat tls=implicit",
     2, 0},
};

/* Where the greeting, or the reply to the SYN's commands, is heard. */
static const struct {
    const char *says, *expected, *settings;
    size_t turnarounds;
    bool refuted;
    const char *remark;
} saved[] = {
    {"the greeting: 1 RTT from the SYN instead of 2", "1 RTT",
     "mode=pipelining", 4, false,
     "Exim, spec: \"can save up to one round-trip\". The server is there from "
     "the SYN on: its greeting leaves half a round trip after the client's "
     "SYN, not one and a half"},
    {"the greeting, as exim-users has it", "1 RTT", "mode=lockstep", 9, true,
     "Harris, exim-users, 2018-10-08: \"most of the maximum possible "
     "half-roundtrip\". That counts one way, from the SYN-ACK's arrival to the "
     "ACK's; but what is not waited for is the way of both"},
    {"the commands of early pipelining in the SYN", "1 RTT", "mode=early", 2,
     false, "Exim: hosts_try_fastopen with hosts_pipe_connect"},
};

void plan_tfo(struct book *b)
{
    char expected[48], settings[200];
    size_t entry;

    for (size_t i = 0; i < sizeof fast / sizeof fast[0]; i++) {
        snprintf(expected, sizeof expected, "%zu, %zu RTT", fast[i].turnarounds,
                 fast[i].handshakes + fast[i].turnarounds);
        snprintf(settings, sizeof settings, "recipients=3 %s tfo= rtt=200ms",
                 fast[i].settings);
        entry = book_entry(b, ENTRY_TIMED, fast[i].says, expected);
        book_add_but(b, entry, fast[i].turnarounds, settings, WORLD_NS3);
    }
    for (size_t i = 0; i < sizeof saved / sizeof saved[0]; i++) {
        entry =
            book_entry(b, ENTRY_DIFFERENCE, saved[i].says, saved[i].expected);
        for (int world = 0; world < WORLD_COUNT; world++) {
            if (world == WORLD_NS3 || (world == WORLD_KERNEL && !b->kernel))
                continue;
            snprintf(settings, sizeof settings, "%s recipients=3 rtt=200ms",
                     saved[i].settings);
            book_add_in(b, entry, saved[i].turnarounds, settings,
                        (enum world)world);
            snprintf(settings, sizeof settings,
                     "%s recipients=3 rtt=200ms tfo=", saved[i].settings);
            book_add_in(b, entry, saved[i].turnarounds, settings,
                        (enum world)world);
        }
        book_remark(b, entry, saved[i].refuted, saved[i].remark);
    }
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapter about hosts that differ: what RFC 974, 1123, 2821 and 5321 say
 * of the order of hosts, each sentence of Klensin's question that can be
 * tested (ietf-smtp, May 2007), what each policy costs, and modes across them.
 *
 * A delivery by pipelining takes six round trips to its acceptance: the DNS,
 * TCP, greeting, EHLO, envelope, text; four of them are turnarounds. A host
 * that is asked in vain costs three (TCP, greeting, EHLO), a refusing one one.
 * p is how many were asked beside the one that was used. */
#include <stdio.h>

#include "bench/run/chapters.h"
#include "bench/run/mx_claim.h"

/* clang-format off */
#define DNS "dns: {rtt: 200ms}\n"
#define AT(preference, host) "{preference: " preference ", host: " host "}"
#define DOMAIN(list) "domains: [{name: foo.example, mx: [" list "]}]\nhosts:\n"
#define HOST(name, more) "  - {name: " name ", rtt: 200ms" more "}\n"
#define PLAIN ", capabilities: [PIPELINING]"
#define FOO ", capabilities: [PIPELINING, FOOBAR]"
#define REFUSING ", state: refusing"
#define PREFERS "messages: [{preferred: [FOOBAR]}]\n"
#define REQUIRES "messages: [{required: [FOOBAR]}]\n"

#define TWO DOMAIN(AT("10", "smtp1") "," AT("10", "smtp2"))
#define BACKED                                                                 \
    DOMAIN(AT("10", "smtp1") "," AT("10", "smtp2") "," AT("20", "backup"))
#define FOUR                                                                   \
    DOMAIN(AT("10", "a") "," AT("10", "b") "," AT("10", "c") "," AT("10", "d"))

/* m hosts, of which j have FOOBAR. */
#define TWO_ONE TWO HOST("smtp1", FOO) HOST("smtp2", PLAIN) DNS
#define FOUR_ONE                                                               \
    FOUR HOST("a", FOO) HOST("b", PLAIN) HOST("c", PLAIN) HOST("d", PLAIN) DNS
#define FOUR_TWO                                                               \
    FOUR HOST("a", FOO) HOST("b", FOO) HOST("c", PLAIN) HOST("d", PLAIN) DNS
#define THREE_NONE                                                             \
    DOMAIN(AT("10", "a") "," AT("10", "b") "," AT("10", "c"))                  \
    HOST("a", PLAIN) HOST("b", PLAIN) HOST("c", PLAIN) DNS
#define BACKUP_ONLY                                                            \
    BACKED HOST("smtp1", PLAIN) HOST("smtp2", PLAIN) HOST("backup", FOO) DNS
#define MANY ", capabilities: [PIPELINING, CHUNKING, PIPECONNECT"
#define MANNERS                                                                \
    TWO HOST("smtp1", MANY ", FOOBAR]") HOST("smtp2", MANY "]") DNS PREFERS

/* Its first session is deferred and tells of PIPECONNECT, the next is not. */
#define TURNS(rest)                                                            \
    DOMAIN(AT("10", "turncoat"))                                               \
    HOST("turncoat", ", recipients: 450 later, capabilities: [PIPELINING, "    \
                     "PIPECONNECT], " rest)

#define WARM "client: {offer: warm}\n"
#define COLD "client: {offer: cold}\n"

#define RULES_974 "RFC 974"
#define RULES_1123 "RFC 1123, 5.3.4"
#define RULES "RFC 5321, 5.1"
#define QUEUE "RFC 5321, 2.2.3, 4.5.4.1"
#define SEED "Klensin, ietf-smtp, 2007-05; RFC 2821"
#define COST "RFC 5321, 2.2.3; by counting"
#define CROSS "RFC 2920; RFC 3030; early-pipe-01; by counting"

#define FORM(fixed, by_host) {true, fixed, by_host}
#define MEAN(of) {true, of}
#define MISTAKES "early-pipe-01; by counting"

#define SIX .rtts = FORM(6, 0), .turnarounds = FORM(4, 0), .chain = FORM(4, 0)
#define SEARCH                                                                 \
    .rtts = FORM(6, 3), .turnarounds = FORM(4, 3), .chain = FORM(4, 2),        \
    .connections = FORM(1, 1)
#define REAL(policy, mode, end)                                                \
    POLICY_##policy, MODE_##mode, DISPATCH_##end, true
#define VIRTUAL(policy, mode, end)                                             \
    POLICY_##policy, MODE_##mode, DISPATCH_##end, false
#define NEVER_THERE(policy, n, real)                                           \
    {SEED, #policy ": a session with one primary, so never to the backup",     \
     BACKUP_ONLY PREFERS, POLICY_##policy, MODE_PIPELINING, DISPATCH_DEGRADED, \
     real, .hosts = FORM(n, 0), .worse = MEAN(0), .used = MEAN(0)}

static const struct mx_claim claims[] = {
    /* The order of hosts. */
    {RULES_974, "all exchangers of one preference before any worse one",
     BACKED HOST("smtp1", REFUSING) HOST("smtp2", REFUSING) HOST("backup", "") DNS,
     REAL(P0, PIPELINING, DELIVERED), .hosts = FORM(3, 0), .rtts = FORM(8, 0), .turnarounds = FORM(4, 0), .worse = MEAN(1)},
    {RULES_974, "of several best all are tried before mail is undeliverable",
     TWO HOST("smtp1", ", greeting: 554 no") HOST("smtp2", ", greeting: 554 no") DNS,
     REAL(P0, PIPELINING, BOUNCED), .hosts = FORM(2, 0)},
    {RULES_974, "what is not better than ourselves is discarded",
     DOMAIN(AT("10", "a") "," AT("20", "own") "," AT("30", "c"))
     HOST("a", REFUSING) HOST("own", "") HOST("c", "") DNS
     "client: {own-name: own, attempts: 1}\n",
     REAL(P0, PIPELINING, DEFERRED), .hosts = FORM(1, 0)},
    {RULES_1123, "two addresses at least: where one refuses for now, the next",
     TWO HOST("smtp1", ", recipients: 450 later") HOST("smtp2", ", recipients: 450 later") DNS
     "client: {attempts: 1}\n",
     REAL(P0, PIPELINING, DEFERRED), .hosts = FORM(2, 0), .connections = FORM(2, 0)},
    {RULES, "equals are tried in a random order: 24 orders of four hosts",
     FOUR HOST("a", REFUSING) HOST("b", REFUSING) HOST("c", REFUSING) HOST("d", REFUSING) DNS
     "client: {attempts: 1}\n",
     VIRTUAL(P0, PIPELINING, DEFERRED), .orders = true, .hosts = FORM(4, 0)},
    {RULES, "no MX: the name itself, by its address",
     "domains: [{name: foo.example}]\nhosts:\n" HOST("foo.example", "") DNS,
     REAL(P0, PIPELINING, DELIVERED), .hosts = FORM(1, 0), .turnarounds = FORM(4, 0)},
    {RULES, "MX, but none of use: an error, and not the name itself",
     DOMAIN(AT("10", "gone")) HOST("gone", ", addresses: [none]") HOST("foo.example", "") DNS,
     REAL(P0, PIPELINING, BOUNCED), .hosts = FORM(0, 0), .connections = FORM(0, 0)},
    {RULES, "an alias: the exchangers of what it stands for",
     "domains: [{name: foo.example, alias: bar.example}, {name: bar.example, mx: ["
     AT("10", "smtp1") "]}]\nhosts:\n" HOST("smtp1", "") DNS,
     REAL(P0, PIPELINING, DELIVERED), .hosts = FORM(1, 0), SIX},
    {RULES, "a circle of aliases leads nowhere, and ends",
     "domains: [{name: foo.example, alias: bar.example}, {name: bar.example, alias: foo.example}]\nhosts:\n"
     HOST("smtp1", "") DNS,
     REAL(P0, PIPELINING, BOUNCED), .hosts = FORM(0, 0), .connections = FORM(0, 0)},
    {RULES, "where the DNS fails for now, mail is queued, and tried again",
     DOMAIN(AT("10", "smtp1")) HOST("smtp1", "")
     "dns: {rtt: 200ms, faults: [{fault: servfail, times: 2}]}\nclient: {dns-rounds: 2}\n",
     VIRTUAL(P0, PIPELINING, DELIVERED), .attempts = FORM(2, 0), .questions = FORM(3, 0), .rtts = FORM(8, 0),
     .further_ns = 1800 * INT64_C(1000000000)},
    {"RFC 7505", "a null MX: nobody is asked",
     DOMAIN(AT("0", "'.'")) HOST("foo.example", "") DNS,
     REAL(P0, PIPELINING, BOUNCED), .hosts = FORM(0, 0), .connections = FORM(0, 0), .questions = FORM(1, 0)},

    /* The question. */
    {SEED, "the assumption of old: any host moves mail, whoever is met",
     TWO_ONE "messages: [{}]\n", REAL(P1, PIPELINING, DELIVERED), .hosts = FORM(1, 0), SIX},
    {SEED, "P0, required to proceed: FOOBAR by chance",
     TWO_ONE PREFERS, REAL(P0, PIPELINING, NOT_YET), .hosts = FORM(1, 0), SIX, .used = MEAN(0.5)},
    {SEED, "P1, may it close and try smtp1: FOOBAR always",
     TWO_ONE PREFERS, REAL(P1, PIPELINING, DELIVERED), .hosts_mean = MEAN(1.5), SEARCH, .used = MEAN(1)},
    {SEED, "P0, where lack of FOOBAR means rejection: half is returned",
     TWO_ONE REQUIRES, REAL(P0, PIPELINING, NOT_YET), .hosts = FORM(1, 0), .used = MEAN(0.5)},
    {SEED, "P1, where lack of FOOBAR means rejection: none is",
     TWO_ONE REQUIRES, REAL(P1, PIPELINING, DELIVERED), .hosts_mean = MEAN(1.5), SEARCH, .used = MEAN(1)},
    {SEED, "P3, how long to wait: patience with a silent smtp1, 2 s, is paid",
     TWO HOST("smtp1", ", state: silent") HOST("smtp2", PLAIN) DNS
     "client: {patience: 2s, connect-timeout: 2s}\n" PREFERS,
     REAL(P3, PIPELINING, DEGRADED), .hosts = FORM(2, 0), .rtts = FORM(6, 0),
     .further_ns = 2 * INT64_C(1000000000)},
    {SEED, "P1, FOOBAR here and BARFOO there: both asked, the first is used",
     TWO HOST("smtp1", FOO) HOST("smtp2", ", capabilities: [PIPELINING, BARFOO]") DNS
     "messages: [{preferred: [FOOBAR, BARFOO]}]\n",
     REAL(P1, PIPELINING, DEGRADED), .hosts = FORM(2, 0), .rtts = FORM(12, 0), .connections = FORM(3, 0),
     .turnarounds = FORM(10, 0)},
    {SEED, "P8, BARFOO required, FOOBAR preferred: always the host with BARFOO",
     TWO HOST("smtp1", FOO) HOST("smtp2", ", capabilities: [PIPELINING, BARFOO]") DNS
     "messages: [{required: [BARFOO], preferred: [FOOBAR]}]\n",
     REAL(P8, PIPELINING, DEGRADED), .hosts = FORM(2, 0)},
    NEVER_THERE(P0, 1, true),
    NEVER_THERE(P1, 2, true),
    NEVER_THERE(P3, 2, true),
    NEVER_THERE(P4, 2, false),
    NEVER_THERE(P5, 2, true),
    NEVER_THERE(P6, 1, true),
    NEVER_THERE(P8, 2, true),
    {SEED, "odd cases if it is queued: a primary that deferred is gone later",
     DOMAIN(AT("10", "smtp1") "," AT("20", "backup"))
     HOST("smtp1", ", recipients: 450 later, later: [{from-session: 2, greeting: 421 gone}]")
     HOST("backup", "") DNS,
     VIRTUAL(P0, PIPELINING, DELIVERED), .hosts = FORM(2, 0), .attempts = FORM(2, 0), .worse = MEAN(1)},

    /* What each policy costs. */
    {COST, "P2, neither primary: the backup has it, and may be asked",
     BACKUP_ONLY PREFERS, REAL(P2, PIPELINING, DELIVERED), .hosts = FORM(3, 0), SEARCH, .worse = MEAN(1), .used = MEAN(1)},
    {COST, "P1, one of four: (m + 1) / (j + 1) hosts",
     FOUR_ONE PREFERS, REAL(P1, PIPELINING, DELIVERED), .hosts_mean = MEAN(2.5), SEARCH, .used = MEAN(1)},
    {COST, "P1, two of four",
     FOUR_TWO PREFERS, REAL(P1, PIPELINING, DELIVERED), .hosts_mean = MEAN(5 / 3.0), SEARCH, .used = MEAN(1)},
    {COST, "P1, none of three: 3 m more, and back to the first",
     THREE_NONE PREFERS, REAL(P1, PIPELINING, DEGRADED), .hosts = FORM(3, 0), .rtts = FORM(15, 0),
     .connections = FORM(4, 0), .turnarounds = FORM(13, 0), .chain = FORM(10, 0)},
    {COST, "P3, none of three: 3 (m - 1) more, no way back",
     THREE_NONE PREFERS, REAL(P3, PIPELINING, DEGRADED), .hosts = FORM(3, 0), .rtts = FORM(12, 0),
     .connections = FORM(3, 0), .turnarounds = FORM(10, 0), .chain = FORM(8, 0)},
    {COST, "P4, tries again each half hour until it meets the right one",
     TWO_ONE PREFERS, VIRTUAL(P4, PIPELINING, DELIVERED), .used = MEAN(1)},
    {COST, "P5, all at once: nothing more, m connections",
     FOUR_ONE PREFERS, REAL(P5, PIPELINING, DELIVERED), .hosts = FORM(4, 0), .rtts = FORM(6, 0),
     .chain = FORM(4, 0), .connections = FORM(4, 0), .used = MEAN(1)},
    {COST, "P6, remembered: nothing more",
     FOUR_ONE PREFERS WARM, REAL(P6, PIPELINING, DELIVERED), .hosts = FORM(1, 0), SIX, .used = MEAN(1)},
    {COST, "P6, nothing remembered yet: as P0, j / m",
     FOUR_ONE PREFERS COLD, REAL(P6, PIPELINING, NOT_YET),
     .hosts = FORM(1, 0), SIX, .used = MEAN(0.25)},
    {"RFC 8689, 4.2.1", "P7, required and nobody has it: all are asked, then returned",
     BACKED HOST("smtp1", PLAIN) HOST("smtp2", PLAIN) HOST("backup", PLAIN) DNS REQUIRES,
     REAL(P7, PIPELINING, BOUNCED), .hosts = FORM(3, 0), .connections = FORM(3, 0)},
    {"RFC 8689, 4.2.1; by counting", "P1, REQUIRETLS, seen only through TLS: 5 + h = 6 for a host in vain",
     TWO HOST("smtp1", ", capabilities: [PIPELINING, STARTTLS, REQUIRETLS]")
     HOST("smtp2", ", capabilities: [PIPELINING, STARTTLS]") DNS
     "client: {tls: required}\nmessages: [{required: [REQUIRETLS]}]\n",
     REAL(P1, PIPELINING, DELIVERED), .hosts_mean = MEAN(1.5), .rtts = FORM(9, 6),
     .turnarounds = FORM(7, 6), .chain = FORM(7, 5), .connections = FORM(1, 1), .used = MEAN(1)},
    {"RFC 8461, 5.1", "a host that fails its check was not reached: the backup",
     DOMAIN(AT("10", "smtp1") "," AT("20", "backup"))
     HOST("smtp1", ", check: fails") HOST("backup", "") DNS "client: {enforce: yes}\n",
     REAL(P0, PIPELINING, DELIVERED), .hosts = FORM(2, 0), .worse = MEAN(1), .rtts = FORM(9, 0)},

    /* The queue. */
    {QUEUE, "P4, none has it: without, one day later, before it would bounce",
     THREE_NONE PREFERS, VIRTUAL(P4, PIPELINING, DEGRADED), .attempts = FORM(49, 0),
     .rtts = FORM(6, 0), .further_ns = 86400 * INT64_C(1000000000)},
    {QUEUE, "nobody answers: returned after five days of half hours",
     DOMAIN(AT("10", "smtp1")) HOST("smtp1", REFUSING) DNS,
     VIRTUAL(P0, PIPELINING, BOUNCED), .hosts = FORM(1, 0), .attempts = FORM(241, 0)},

    /* Modes across topologies. */
    {CROSS, "P1 in lock-step", MANNERS, REAL(P1, LOCKSTEP, DELIVERED),
     .hosts_mean = MEAN(1.5), .rtts = FORM(8, 3), .turnarounds = FORM(7, 3), .chain = FORM(7, 2), .used = MEAN(1)},
    {CROSS, "P1 by chunking", MANNERS, REAL(P1, CHUNKING, DELIVERED),
     .hosts_mean = MEAN(1.5), .rtts = FORM(5, 3), .turnarounds = FORM(3, 3), .chain = FORM(3, 2), .used = MEAN(1)},
    {CROSS, "P1, early, nothing remembered: as pipelining", MANNERS COLD, REAL(P1, EARLY, DELIVERED), .hosts_mean = MEAN(1.5), SEARCH, .used = MEAN(1)},
    {CROSS, "P1, early, remembered: saved where FOOBAR is", MANNERS WARM, REAL(P1, EARLY, DELIVERED), .hosts_mean = MEAN(1.5), .rtts = FORM(4, 3),
     .turnarounds = FORM(2, 3), .chain = FORM(2, 2), .used = MEAN(1)},
    {CROSS, "P6, early, remembered: saved whole", MANNERS WARM, REAL(P6, EARLY, DELIVERED), .hosts = FORM(1, 0), .rtts = FORM(4, 0), .turnarounds = FORM(2, 0),
     .chain = FORM(2, 0), .used = MEAN(1)},
    {CROSS, "P0, early, remembered: saved whole, FOOBAR by chance", MANNERS WARM, REAL(P0, EARLY, NOT_YET), .hosts = FORM(1, 0),
     .rtts = FORM(4, 0), .turnarounds = FORM(2, 0), .used = MEAN(0.5)},
    {CROSS, "P5, in lock-step: all at once, the sum is more than the chain", MANNERS, REAL(P5, LOCKSTEP, DELIVERED), .hosts = FORM(2, 0), .rtts = FORM(8, 0), .chain = FORM(7, 0),
     .used = MEAN(1)},
    {MISTAKES, "a pool behind one address, remembered wrongly, tolerates it: free",
     TURNS("pooled: yes, later: [{capabilities: [PIPELINING]}]") DNS WARM,
     VIRTUAL(P0, EARLY, DELIVERED), .attempts = FORM(2, 0), .hosts = FORM(1, 0),
     .rtts = FORM(8, 0), .further_ns = 1800 * INT64_C(1000000000), .turnarounds = FORM(4, 0)},
    {MISTAKES, "one that refuses early talkers: 4 RTT more, 3 were to be saved",
     TURNS("later: [{from-session: 2, capabilities: [PIPELINING], greeting-delay: 100ms,"
           " flaw: [early-talker]}]") DNS WARM,
     VIRTUAL(P0, EARLY, DELIVERED), .attempts = FORM(2, 0), .hosts = FORM(1, 0),
     .rtts = FORM(12, 0), .further_ns = 1800100 * INT64_C(1000000), .connections = FORM(3, 0)},
};
/* clang-format on */

void plan_mx(struct book *b)
{
    for (size_t i = 0; i < sizeof claims / sizeof claims[0] && !b->failed;
         i++) {
        char expected[48];
        size_t n;

        mx_claim_expect(&claims[i], expected);
        n = book_entry(b, ENTRY_TOPOLOGY, claims[i].says, expected);
        if (b->failed)
            return;
        b->entry[n].topology = &claims[i];
        snprintf(b->entry[n].line.source, sizeof b->entry[n].line.source, "%s",
                 claims[i].source);
    }
}

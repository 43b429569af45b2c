/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapters of the book: what each source claims, as rows to run. */
#include <stdio.h>

#include "bench/run/chapter_lines.h"
#include "bench/run/chapters.h"

/* The ways of sending that are compared throughout. */
/* clang-format off */
static const struct way {
    const char *name, *settings;
    size_t fixed, by_mail, by_recipient; /* W of M messages to n each */
} ways[] = {
    {"lockstep", "mode=lockstep", 3, 3, 1},
    {"pipelining", "mode=pipelining", 3, 1, 0},
    {"chunking", "mode=chunking", 3, 0, 0},
    {"early, DATA", "mode=early body-by=data", 1, 1, 0},
    {"early, BDAT", "mode=early body-by=bdat", 1, 0, 0},
};
/* clang-format on */

enum { WAYS = sizeof ways / sizeof ways[0] };

static size_t turnarounds_of(const struct way *w, size_t mails, size_t n)
{
    return w->fixed + mails * (w->by_mail + n * w->by_recipient);
}

static void plan_dialogues(struct book *b)
{
    for (size_t i = 0; i < dialogue_count; i++)
        lines_add_dialogue(b, &dialogues[i]);
}

/* Rows for three recipients, where a way is one line. */
static void plan_ladder(struct book *b)
{
    for (int i = 0; i < WAYS; i++) {
        size_t w = turnarounds_of(&ways[i], 1, 3);
        char says[80], expected[40];
        const struct line way = {says, ways[i].settings, TIMED(expected, w),
                                 .captured = true};

        snprintf(says, sizeof says, "3 recipients, %s", ways[i].name);
        snprintf(expected, sizeof expected, "%zu, %zu ms", w, (w + 1) * 200);
        lines_add(b, "recipients=3 rtt=200ms", &way, 1);
    }
}

/* All counts in virtual time; in real time those that stand for the rest. */
static void plan_recipients(struct book *b)
{
    static const size_t timed[] = {1, 3, 50};

    for (int i = 0; i < 2; i++) {
        const struct way *way = &ways[i];
        char says[80], settings[120];
        size_t counts, times;

        snprintf(says, sizeof says, "%s, n = 1...50, at 10 ms", way->name);
        counts =
            book_entry(b, ENTRY_COUNT, says, way->by_recipient ? "6 + n" : "4");
        for (size_t n = 1; n <= 50; n++) {
            snprintf(settings, sizeof settings, "%s recipients=%zu rtt=10ms",
                     way->settings, n);
            book_add_but(b, counts, turnarounds_of(way, 1, n), settings,
                         n <= 3 || n == 10 || n == 50 ? WORLD_COUNT
                                                      : WORLD_KERNEL);
        }
        snprintf(says, sizeof says, "%s, n = 1, 3, 50, at 200 ms", way->name);
        times = book_entry(b, ENTRY_TIMED, says, "(1 + W) RTT");
        for (size_t k = 0; k < 3; k++) {
            snprintf(settings, sizeof settings, "%s recipients=%zu rtt=200ms",
                     way->settings, timed[k]);
            book_add(b, times, turnarounds_of(way, 1, timed[k]), settings);
        }
    }
}

static void plan_messages(struct book *b)
{
    static const char *const formula[WAYS] = {"3 + M (3 + n), n = 3", "3 + M",
                                              "3", "1 + M", "1"};
    static const size_t mails[] = {1, 2, 3, 5, 10, 20};

    for (int i = 0; i < WAYS; i++) {
        char says[80], settings[120];
        size_t entry;

        snprintf(says, sizeof says, "%s, M = 1...20, at 10 ms", ways[i].name);
        entry = book_entry(b, ENTRY_COUNT, says, formula[i]);
        for (size_t k = 0; k < sizeof mails / sizeof mails[0]; k++) {
            snprintf(settings, sizeof settings,
                     "%s recipients=3 messages=%zu rtt=10ms", ways[i].settings,
                     mails[k]);
            book_add(b, entry, turnarounds_of(&ways[i], mails[k], 3), settings);
        }
    }
}

/* (1 + W) RTT over the whole range of roads. */
static void plan_times(struct book *b)
{
    static const int rtt_ms[] = {10, 50, 100, 200, 400, 600};

    for (int i = 0; i < WAYS; i++) {
        size_t w = turnarounds_of(&ways[i], 1, 1), entry;
        char says[80], expected[40], settings[120];

        snprintf(says, sizeof says, "%s, RTT 10 to 600 ms", ways[i].name);
        snprintf(expected, sizeof expected, "%zu RTT", w + 1);
        entry = book_entry(b, ENTRY_TIMED, says, expected);
        for (size_t k = 0; k < sizeof rtt_ms / sizeof rtt_ms[0]; k++) {
            snprintf(settings, sizeof settings, "%s rtt=%dms", ways[i].settings,
                     rtt_ms[k]);
            book_add(b, entry, w, settings);
        }
    }
}

/* A session to three recipients, by the size of its body, the rate of its
 * road and the server's time for each reply, in lock-step and, for the plot,
 * in two ways that wait less. The kernel runs the first at 200 ms, unless the
 * bits alone take too long to wait for. */
static size_t plan_waiting_line(struct book *b, const char *body,
                                const char *rate, const char *think,
                                bool kernel)
{
    static const int half_us[] = {500,    5000,   25000,  50000,
                                  100000, 250000, 500000, 5000000};
    char says[90], settings[200];
    size_t entry;

    snprintf(says, sizeof says, "lockstep, body %s at %s, think %s", body, rate,
             think);
    entry = book_entry(b, ENTRY_WAITING, says, "");
    for (int w = 0; w <= 3; w++) {
        size_t turnarounds = turnarounds_of(&ways[w], 1, 3);

        for (size_t k = 0; k < sizeof half_us / sizeof half_us[0]; k++) {
            snprintf(settings, sizeof settings,
                     "%s recipients=3 body=%s think=%s "
                     "uplink='delay %dus rate %s'",
                     ways[w].settings, body, think, half_us[k], rate);
            if (w > 0 || half_us[k] != 100000)
                book_add_in(b, entry, turnarounds, settings, WORLD_IDEAL);
            else
                book_add_but(b, entry, turnarounds, settings,
                             kernel ? WORLD_COUNT : WORLD_KERNEL);
        }
    }
    return entry;
}

static void plan_waiting(struct book *b)
{
    static const struct {
        const char *name;
        double bits;
    } bodies[] = {{"1k", 8e3}, {"10k", 8e4}, {"100k", 8e5}, {"1M", 8e6}},
      rates[] = {
          {"64kbit", 64e3}, {"1mbit", 1e6}, {"10mbit", 1e7}, {"100mbit", 1e8}};

    size_t last = 0;

    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 4; k++)
            last = plan_waiting_line(b, bodies[i].name, rates[k].name, "0ms",
                                     bodies[i].bits / rates[k].bits < 2);
    book_remark(b, last, false,
                "less over TCP: while the congestion window opens, time passes "
                "that is no waiting as RFC 2920 counts it (see window)");
    plan_waiting_line(b, "10k", "1mbit", "10ms", true);
    plan_waiting_line(b, "10k", "1mbit", "100ms", true);
}

/* What each way saves against lock-step, on one road. */
static void plan_saving(struct book *b)
{
    for (int i = 1; i < WAYS; i++) {
        size_t slow = turnarounds_of(&ways[0], 1, 3);
        size_t w = turnarounds_of(&ways[i], 1, 3);
        char says[90], expected[48];
        const struct line way = {says, ways[0].settings,
                                 SAVING(expected, slow, ways[i].settings, w)};

        snprintf(says, sizeof says, "%s saves, body 10k at 1mbit, 200 ms",
                 ways[i].name);
        snprintf(expected, sizeof expected, "%zu RTT, %zu ms", slow - w,
                 (slow - w) * 200);
        lines_add(b, "recipients=3 body=10k uplink='delay 100ms rate 1mbit'",
                  &way, 1);
    }
}

/* In virtual time: perfect pipes have no TCP, and so no timers of its. */
static void add_virtual(struct book *b, size_t entry, size_t turnarounds,
                        const char *settings, const char *tcp, bool ideal)
{
    char timed[200];

    snprintf(timed, sizeof timed, "%s tcp=%s", settings, tcp);
    if (ideal)
        book_add_in(b, entry, turnarounds, settings, WORLD_IDEAL);
    if (b->ns3)
        book_add_in(b, entry, turnarounds, timed, WORLD_NS3);
}

/* How far a session gets before somebody's patience ends. RFC 5321, 4.5.3.2
 * has two minutes for the reply to DATA, which lock-step alone waits for with
 * nothing else, and five for the greeting. TCP's own patience is with the
 * handshake: Linux forgets a connection whose SYN-ACK was not answered 1 + 2 +
 * ... + 32 s after; RFC 9293's least is three minutes, which doubling makes 1
 * + 2 + ... + 128 s. */
static void plan_reach(struct book *b)
{
    static const struct {
        const char *says, *tcp;
        int lockstep_s, others_s;
        bool ideal;
    } patience[] = {
        {"RFC 5321's timeouts alone", "patient", 120, 300, true},
        {"and those of RFC 6298 and 9293", "rfc", 120, 255, false},
        {"and those of Linux's TCP", "linux", 63, 63, false},
    };

    for (size_t p = 0; p < sizeof patience / sizeof patience[0]; p++)
        for (int i = 0; i < WAYS; i++) {
            int limit_s = i ? patience[p].others_s : patience[p].lockstep_s;
            size_t w = turnarounds_of(&ways[i], 1, 1), entry;
            char says[90], expected[48], settings[160];

            snprintf(says, sizeof says, "%s, %s", ways[i].name,
                     patience[p].says);
            snprintf(expected, sizeof expected, "RTT below %d s", limit_s);
            entry = book_entry(b, ENTRY_REACH, says, expected);
            for (int us = 1; us >= 0; us--) {
                snprintf(settings, sizeof settings,
                         "%s rfc-timeouts= rtt=%lldus", ways[i].settings,
                         limit_s * 1000000LL - us);
                add_virtual(b, entry, w, settings, patience[p].tcp,
                            patience[p].ideal);
            }
        }
}

/* Where no kernel could wait for the end. */
static void plan_distance(struct book *b)
{
    static const struct {
        const char *name, *rtt;
    } places[] = {{"the Moon, 2.56 s", "2560ms"},
                  {"Mars when near, 8 min", "8m"},
                  {"Mars when far, 44 min", "44m"}};

    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++)
        for (int i = 0; i < WAYS; i++) {
            size_t w = turnarounds_of(&ways[i], 1, 1), entry;
            char says[90], expected[48], settings[160];

            snprintf(says, sizeof says, "%s: %s", places[p].name, ways[i].name);
            snprintf(expected, sizeof expected, "%zu, %zu RTT", w, w + 1);
            snprintf(settings, sizeof settings, "%s rtt=%s", ways[i].settings,
                     places[p].rtt);
            entry = book_entry(b, ENTRY_TIMED, says, expected);
            add_virtual(b, entry, w, settings, "patient", true);
        }
}

/* clang-format off */
const struct chapter chapters[] = {
    {"dialogues", "RFC 2920, 4 (RFC 1854, 3; RFC 2197, 5)",
     "the RFC's four dialogues: 9, 4, 4, 4 turnarounds", plan_dialogues},
    {"ladder", "RFC 2920, 4; RFC 3030; draft-harris-early-pipe-01",
     "three recipients: 9, 4, 3, 2, 1 turnarounds", plan_ladder},
    {"recipients", "RFC 2920, 4",
     "6 + n turnarounds for n recipients in lock-step, 4 pipelined",
     plan_recipients},
    {"messages", "RFC 2920, 3.1; RFC 3030",
     "turnarounds of M messages in one session", plan_messages},
    {"tls", "RFC 3207; RFC 8314; RFC 8446, 2.3; Exim, tls_early_banner_hosts",
     "turnarounds of TLS, behind STARTTLS and from the start", plan_tls},
    {"auth", "RFC 4954, 4", "turnarounds of AUTH", plan_auth},
    {"early", "draft-harris-early-pipe-01; Exim",
     "what early pipelining saves by a hit, and costs by a miss", plan_early},
    {"tfo", "RFC 7413; Exim, hosts_try_fastopen",
     "TCP's handshake takes no time, where the SYN says enough", plan_tfo},
    {"modes", "ietf-smtp, 2018-09-03 (Klensin)",
     "BSMTP: any number of messages for one turnaround, or two", plan_modes},
    {"qmtp", "Quick Mail Transfer Protocol, 1997-02-01 (Bernstein)",
     "QMTP: one turnaround for any number of messages and recipients",
     plan_qmtp},
    {"quickstart", "draft-fanf-smtp-quickstart-a-00 and -b-00",
     "a greeting that tells what is offered, and a memory of it",
     plan_quickstart},
    {"each", "RFC 2033; draft-hall-prdr-00",
     "a reply for each recipient behind a body costs no turnaround", plan_each},
    {"limits", "RFC 9422; RFC 5321, 4.5.3.1.10; Exim",
     "limits that a server tells, and limits that are found out", plan_limits},
    {"reuse", "Postfix, CONNECTION_CACHE_README",
     "what each further message saves over a connection that is kept",
     plan_reuse},
    {"times", "RFC 2920, 4",
     "a turnaround costs a round trip, on any road", plan_times},
    {"waiting", "RFC 1854, introduction",
     "waiting for replies dominates connection time, and where it does not",
     plan_waiting},
    {"saving", "RFC 1854, introduction",
     "the part of the waiting that each mode removes", plan_saving},
    {"reach", "ours; RFC 5321, 4.5.3.2; RFC 6298; RFC 9293",
     "the longest road on which each mode still gets through", plan_reach},
    {"distance", "ours", "turnarounds at the distance of Moon and Mars",
     plan_distance},
    {"server", "RFC 2920, 3.2 (RFC 1854, 2.2; RFC 2197, 4.2)",
     "the ten rules for servers, kept by ours", plan_server},
    {"flaws", "RFC 2920, 1 and 3.2; RFC 1854, introduction",
     "servers that pipelining breaks, and lock-step does not", plan_flaws},
    {"variants", "RFC 3030, 2 and 4; RFC 4468; Postfix, BDAT_README",
     "how often the readings of RFC 3030 wait", plan_variants},
    {"window", "ours; RFC 6928",
     "round trips in which the congestion window opens, in every mode",
     plan_window},
    {"published", "as each line says",
     "figures that people have published, and under which definition",
     plan_published},
    {"mx", "RFC 974; RFC 1123; RFC 2821; RFC 5321; ietf-smtp, 2007-05",
     "which host next where hosts differ, and what the choice costs", plan_mx},
    {"capability", "IETF list on RCAP; RFC 4141; ...esmtp-conneg-03, A",
     "must asking what each recipient can take cost a round trip for each?",
     plan_capability},
    {NULL, NULL, NULL, NULL},
};
/* clang-format on */

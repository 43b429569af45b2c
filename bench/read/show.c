/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/show.h"

static const char *side_name(enum trace_side side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

/* In round trips only where the road, not the host, is what is measured. */
static void print_time(FILE *to, const char *what, int64_t ns, int64_t rtt_ns)
{
    if (ns == UNKNOWN_NS)
        fprintf(to, "   %s unknown", what);
    else if (rtt_ns >= 1000000)
        fprintf(to, "   %s %.1f ms = %.2f RTT", what, (double)ns / 1e6,
                (double)ns / (double)rtt_ns);
    else
        fprintf(to, "   %s %.3f ms", what, (double)ns / 1e6);
}

/* What keeps the figures from being exact. */
static void print_limits(FILE *to, const struct conversation *c)
{
    if (c->stands == AT_SERVER)
        fputs("  captured at the server: what was still on its way is not "
              "seen, so the count is an\n  estimate; times are made the "
              "client's by the round trip\n",
              to);
    if (c->stands == AT_MIDDLE)
        fprintf(to,
                "  captured between the two, %.1f ms (there and back) from "
                "the client and %.1f ms from\n  the server: the count is an "
                "estimate; times are made the client's\n",
                (double)c->down_ns / 1e6, (double)c->up_ns / 1e6);
    if (!c->from_start)
        fputs("  its beginning is not in the capture\n", to);
    if (c->one_sided != SIDE_BOTH)
        fprintf(to,
                "  only the %s's packets are in the capture: the count is "
                "an estimate\n",
                side_name(c->one_sided));
    if (c->facts.tls_why)
        fprintf(to, "  what is said inside TLS stays unread%s: %s\n",
                c->facts.tls_read ? " from some point on" : "",
                c->facts.tls_why);
    if (c->missing_bytes)
        fprintf(to, "  %llu bytes are not in the capture\n",
                (unsigned long long)c->missing_bytes);
}

static void print_head(FILE *to, const struct conversation *c)
{
    char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];

    const char *what = c->facts.qmtp ? "QMTP" : c->banner;

    fprintf(to, "%s -> %s%s%s\n", endpoint_text(&c->client, client),
            endpoint_text(&c->server, server), what[0] ? "   " : "", what);
    fprintf(to, "  %zu turnaround%s", c->turnarounds,
            c->turnarounds == 1 ? "" : "s");
    if (c->turnarounds_tls)
        fprintf(to, " (%zu in TLS)", c->turnarounds_tls);
    if (c->rtt_ns == UNKNOWN_NS)
        fputs("   RTT unknown", to);
    else
        fprintf(to, "   RTT %.*f ms%s", c->rtt_ns < 1000000 ? 3 : 1,
                (double)c->rtt_ns / 1e6,
                c->rtt_estimated ? " (estimated)" : "");
    print_time(to, "TCP handshake", c->tcp_handshake_ns, c->rtt_ns);
    print_time(to, "accepted", c->accepted_ns, c->rtt_ns);
    print_time(to, "closed", c->closed_ns, c->rtt_ns);
    fputc('\n', to);
    print_limits(to, c);
}

static void print_row(FILE *to, const struct flight *f, const struct wait *w,
                      size_t number)
{
    if (f)
        fprintf(to, "  %10.1f %9llu", (double)f->at_ns / 1e6,
                (unsigned long long)f->bytes);
    else
        fprintf(to, "  %10.1f %9s", (double)w->begin_ns / 1e6, "-");
    if (w)
        fprintf(to, " %4zu %9.1f  %s -> %s%s\n", number,
                (double)(w->end_ns - w->begin_ns) / 1e6, f ? f->says : w->asked,
                w->answered, w->in_tls ? " (TLS handshake)" : "");
    else
        fprintf(to, " %4s %9s  %s\n", "", "", f->says);
}

static void print_rows(FILE *to, const struct conversation *c, size_t most)
{
    size_t f = 0, w = 0, row = 0;
    size_t rows = 0;

    fprintf(to, "  %10s %9s %4s %9s  %s\n", "at ms", "bytes", "wait", "for ms",
            "client says -> server answers");
    while (f < c->flight_count || w < c->wait_count) {
        const struct flight *flight =
            f < c->flight_count ? &c->flights[f] : NULL;
        const struct wait *wait = w < c->wait_count ? &c->waits[w] : NULL;

        /* A wait belongs to the flight that it follows. */
        if (flight && wait && flight->at_ns > wait->begin_ns)
            flight = NULL;
        else if (flight && wait && f + 1 < c->flight_count &&
                 c->flights[f + 1].at_ns <= wait->begin_ns)
            wait = NULL;
        f += flight != NULL;
        w += wait != NULL;
        if (++row <= most)
            print_row(to, flight, wait, w);
        rows++;
    }
    if (rows > most)
        fprintf(to, "  ... and %zu more; -v shows them\n", rows - most);
}

void show_sum(FILE *to, const struct trace_sum *s)
{
    fprintf(to, "%llu mail conversation%s, %llu without mail, in %llu packets",
            (unsigned long long)s->mail, s->mail == 1 ? "" : "s",
            (unsigned long long)(s->conversations - s->mail),
            (unsigned long long)s->packets);
    if (s->other)
        fprintf(to, "; %llu packets are no TCP", (unsigned long long)s->other);
    if (s->fragments)
        fprintf(to, "; %llu fragments were skipped",
                (unsigned long long)s->fragments);
    if (s->broken)
        fprintf(to, "; %llu broken packets were skipped",
                (unsigned long long)s->broken);
    if (s->damages)
        fprintf(to,
                "; the file is damaged in %llu place%s: %llu bytes were "
                "skipped",
                (unsigned long long)s->damages, s->damages == 1 ? "" : "s",
                (unsigned long long)s->damaged_bytes);
    fputs(".\n", to);
    if (s->perhaps_mail)
        fprintf(to,
                "%llu of those without mail speak TLS from their first byte, "
                "to port 465: -v lists them.\n",
                (unsigned long long)s->perhaps_mail);
}

void show_conversation(FILE *to, const struct conversation *c, size_t rows)
{
    print_head(to, c);
    print_rows(to, c, rows);
}

/* Columns of the table: what happens in every session, and all that does not,
 * which is named. */
static bool is_named(enum cause c)
{
    return c != CAUSE_PROPAGATION && c != CAUSE_SERVER && c != CAUSE_CLIENT;
}

/* As long as it must be, as short as it may be. */
static const char *ms_text(int64_t ns, char out[24])
{
    double ms = (double)ns / 1e6;

    if (ns == 0)
        return ".";
    snprintf(out, 24, "%.*f", ms < 1 ? 3 : 1, ms);
    return out;
}

/* "congestion window 201.1, ..." */
static void print_named(FILE *to, const int64_t ns[CAUSE_COUNT],
                        int64_t least_ns)
{
    const char *comma = "  ";
    char text[24];

    for (int c = 0; c < CAUSE_COUNT; c++)
        if (is_named((enum cause)c) && ns[c] > least_ns) {
            fprintf(to, "%s%s %s", comma, cause_name((enum cause)c),
                    ms_text(ns[c], text));
            comma = ", ";
        }
    fputc('\n', to);
}

static void print_account_row(FILE *to, const char *name,
                              const int64_t ns[CAUSE_COUNT], int64_t total_ns)
{
    char text[4][24];
    int64_t sum_ns = 0;

    for (int c = 0; c < CAUSE_COUNT; c++)
        sum_ns += ns[c];
    fprintf(
        to, "  %-13s %9s %4.0f %% %9s %9s %9s", name, ms_text(sum_ns, text[0]),
        total_ns ? 100.0 * (double)sum_ns / (double)total_ns : 0.0,
        ms_text(ns[CAUSE_PROPAGATION], text[1]),
        ms_text(ns[CAUSE_SERVER], text[2]), ms_text(ns[CAUSE_CLIENT], text[3]));
    print_named(to, ns, total_ns / 1000); /* what is noise is not named */
}

void show_account(FILE *to, const struct account *a)
{
    int64_t sum[CAUSE_COUNT];

    fprintf(to, "  %-13s %9s %6s %9s %9s %9s  %s\n", "where time went", "ms",
            "share", "road", a->bounded ? "server*" : "server", "client",
            "and");
    for (int p = 0; p < PHASE_COUNT; p++)
        if (account_phase(a, (enum phase)p))
            print_account_row(to, phase_name((enum phase)p), a->ns[p],
                              a->total_ns);
    for (int c = 0; c < CAUSE_COUNT; c++)
        sum[c] = account_cause(a, (enum cause)c);
    print_account_row(to, "total", sum, a->total_ns);
    if (a->bounded && sum[CAUSE_SERVER])
        fputs("  * at most: the road may have been slower than its least "
              "round trip;\n    --server-capture tells the two apart\n",
              to);
}

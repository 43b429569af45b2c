/* SPDX-License-Identifier: BSD-2-Clause */
/* The runs of `turnaround mx` as tidy CSV: a line for each delivery. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bench/cmd/mx_rows.h"

static void put_words(FILE *to, uint32_t bits)
{
    const char *blank = "";

    putc(',', to);
    for (int i = 0; i < OFFER_COUNT; i++)
        if (bits >> i & 1) {
            fprintf(to, "%s%s", blank, offer_name(i));
            blank = " ";
        }
}

static void put_ms(FILE *to, int64_t ns)
{
    if (ns < 0)
        putc(',', to);
    else
        fprintf(to, ",%.15g", (double)ns / 1e6);
}

static void put_path(FILE *to, const struct topology *t,
                     const struct mx_tally *y)
{
    putc(',', to);
    for (size_t i = 0; i < y->steps && i < MX_STEPS; i++)
        fprintf(to, "%s%s", i ? " " : "", t->host[y->step[i]].name);
}

/* RFC 4180: a reason may hold a comma. */
static void put_text(FILE *to, const char *text)
{
    fputs(",\"", to);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', to);
        putc(*text == '\n' ? ' ' : *text, to);
    }
    putc('"', to);
}

static void put_question(FILE *to, const struct mx_sweep *s,
                         const struct mx_row *r)
{
    const struct topology_message *m = r->part.message;

    fprintf(to, "%zu,%s,%s,%s,%s", r->message + 1, m->domain,
            policy_of(r->part.policy)->name, mode_of(r->part.mode)->name,
            world_name(s->world));
    put_words(to, m->need.required);
    put_words(to, m->need.preferred);
    put_words(to, m->need.performance);
    put_ms(to, r->patience_ns);
    put_ms(to, r->rtt_ns);
    fprintf(to, ",%" PRIu64, r->part.seed);
}

int mx_csv_header(FILE *to)
{
    fputs("message,domain,policy,mode,world,required,preferred,performance,"
          "patience_ms,rtt_ms,seed,outcome,accepted_ms,closed_ms,dns_ms,"
          "attempts,dns_questions,hosts,hosts_expected,connections,"
          "turnarounds,longest_chain,smtp_bytes_sent,smtp_bytes_received,"
          "dns_bytes,used,worse,recipients,recipients_accepted,"
          "recipients_deferred,recipients_bounced,reply,valid,"
          "invalid_because,path\n",
          to);
    return fflush(to) == EOF ? -1 : 0;
}

int mx_csv_run(FILE *to, const struct mx_sweep *s, const struct mx_row *r,
               const struct mx_tally *t)
{
    double expected = mx_hosts_expected(&r->part);

    put_question(to, s, r);
    fprintf(to, ",%s", dispatch_end_name(t->end));
    put_ms(to, t->accepted_ns);
    put_ms(to, t->closed_ns);
    put_ms(to, t->dns_ns);
    fprintf(to, ",%zu,%zu,%zu,", t->attempts, t->questions, t->hosts);
    if (!isnan(expected))
        fprintf(to, "%.15g", expected);
    fprintf(to, ",%zu,%zu,%zu,%" PRIu64 ",%" PRIu64 ",%" PRIu64, t->connections,
            t->turnarounds, t->longest_chain, t->bytes_out, t->bytes_in,
            t->dns_bytes);
    put_words(to, t->used);
    fprintf(to, ",%d,%zu,%zu,%zu,%zu,%d,%d", t->worse, t->recipients,
            t->accepted, t->deferred, t->bounced, t->code, r->valid);
    put_text(to, r->invalid_because);
    put_path(to, s->topology, t);
    putc('\n', to);
    return fflush(to) == EOF ? -1 : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/cmd/analyze_logs.h"
#include "bench/cmd/cmd.h"
#include "bench/read/maillog.h"
#include "bench/read/show.h"

#include <errno.h>
#include <string.h>

enum { PEERS_SHOWN = 20 };

/* "." where it is unknown. */
static const char *ms_text(int64_t us, char out[24])
{
    if (us < 0)
        return ".";
    snprintf(out, 24, "%.*f", us < 10000 ? 1 : 0, (double)us / 1e3);
    return out;
}

static void print_peer(struct maillog_peer *p, enum maillog_kind kind)
{
    char t[8][24];

    printf(
        "%-40s %7llu %6llu", p->name, (unsigned long long)p->messages,
        (unsigned long long)(kind == MAILLOG_POSTFIX ? p->reused : p->early));
    if (kind == MAILLOG_POSTFIX)
        printf(" %8s %8s", ms_text(maillog_median_us(&p->setup), t[0]),
               ms_text(maillog_median_us(&p->transfer), t[1]));
    else
        printf(" %8llu %8s", (unsigned long long)p->pipelined,
               ms_text(maillog_median_us(&p->whole), t[1]));
    printf(" %8s | %7s %7s %7s %7s %7s\n", ms_text(p->rtt_us, t[2]),
           ms_text(p->save_reuse_us, t[3]), ms_text(p->save_chunking_us, t[4]),
           ms_text(p->save_early_us, t[5]),
           ms_text(p->save_early_chunking_us, t[6]),
           ms_text(p->save_tls13_us, t[7]));
}

static void print_text(struct maillog *m, enum maillog_kind kind, bool all)
{
    bool postfix = kind == MAILLOG_POSTFIX;
    size_t shown = all || m->count < PEERS_SHOWN ? m->count : PEERS_SHOWN;
    int direction = -1;

    for (size_t i = 0; i < shown; i++) {
        if (m->peer[i].sends != direction) {
            direction = m->peer[i].sends;
            printf("%-40s %7s %6s %8s %8s %8s | %s\n",
                   direction ? "from" : "to", "mails",
                   postfix ? "reused" : "early", postfix ? "setup" : "pipelin.",
                   postfix ? "transfer" : "whole", "RTT",
                   "could save a mail, at most, by");
            printf("%-40s %7s %6s %8s %8s %8s | %7s %7s %7s %7s %7s\n", "", "",
                   "", postfix ? "ms" : "", "ms", "ms <=", "reuse", "BDAT",
                   "early", "both", "TLS1.3");
        }
        print_peer(&m->peer[i], kind);
    }
    if (shown < m->count)
        printf("... and %zu more; -v shows them\n", m->count - shown);
    printf("%llu deliveries to or from %zu hosts in %llu lines.%s\n",
           (unsigned long long)m->deliveries, m->count,
           (unsigned long long)m->lines,
           m->count ? " Times are medians; the fastest delivery bounds the "
                      "RTT,\nand the RTT what a mode could save."
                    : "");
    if (m->overflow)
        printf("%llu lines of further hosts were not counted.\n",
               (unsigned long long)m->overflow);
}

static void add_us(json_t *o, const char *key, int64_t us)
{
    show_ms(o, key, us < 0 ? UNKNOWN_NS : us * 1000);
}

static void add_count(json_t *o, const char *key, uint64_t n)
{
    json_object_set_new(o, key, json_integer((json_int_t)n));
}

static json_t *peer_json(struct maillog_peer *p)
{
    json_t *o = json_object();

    json_object_set_new(o, "host", show_text_json(p->name));
    json_object_set_new(o, "direction", json_string(p->sends ? "from" : "to"));
    add_count(o, "messages", p->messages);
    add_count(o, "recipients", p->recipients);
    add_count(o, "reused", p->reused);
    add_count(o, "pipelined", p->pipelined);
    add_count(o, "early", p->early);
    add_count(o, "early_offered_unused", p->early_unused);
    add_count(o, "pipelining_offered_unused", p->unpipelined);
    add_count(o, "chunked", p->chunked);
    add_count(o, "tls12", p->tls12);
    add_count(o, "tls13", p->tls13);
    json_object_set_new(o, "protocol_steps",
                        p->steps[0] ? show_text_json(p->steps) : json_null());
    add_us(o, "setup_ms", maillog_median_us(&p->setup));
    add_us(o, "transfer_ms", maillog_median_us(&p->transfer));
    add_us(o, "whole_ms", maillog_median_us(&p->whole));
    add_us(o, "rtt_at_most_ms", p->rtt_us);
    add_us(o, "reuse_saves_at_most_ms", p->save_reuse_us);
    add_us(o, "pipelining_saves_at_most_ms", p->save_pipelining_us);
    add_us(o, "bdat_saves_at_most_ms", p->save_chunking_us);
    add_us(o, "early_saves_at_most_ms", p->save_early_us);
    add_us(o, "early_bdat_saves_at_most_ms", p->save_early_chunking_us);
    add_us(o, "tls13_saves_at_most_ms", p->save_tls13_us);
    return o;
}

static void print_json(struct maillog *m, const char *name, FILE *to,
                       const char *error)
{
    json_t *o = json_object(), *peers = json_array();

    for (size_t i = 0; i < m->count; i++)
        json_array_append_new(peers, peer_json(&m->peer[i]));
    json_object_set_new(o, "schema", json_integer(1));
    json_object_set_new(o, "command", json_string("analyze"));
    json_object_set_new(o, "log", show_text_json(name));
    add_count(o, "lines", m->lines);
    add_count(o, "deliveries", m->deliveries);
    add_count(o, "lines_of_further_hosts", m->overflow);
    json_object_set_new(o, "hosts", peers);
    json_object_set_new(o, "error",
                        error ? show_text_json(error) : json_null());
    json_dumpf(o, to, JSON_COMPACT | JSON_REAL_PRECISION(15));
    fputc('\n', to);
    json_decref(o);
}

static int write_json(const struct analyze_flags *f, struct maillog *m,
                      const char *name, const char *error)
{
    FILE *to = f->json_name ? fopen(f->json_name, "w") : stdout;
    int bad = to == NULL;

    if (to) {
        print_json(m, name, to, error);
        bad = ferror(to);
        bad |= to == stdout ? fflush(to) : fclose(to);
    }
    if (!bad)
        return EXIT_GOOD;
    fprintf(stderr, "analyze: %s: %s\n",
            f->json_name ? f->json_name : "standard output", strerror(errno));
    return EXIT_INVALID;
}

int analyze_log(const struct analyze_flags *f)
{
    enum maillog_kind kind = f->postfix_log ? MAILLOG_POSTFIX : MAILLOG_EXIM;
    const char *name = f->postfix_log ? f->postfix_log : f->exim_log;
    FILE *from = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
    int status = EXIT_GOOD;
    char why[MAILLOG_WHY];
    struct maillog m;

    if (!from) {
        fprintf(stderr, "analyze: %s: %s\n", name, strerror(errno));
        return EXIT_INVALID;
    }
    if (maillog_read(&m, from, kind, why) < 0) {
        fprintf(stderr, "analyze: %s: %s\n", name, why);
        status = EXIT_INVALID;
    }
    if (from != stdin)
        fclose(from);
    if (!f->quiet && !(f->json && !f->json_name))
        print_text(&m, kind, f->verbose);
    if (f->json && write_json(f, &m, name, status ? why : NULL) != EXIT_GOOD)
        status = EXIT_INVALID;
    maillog_release(&m);
    return status;
}

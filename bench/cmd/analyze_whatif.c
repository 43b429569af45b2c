/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/cmd/analyze_whatif.h"
#include "bench/read/show.h"

static const char *const sure[] = {
    [WHATIF_ROUGH] = "rough", [WHATIF_FAIR] = "fair", [WHATIF_GOOD] = "good"};

static void print_row(FILE *to, const struct whatif *w,
                      const struct whatif_row *r)
{
    double was = (double)w->closed_ns, ms = (double)r->closed_ns / 1e6;

    fprintf(to, "  %-16s %5zu %10.1f %+6.0f %%", r->name, r->turnarounds, ms,
            was > 0 ? 100 * ((double)r->closed_ns - was) / was : 0.0);
    if (r->tfo_ns < r->closed_ns)
        fprintf(to, " %10.1f", (double)r->tfo_ns / 1e6);
    else
        fprintf(to, " %10s", "-");
    fprintf(to, "   %3zu %9.1f\n", r->more_turnarounds,
            (double)r->more_ns / 1e6);
}

/* "  TLS 1.3: 7 waits, 701.2 ms (-100.1 ms)", beside the mode that was used. */
static void print_change(FILE *to, const struct whatif *w,
                         const struct whatif_change *c)
{
    fprintf(to, "  with %s%s: %zu wait%s, %.1f ms", c->name,
            w->as_was ? "" : ", lock-step", c->turnarounds,
            c->turnarounds == 1 ? "" : "s", (double)c->closed_ns / 1e6);
    if (w->as_was)
        fprintf(to, " (%+.1f ms)", (double)(c->closed_ns - w->model_ns) / 1e6);
    fputc('\n', to);
}

static void print_tls(FILE *to, const struct whatif *w)
{
    const struct whatif_tls *t = &w->tls_saves;
    double rtt = (double)w->rtt_ns / 1e6;

    fputs("  what if: what is said inside TLS is hidden, so no mode can be "
          "modelled;\n",
          to);
    if (!t->by_13 && !t->by_implicit && !t->by_0rtt)
        fputs("  the handshake itself costs no turnaround already\n", to);
    if (t->by_13)
        fprintf(to, "  TLS 1.3 would save %zu turnaround%s, %.1f ms\n",
                t->by_13, t->by_13 == 1 ? "" : "s", (double)t->by_13 * rtt);
    if (t->by_implicit)
        fprintf(to,
                "  TLS from the first byte instead of STARTTLS would save %zu "
                "turnarounds, %.1f ms\n",
                t->by_implicit, (double)t->by_implicit * rtt);
    if (t->by_0rtt)
        fprintf(to,
                "  TLS 1.3 with 0-RTT, where the server takes it, would save "
                "1 more, %.1f ms\n",
                rtt);
}

void analyze_whatif_text(FILE *to, const struct whatif *w)
{
    if (w->why_not[0]) {
        fprintf(to, "  what if: cannot be told: %s\n", w->why_not);
        return;
    }
    if (w->tls) {
        print_tls(to, w);
        return;
    }
    fprintf(to, "  %-16s %5s %10s %8s %10s   %s\n", "what if", "waits", "ms",
            "change", "with TFO", "a further message on this connection");
    for (size_t i = 0; i < w->rows; i++)
        print_row(to, w, &w->row[i]);
    fprintf(to, "  %-16s %5zu %10.1f", "as it was", w->turnarounds,
            (double)w->closed_ns / 1e6);
    if (w->left_out_ns)
        fprintf(to, "            without %.1f ms that no mode needs",
                (double)w->left_out_ns / 1e6);
    fputc('\n', to);
    for (size_t i = 0; i < w->changes; i++)
        print_change(to, w, &w->change[i]);
    fprintf(to, "  how sure: %s: ", sure[w->sure]);
    if (w->as_was)
        fprintf(to, "modelled as %s it takes %.1f ms", w->as_was,
                (double)w->model_ns / 1e6);
    else
        fputs("it waited as no mode of ours does", to);
    fprintf(to, ";\n  rests on %s\n", w->rests_on);
}

static json_t *row_json(const struct whatif_row *r)
{
    json_t *o = json_object();

    json_object_set_new(o, "mode", json_string(mode_of(r->manner.mode)->name));
    json_object_set_new(o, "body_by",
                        json_string(r->manner.bdat ? "bdat" : "data"));
    json_object_set_new(o, "turnarounds",
                        json_integer((json_int_t)r->turnarounds));
    show_ms(o, "closed_ms", r->closed_ns);
    json_object_set_new(o, "further_message_turnarounds",
                        json_integer((json_int_t)r->more_turnarounds));
    show_ms(o, "further_message_ms", r->more_ns);
    show_ms(o, "closed_with_tfo_ms", r->tfo_ns);
    return o;
}

static json_t *changes_json(const struct whatif *w)
{
    json_t *list = json_array();

    for (size_t i = 0; i < w->changes; i++) {
        json_t *o = json_object();

        json_object_set_new(o, "with", json_string(w->change[i].name));
        json_object_set_new(o, "turnarounds",
                            json_integer((json_int_t)w->change[i].turnarounds));
        show_ms(o, "closed_ms", w->change[i].closed_ns);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *tls_json(const struct whatif *w)
{
    const struct whatif_tls *t = &w->tls_saves;

    if (!w->tls)
        return json_null();
    return json_pack("{s:I, s:I, s:I}", "tls13_saves_turnarounds",
                     (json_int_t)t->by_13, "implicit_saves_turnarounds",
                     (json_int_t)t->by_implicit, "early_data_saves_turnarounds",
                     (json_int_t)t->by_0rtt);
}

json_t *analyze_whatif_json(const struct whatif *w)
{
    json_t *o = json_object(), *rows = json_array();
    bool known = !w->why_not[0], modelled = known && !w->tls;

    for (size_t i = 0; i < w->rows; i++)
        json_array_append_new(rows, row_json(&w->row[i]));
    json_object_set_new(o, "impossible_because",
                        known ? json_null() : show_text_json(w->why_not));
    json_object_set_new(o, "modes", rows);
    json_object_set_new(o, "changes", changes_json(w));
    json_object_set_new(o, "security",
                        w->secured ? json_string(w->secured) : json_null());
    json_object_set_new(o, "as_was",
                        w->as_was ? json_string(w->as_was) : json_null());
    show_ms(o, "as_was_ms", modelled ? w->closed_ns : UNKNOWN_NS);
    show_ms(o, "as_was_modelled_ms", w->model_ns);
    show_ms(o, "left_out_ms", modelled ? w->left_out_ns : UNKNOWN_NS);
    show_ms(o, "rtt_ms", known ? w->rtt_ns : UNKNOWN_NS);
    show_ms(o, "server_ms", known ? w->think_ns : UNKNOWN_NS);
    json_object_set_new(o, "sure",
                        modelled ? json_string(sure[w->sure]) : json_null());
    json_object_set_new(o, "rests_on",
                        modelled ? show_text_json(w->rests_on) : json_null());
    json_object_set_new(o, "tls", tls_json(w));
    return o;
}

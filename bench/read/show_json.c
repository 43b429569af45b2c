/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations as JSON. */
#include "bench/read/show.h"

void show_ms(json_t *o, const char *key, int64_t ns)
{
    json_object_set_new(
        o, key, ns == UNKNOWN_NS ? json_null() : json_real((double)ns / 1e6));
}

static void add_count(json_t *o, const char *key, uint64_t n)
{
    json_object_set_new(o, key, json_integer((json_int_t)n));
}

json_t *show_text_json(const char *text)
{
    json_t *s = json_string(text);
    char plain[128];
    size_t i = 0;

    if (s)
        return s;
    for (; i < sizeof plain - 1 && text[i]; i++)
        plain[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    plain[i] = 0;
    return json_string(plain);
}

static json_t *flights_json(const struct conversation *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->flight_count; i++) {
        json_t *o = json_object();

        show_ms(o, "at_ms", c->flights[i].at_ns);
        add_count(o, "bytes", c->flights[i].bytes);
        json_object_set_new(o, "says", show_text_json(c->flights[i].says));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *waits_json(const struct conversation *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->wait_count; i++) {
        const struct wait *w = &c->waits[i];
        json_t *o = json_object();

        show_ms(o, "begin_ms", w->begin_ns);
        show_ms(o, "heard_ms", w->heard_ns);
        show_ms(o, "end_ms", w->end_ns);
        json_object_set_new(o, "asked", show_text_json(w->asked));
        json_object_set_new(o, "answered", show_text_json(w->answered));
        json_object_set_new(o, "tls", json_boolean(w->in_tls));
        json_array_append_new(list, o);
    }
    return list;
}

static const char *side_name(enum trace_side side)
{
    return side == SIDE_CLIENT ? "client" : "server";
}

static json_t *stands_json(enum trace_stands s)
{
    static const char *const names[] = {
        [AT_CLIENT] = "client", [AT_MIDDLE] = "middle", [AT_SERVER] = "server"};

    return s == AT_UNKNOWN ? json_null() : json_string(names[s]);
}

/* EHLO's words, or null where no reply to it was seen. */
static json_t *offer_json(const struct facts *f)
{
    json_t *list = f->offer_known ? json_array() : json_null();

    for (int i = 0; f->offer_known && i < OFFER_COUNT; i++)
        if (f->offer.has >> i & 1)
            json_array_append_new(list, json_string(offer_name(i)));
    return list;
}

static json_t *facts_json(const struct facts *f)
{
    json_t *o = json_object();

    json_object_set_new(o, "offer", offer_json(f));
    add_count(o, "messages", f->messages);
    add_count(o, "recipients", f->recipients);
    add_count(o, "body_bytes", f->body_bytes);
    json_object_set_new(o, "bdat", json_boolean(f->bdat));
    json_object_set_new(o, "qmtp", json_boolean(f->qmtp));
    json_object_set_new(o, "tls",
                        !f->tls ? json_null()
                                : json_string(f->tls13 ? "1.3" : "1.2"));
    json_object_set_new(o, "starttls", json_boolean(f->starttls));
    json_object_set_new(o, "tls_read", json_boolean(f->tls_read));
    json_object_set_new(o, "tls_unread_because",
                        f->tls_why ? json_string(f->tls_why) : json_null());
    return o;
}

static json_t *ledger_json(const struct account *a)
{
    json_t *list = json_array();

    for (int p = 0; p < PHASE_COUNT; p++)
        for (int c = 0; c < CAUSE_COUNT; c++) {
            json_t *o;

            if (a->ns[p][c] == 0)
                continue;
            o = json_object();
            json_object_set_new(o, "phase",
                                json_string(phase_name((enum phase)p)));
            json_object_set_new(o, "cause",
                                json_string(cause_name((enum cause)c)));
            show_ms(o, "ms", a->ns[p][c]);
            json_object_set_new(o, "ns", json_integer(a->ns[p][c]));
            json_array_append_new(list, o);
        }
    return list;
}

json_t *show_json(const struct conversation *c, const struct account *a)
{
    char text[ENDPOINT_TEXT];
    json_t *o = json_object();

    json_object_set_new(o, "client",
                        json_string(endpoint_text(&c->client, text)));
    json_object_set_new(o, "server",
                        json_string(endpoint_text(&c->server, text)));
    json_object_set_new(o, "mail", json_boolean(c->mail));
    add_count(o, "turnarounds", c->turnarounds);
    add_count(o, "turnarounds_tls", c->turnarounds_tls);
    show_ms(o, "rtt_ms", c->rtt_ns);
    json_object_set_new(o, "rtt_estimated", json_boolean(c->rtt_estimated));
    show_ms(o, "tcp_handshake_ms", c->tcp_handshake_ns);
    show_ms(o, "accepted_ms", c->accepted_ns);
    show_ms(o, "closed_ms", c->closed_ns);
    json_object_set_new(o, "start_s", json_real((double)c->start_ns / 1e9));
    json_object_set_new(o, "banner",
                        c->banner[0] ? show_text_json(c->banner) : json_null());
    json_object_set_new(o, "one_sided",
                        c->one_sided == SIDE_BOTH
                            ? json_null()
                            : json_string(side_name(c->one_sided)));
    json_object_set_new(o, "from_start", json_boolean(c->from_start));
    add_count(o, "packets", c->packets);
    add_count(o, "retransmissions", c->retransmissions);
    add_count(o, "client_bytes", c->client_bytes);
    add_count(o, "server_bytes", c->server_bytes);
    add_count(o, "missing_bytes", c->missing_bytes);
    json_object_set_new(o, "flights", flights_json(c));
    json_object_set_new(o, "waits", waits_json(c));
    json_object_set_new(o, "vantage", stands_json(c->stands));
    json_object_set_new(o, "facts", facts_json(&c->facts));
    show_ms(o, "total_ms", c->total_ns);
    if (a) {
        json_object_set_new(o, "ledger", ledger_json(a));
        json_object_set_new(o, "ledger_total_ns", json_integer(a->total_ns));
        json_object_set_new(o, "server_time_at_most", json_boolean(a->bounded));
    }
    return o;
}

json_t *show_sum_json(const struct trace_sum *s)
{
    json_t *o = json_object();

    add_count(o, "packets", s->packets);
    add_count(o, "packets_without_tcp", s->other);
    add_count(o, "packets_fragmented", s->fragments);
    add_count(o, "packets_broken", s->broken);
    add_count(o, "damaged_places", s->damages);
    add_count(o, "damaged_bytes", s->damaged_bytes);
    add_count(o, "conversations_without_mail", s->conversations - s->mail);
    add_count(o, "conversations_perhaps_mail", s->perhaps_mail);
    json_object_set_new(o, "truncated", json_boolean(s->truncated));
    return o;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The hosts of a topology. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/topology_read.h"
#include "smtp/flaw.h"
#include "smtp/wire.h"

/* clang-format off */
static const char *const states[] = {"up", "refusing", "silent"};
static const char *const checks[] = {"passes", "fails-by-name", "fails"};
/* clang-format on */

const char *topology_state_name(enum topology_state s)
{
    return states[s];
}

/* "450 later": a code that refuses, and a text. */
static int read_refusal(const struct reader *r, const char *field,
                        const char *text, const char **to)
{
    if (!text)
        return 0;
    if ((text[0] != '4' && text[0] != '5') || strlen(text) < 5 ||
        strlen(text) > 400 || text[3] != ' ' ||
        strspn(text, "0123456789") != 3 || strpbrk(text, "\r\n"))
        return read_refuse(r, field, text, NULL);
    *to = text;
    return 0;
}

/* What EHLO offers through TLS is the same, unless the file says otherwise. */
static int read_secure(const struct reader *r, const struct written_guise *w,
                       struct topology_host *h, size_t i)
{
    struct server_config *s = &h->server[i], *secure = &h->secure[i];

    s->can_secure = s->offer.has & OFFER_STARTTLS;
    h->tls |= s->can_secure;
    *secure = *s;
    secure->offer.has &= ~(uint32_t)OFFER_STARTTLS;
    h->guise[i].secure = secure;
    if (w->secure.at && !s->can_secure)
        return read_refuse(r, "secure-capabilities", NULL,
                           "without STARTTLS among the capabilities");
    return read_bits(r, "secure-capabilities", &w->secure, read_offer_bit,
                     &secure->offer.has);
}

static int read_guise(const struct reader *r, const struct written_guise *w,
                      struct topology_host *h, size_t i)
{
    struct server_config *s = &h->server[i];
    struct verdict *v = &h->verdict[i];
    uint32_t flaws = s->flaws;

    if (read_refusal(r, "greeting", w->greeting, &s->refusal) < 0 ||
        read_refusal(r, "recipients", w->recipients, &v->reply) < 0 ||
        read_time(r, "think", w->think, &s->think_ns) < 0 ||
        read_time(r, "greeting-delay", w->greeting_delay,
                  &s->greeting_delay_ns) < 0 ||
        read_bits(r, "capabilities", &w->capabilities, read_offer_bit,
                  &s->offer.has) < 0 ||
        read_bits(r, "flaw", &w->flaws, flaw_bit, &flaws) < 0)
        return -1;
    s->flaws = flaws;
    s->verdicts = v;
    s->verdict_count = v->reply != NULL;
    h->guise[i].config = s;
    return read_secure(r, w, h, i);
}

static int refuse_later(const struct reader *r, const struct written_guise *l,
                        const char *problem)
{
    return read_refuse(r, l->of_sessions ? "from-session" : "from-time",
                       l->of_sessions ? l->of_sessions : l->of_time, problem);
}

/* Each is seen: by its turn where they are pooled, else from some moment on
 * that is after the one before it. */
static int check_later(const struct reader *r, const struct written_guise *l,
                       const struct topology_host *h, unsigned i)
{
    const struct guise *now = &h->guise[i], *before = i ? now - 1 : NULL;

    if (h->pooled && (l->of_sessions || l->of_time))
        return refuse_later(r, l, "beside pooled: each is met in its turn");
    if (!h->pooled && before && now->sessions <= before->sessions &&
        now->for_ns <= before->for_ns)
        return refuse_later(r, l, "which must be above the one before");
    return 0;
}

/* A later guise ends the one before it. */
static int read_later(struct reader *r, const struct written_host *w,
                      struct topology_host *h, unsigned i)
{
    const struct written_guise *l = &w->later[i];
    int64_t session = 1;

    h->server[i + 1] = (struct server_config){0};
    server_defaults(&h->server[i + 1], h->name);
    h->server[i + 1].offer = h->server[i].offer;
    if (!l->of_sessions && !l->of_time && !h->pooled)
        return read_refuse(r, "from-session", NULL,
                           "is missing, and so is from-time");
    if (read_count(r, "from-session", l->of_sessions, 2, 1000000, &session) <
            0 ||
        read_time(r, "from-time", l->of_time, &h->guise[i].for_ns) < 0)
        return -1;
    h->guise[i].sessions = (size_t)session - 1;
    if (check_later(r, l, h, i) < 0)
        return -1;
    return read_guise(r, l, h, i + 1);
}

static int read_guises(struct reader *r, const struct written_host *w,
                       struct topology_host *h)
{
    server_defaults(&h->server[0], h->name);
    if (w->later_count >= TOPOLOGY_GUISES)
        return read_refuse(r, "later", NULL, "more than 7 of them");
    if (read_guise(r, &w->first, h, 0) < 0)
        return -1;
    for (unsigned i = 0; i < w->later_count; i++) {
        size_t back = read_enter(r, ".later[%u]", i);

        if (read_later(r, w, h, i) < 0)
            return -1;
        read_return(r, back);
    }
    h->guises = 1 + w->later_count;
    return 0;
}

static bool address_is_taken(const struct topology *t, struct endpoint e)
{
    for (size_t i = 0; i <= t->hosts; i++)
        for (size_t k = 0; k < t->host[i].address_count; k++)
            if (endpoint_equal(t->host[i].address[k], e))
                return true;
    return t->dns_at.family == e.family &&
           memcmp(t->dns_at.ip, e.ip, sizeof e.ip) == 0;
}

static int add_address(const struct reader *r, struct topology_host *h,
                       struct endpoint e)
{
    struct dns_record a = {.owner = h->name,
                           .type = e.family == 4 ? DNS_A : DNS_AAAA,
                           .ttl_s = 300};

    memcpy(a.ip, e.ip, sizeof a.ip);
    h->address[h->address_count++] = e;
    return read_record(r, a);
}

/* Hosts without the field get one of 192.0.2.0/24 (RFC 5737). */
static int read_addresses(const struct reader *r, const struct written_host *w,
                          struct topology_host *h)
{
    struct endpoint e = {{192, 0, 2}, 4, 25};

    if (!w->addresses.at) {
        do
            e.ip[3]++;
        while (address_is_taken(r->t, e));
        return add_address(r, h, e);
    }
    if (w->addresses.count == 1 && strcmp(w->addresses.at[0], "none") == 0)
        return 0;
    if (w->addresses.count > MX_ADDRESSES)
        return read_refuse(r, "addresses", NULL, "more than 8 of them");
    for (unsigned i = 0; i < w->addresses.count; i++) {
        if (read_address(r, "addresses", w->addresses.at[i], &e) < 0)
            return -1;
        if (address_is_taken(r->t, e))
            return read_refuse(r, "addresses", w->addresses.at[i],
                               "which is there already");
        if (add_address(r, h, e) < 0)
            return -1;
    }
    return 0;
}

const struct topology_host *topology_host_named(const struct topology *t,
                                                const char *name)
{
    for (size_t i = 0; i < t->hosts; i++)
        if (span_is(span_of(t->host[i].name), name))
            return &t->host[i];
    return NULL;
}

static int read_host(struct reader *r, const struct written_host *w)
{
    struct topology *t = r->t;
    struct topology_host *h = &t->host[t->hosts];
    int state = HOST_UP, check = 0;

    h->name = w->name;
    if (read_name(r, "name", w->name) < 0)
        return -1;
    if (topology_host_named(t, w->name))
        return read_refuse(r, "name", w->name, "which is there already");
    if (CHOICE(r, "state", w->state, states, &state) < 0 ||
        CHOICE(r, "check", w->check, checks, &check) < 0 ||
        read_switch(r, "pooled", w->pooled, &h->pooled) < 0 ||
        read_road(r, w->rtt, w->uplink, w->downlink, &h->road) < 0 ||
        read_addresses(r, w, h) < 0 || read_guises(r, w, h) < 0)
        return -1;
    h->state = (enum topology_state)state;
    h->check = check == 0   ? CHECK_PASSES
               : check == 1 ? CHECK_FAILS_BY_NAME
                            : CHECK_FAILS;
    t->checks[t->hosts] = (struct host_check){h->name, h->check};
    t->hosts++;
    return 0;
}

int read_hosts(struct reader *r)
{
    struct topology *t = r->t;

    if (t->written->hosts_count > TOPOLOGY_HOSTS)
        return read_refuse(r, "hosts", NULL, "more than 32 of them");
    t->host = calloc(t->written->hosts_count + 1, sizeof *t->host);
    if (!t->host)
        return read_refuse(r, "hosts", NULL, strerror(ENOMEM));
    for (unsigned i = 0; i < t->written->hosts_count; i++) {
        read_return(r, 0);
        read_enter(r, "hosts[%u]", i);
        if (read_host(r, &t->written->hosts[i]) < 0)
            return -1;
    }
    return 0;
}

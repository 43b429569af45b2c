/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts in their order, and what became of them. */
#include "smtp/route.h"

#include <assert.h>
#include <string.h>

#include "smtp/seed.h"
#include "smtp/wire.h"

#define MINUTES (INT64_C(60) * 1000000000)
#define DAYS (24 * 60 * MINUTES)

/* clang-format off */
#define X(name, text) text,
static const char *const whys[] = {ROUTE_WHYS(X)};
#undef X
/* clang-format on */

const char *route_why_text(enum route_why w)
{
    return whys[w];
}

void route_defaults(struct route_config *c)
{
    *c = (struct route_config){.policy = POLICY_P0,
                               .patience_ns = MINUTES / 2,
                               .retry_ns = 30 * MINUTES,
                               .fallback_ns = DAYS,
                               .bounce_ns = 5 * DAYS};
}

static bool same_host(const struct candidate *a, const struct candidate *b)
{
    return a->preference == b->preference && strcmp(a->host, b->host) == 0;
}

static void insert(struct route *r, size_t at, const struct candidate *c)
{
    for (size_t i = 0; i < r->count; i++)
        if (endpoint_equal(r->candidate[i].at, c->at))
            return;
    if (r->count == ROUTE_CANDIDATES) {
        r->left_out++;
        return;
    }
    memmove(&r->candidate[at + 1], &r->candidate[at],
            (r->count - at) * sizeof *c);
    r->candidate[at] = *c;
    r->candidate[at].state = CANDIDATE_NEW;
    r->candidate[at].open = r->candidate[at].in_use = false;
    r->candidate[at].answered = r->candidate[at].permanent = false;
    r->count++;
}

/* RFC 5321, 5.1: who finds himself among the exchangers discards those of his
 * own preference and worse. Returns the first preference that goes. */
static uint32_t own_preference(const struct route_config *c,
                               const struct candidate *mine, size_t count)
{
    uint32_t own = UINT32_MAX;

    for (size_t i = 0; i < count && c->own; i++)
        if (span_is(span_of(mine[i].host), c->own) && mine[i].preference < own)
            own = mine[i].preference;
    return own;
}

/* The start of the next host of `preference` that was not drawn yet, the
 * `n`-th of them; counts them all where n is SIZE_MAX. */
static size_t host_at(const struct candidate *mine, size_t count,
                      const bool *drawn, uint16_t preference, size_t n,
                      size_t *hosts)
{
    *hosts = 0;
    for (size_t i = 0; i < count; i++) {
        if (drawn[i] || mine[i].preference != preference ||
            (i > 0 && same_host(&mine[i], &mine[i - 1])))
            continue;
        if ((*hosts)++ == n)
            return i;
    }
    return SIZE_MAX;
}

/* Draws the hosts of a preference one by one, each of those left as likely as
 * the others (Fisher and Yates). */
static void draw_hosts(struct route *r, const struct candidate *mine,
                       size_t count, uint16_t preference, uint64_t *seed)
{
    bool drawn[ROUTE_CANDIDATES] = {false};
    size_t hosts, i;

    for (;;) {
        host_at(mine, count, drawn, preference, SIZE_MAX, &hosts);
        if (hosts == 0)
            return;
        i = host_at(mine, count, drawn, preference,
                    (size_t)seed_below(seed, hosts), &hosts);
        drawn[i] = true;
        insert(r, r->count, &mine[i]);
        for (i++; i < count && same_host(&mine[i], &mine[i - 1]); i++)
            insert(r, r->count, &mine[i]);
    }
}

/* The least preference that is at least `from`; UINT32_MAX: none. */
static uint32_t next_preference(const struct candidate *mine, size_t count,
                                uint32_t from)
{
    uint32_t least = UINT32_MAX;

    for (size_t i = 0; i < count; i++)
        if (mine[i].preference >= from && mine[i].preference < least)
            least = mine[i].preference;
    return least;
}

/* Those that are remembered to have it, those of whom nothing is known, and
 * those that are remembered to lack it. */
static int promise(const struct route *r, const struct candidate *c)
{
    uint32_t all = r->config->need.required | r->config->need.preferred |
                   r->config->need.performance;

    if (!c->remembered)
        return 1;
    return (c->has & all) == all ? 0 : 2;
}

/* Equals by what they promise; otherwise the order is kept. */
static void order_by_promise(struct route *r)
{
    for (size_t i = 1; i < r->count; i++)
        for (size_t k = i; k > 0; k--) {
            struct candidate *a = &r->candidate[k - 1], *b = a + 1, t = *a;

            if (a->preference != b->preference ||
                promise(r, a) <= promise(r, b))
                break;
            *a = *b;
            *b = t;
        }
}

static void bar_by_name(struct route *r)
{
    for (size_t i = 0; i < r->count && r->config->enforce; i++)
        if (r->candidate[i].check == CHECK_FAILS_BY_NAME)
            r->candidate[i].state = CANDIDATE_BARRED;
}

void route_init(struct route *r, const struct route_config *config,
                const struct candidate *mine, size_t count, uint64_t seed,
                int64_t queued_ns)
{
    uint32_t own = own_preference(config, mine, count), p = 0;

    memset(r, 0, sizeof *r);
    r->config = config;
    r->queued_ns = queued_ns;
    if (count > ROUTE_CANDIDATES) {
        r->left_out = count - ROUTE_CANDIDATES;
        count = ROUTE_CANDIDATES;
    }
    while ((p = next_preference(mine, count, p)) < own)
        draw_hosts(r, mine, count, (uint16_t)p++, &seed);
    r->is_last = own < UINT32_MAX && r->count == 0;
    if (policy_has(config->policy, POLICY_REMEMBER))
        order_by_promise(r);
    if (config->most > 0 && r->count > config->most) {
        r->left_out += r->count - config->most;
        r->count = config->most;
    }
    bar_by_name(r);
}

static struct candidate *at(struct route *r, size_t k)
{
    assert(k < r->count);
    return &r->candidate[k];
}

void route_opening(struct route *r, size_t k, int64_t now_ns)
{
    struct candidate *c = at(r, k);

    c->state = CANDIDATE_OPENING;
    c->open = true;
    c->since_ns = now_ns;
}

void route_learnt(struct route *r, size_t k, uint32_t has, int64_t now_ns)
{
    struct candidate *c = at(r, k);

    c->has = has;
    c->remembered = false;
    c->since_ns = now_ns;
    c->answered = !(r->config->enforce && c->check == CHECK_FAILS);
    c->state = c->answered ? CANDIDATE_KNOWN : CANDIDATE_BARRED;
}

void route_failed(struct route *r, size_t k, bool permanent)
{
    struct candidate *c = at(r, k);

    c->state = CANDIDATE_FAILED;
    c->permanent = permanent;
    c->open = c->in_use = false;
}

/* Who is left while he is still being called on has failed, for now. */
void route_left(struct route *r, size_t k)
{
    struct candidate *c = at(r, k);

    c->open = false;
    if (c->state == CANDIDATE_OPENING)
        c->state = CANDIDATE_FAILED;
}

void route_using(struct route *r, size_t k)
{
    at(r, k)->in_use = true;
}

void route_spent(struct route *r, size_t k)
{
    struct candidate *c = at(r, k);

    c->state = CANDIDATE_SPENT;
    c->open = c->in_use = false;
}

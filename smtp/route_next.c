/* SPDX-License-Identifier: BSD-2-Clause */
/* Which host next. */
#include "smtp/route.h"

static const struct policy *policy(const struct route *r)
{
    return policy_of(r->config->policy);
}

static bool flagged(const struct route *r, enum policy_flag flag)
{
    return policy_has(r->config->policy, flag);
}

uint32_t route_wants(const struct route_config *c)
{
    return c->need.required | c->need.preferred |
           (c->need.chase ? c->need.performance : 0);
}

uint32_t route_lacks(const struct route_config *c, uint32_t has)
{
    return route_wants(c) & ~has;
}

static bool may_serve(const struct route *r, const struct candidate *c)
{
    const struct route_need *n = &r->config->need;
    uint32_t musts =
        n->required | (flagged(r, POLICY_INSIST) ? n->preferred : 0);

    return c->state == CANDIDATE_KNOWN && (musts & ~c->has) == 0;
}

static bool has_all(const struct route *r, const struct candidate *c)
{
    return c->state == CANDIDATE_KNOWN && route_lacks(r->config, c->has) == 0;
}

typedef bool judgement(const struct route *, const struct candidate *);

/* The first that is judged so; `count`: none is. */
static size_t find(const struct route *r, judgement *is)
{
    size_t k = 0;

    while (k < r->count && !is(r, &r->candidate[k]))
        k++;
    return k;
}

static bool any(const struct route *r, judgement *is)
{
    return find(r, is) < r->count;
}

static bool is_in_use(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->in_use;
}

static bool is_ready(const struct route *r, const struct candidate *c)
{
    return c->open && has_all(r, c);
}

static bool is_opening(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->state == CANDIDATE_OPENING;
}

static bool was_reached(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->answered;
}

static bool is_spent(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->state == CANDIDATE_SPENT;
}

static bool is_known(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->state == CANDIDATE_KNOWN;
}

/* A session that nothing can come of. */
static bool is_idle(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->open && !c->in_use && c->state != CANDIDATE_KNOWN &&
           c->state != CANDIDATE_OPENING;
}

static bool is_open_beside(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->open && !c->in_use;
}

/* Trying again later may help with it. */
static bool may_mend(const struct route *r, const struct candidate *c)
{
    (void)r;
    return c->state == CANDIDATE_SPENT || c->state == CANDIDATE_BARRED ||
           (c->state == CANDIDATE_FAILED && !c->permanent);
}

/* Whether a host may still be tried in this attempt. */
static bool in_bounds(const struct route *r, const struct candidate *c)
{
    size_t reached = find(r, was_reached);
    bool same =
        reached < r->count && r->candidate[reached].preference >= c->preference;

    if (c->state != CANDIDATE_NEW)
        return false;
    if (reached == r->count)
        return true;
    if (policy(r)->search == SEARCH_ALL)
        return true;
    /* A host that has refused for now says nothing against its equals:
     * RFC 5321, 5.1, at least two addresses. */
    return same && (policy(r)->search == SEARCH_EQUALS ||
                    (any(r, is_spent) && !any(r, is_known)));
}

/* Who is settled for: of those that may serve, the first, or the first of
 * those that have most. */
static size_t settle_for(const struct route *r)
{
    size_t best = r->count;
    int most = -1;

    for (size_t k = 0; k < r->count; k++) {
        const struct candidate *c = &r->candidate[k];
        int has = __builtin_popcount(route_wants(r->config) & c->has);

        if (!may_serve(r, c) ||
            (best < r->count && policy(r)->settle == SETTLE_FIRST))
            continue;
        if (has > most) {
            best = k;
            most = has;
        }
    }
    return best;
}

/* Since when there is somebody to go back to; NEVER_NS: there is nobody. */
static int64_t served_since(const struct route *r)
{
    int64_t since_ns = NEVER_NS;

    for (size_t k = 0; k < r->count; k++)
        if (may_serve(r, &r->candidate[k]) &&
            r->candidate[k].since_ns < since_ns)
            since_ns = r->candidate[k].since_ns;
    return since_ns;
}

/* When a sibling is given up on; NEVER_NS: it is not. */
static int64_t patience_ends(const struct route *r, const struct candidate *c)
{
    int64_t from_ns = served_since(r);

    if (from_ns == NEVER_NS || r->config->patience_ns == NEVER_NS)
        return NEVER_NS;
    return (from_ns > c->since_ns ? from_ns : c->since_ns) +
           r->config->patience_ns;
}

/* Whom to give up on now, or how long to wait. */
static struct route_act await(const struct route *r, int64_t now_ns)
{
    struct route_act a = {.kind = ROUTE_WAIT, .at_ns = NEVER_NS};

    for (size_t k = 0; k < r->count; k++) {
        const struct candidate *c = &r->candidate[k];
        int64_t end_ns = is_opening(r, c) ? patience_ends(r, c) : NEVER_NS;

        if (end_ns <= now_ns)
            return (struct route_act){.kind = ROUTE_LEAVE, .k = k};
        if (end_ns < a.at_ns)
            a.at_ns = end_ns;
    }
    return a;
}

/* During a search one lacking session stays open at most, and only where the
 * policy holds it: who would be settled for. SIZE_MAX: there is none to close.
 */
static size_t closable(const struct route *r)
{
    size_t kept = flagged(r, POLICY_HOLD) ? settle_for(r) : SIZE_MAX;

    for (size_t k = 0; k < r->count; k++)
        if (k != kept && r->candidate[k].open && is_known(r, &r->candidate[k]))
            return k;
    return SIZE_MAX;
}

/* The next attempt is not beyond a deadline at which something changes. */
static struct route_act retry(const struct route_config *c, int64_t queued_ns,
                              int64_t now_ns, enum route_why why,
                              int64_t deadline_ns)
{
    int64_t bounce_ns = queued_ns + c->bounce_ns;
    int64_t at_ns = now_ns + c->retry_ns;

    if (now_ns >= bounce_ns)
        return (struct route_act){.kind = ROUTE_BOUNCE, .why = WHY_EXPIRED};
    if (deadline_ns > now_ns && at_ns > deadline_ns)
        at_ns = deadline_ns;
    if (at_ns > bounce_ns)
        at_ns = bounce_ns;
    return (struct route_act){
        .kind = ROUTE_REQUEUE, .at_ns = at_ns, .why = why};
}

struct route_act route_requeue(const struct route_config *c, int64_t queued_ns,
                               int64_t now_ns, enum route_why why)
{
    return retry(c, queued_ns, now_ns, why, NEVER_NS);
}

static enum route_why nobody_why(const struct route *r)
{
    bool barred = r->count > 0;

    for (size_t k = 0; k < r->count; k++)
        barred &= r->candidate[k].state == CANDIDATE_BARRED;
    return any(r, is_spent) ? WHY_TEMPORARY : barred ? WHY_BARRED : WHY_NOBODY;
}

/* Nobody may serve. */
static struct route_act give_up(const struct route *r, int64_t now_ns)
{
    bool lacking = any(r, is_known);

    if (r->is_last)
        return (struct route_act){.kind = ROUTE_BOUNCE, .why = WHY_LOOPS};
    if (lacking && !any(r, may_mend) && !flagged(r, POLICY_REQUEUE))
        return (struct route_act){.kind = ROUTE_BOUNCE, .why = WHY_LACKING};
    if (lacking)
        return route_requeue(r->config, r->queued_ns, now_ns, WHY_LACKING);
    if (!any(r, may_mend))
        return (struct route_act){.kind = ROUTE_BOUNCE, .why = WHY_REFUSED};
    return route_requeue(r->config, r->queued_ns, now_ns, nobody_why(r));
}

/* All have been asked who may be, and none has all that is wanted. */
static struct route_act settle(const struct route *r, int64_t now_ns)
{
    int64_t fallback_ns = r->queued_ns + r->config->fallback_ns;
    size_t k = settle_for(r), open = find(r, is_open_beside);
    bool hope = flagged(r, POLICY_REQUEUE) && now_ns < fallback_ns;

    if (k < r->count && !hope && r->candidate[k].open)
        return (struct route_act){.kind = ROUTE_USE, .k = k};
    if (open < r->count)
        return (struct route_act){.kind = ROUTE_LEAVE, .k = open};
    if (k < r->count && !hope)
        return (struct route_act){.kind = ROUTE_CONNECT, .k = k};
    if (k < r->count)
        return retry(r->config, r->queued_ns, now_ns, WHY_HOPING, fallback_ns);
    return give_up(r, now_ns);
}

/* The search, or the first host of all. */
static struct route_act search(const struct route *r, int64_t now_ns)
{
    size_t next = find(r, in_bounds), close;
    bool parallel = flagged(r, POLICY_PARALLEL) && route_wants(r->config);
    size_t opening = find(r, is_opening);
    bool equal =
        next < r->count && opening < r->count &&
        r->candidate[next].preference == r->candidate[opening].preference;

    if (opening < r->count && !(parallel && equal))
        return await(r, now_ns);
    if (next == r->count)
        return settle(r, now_ns);
    close = closable(r);
    if (close != SIZE_MAX)
        return (struct route_act){.kind = ROUTE_LEAVE, .k = close};
    return (struct route_act){.kind = ROUTE_CONNECT, .k = next};
}

struct route_act route_next(const struct route *r, int64_t now_ns)
{
    size_t ready = find(r, is_ready), idle = find(r, is_idle);

    if (idle < r->count)
        return (struct route_act){.kind = ROUTE_LEAVE, .k = idle};
    if (any(r, is_in_use)) {
        size_t beside = find(r, is_open_beside);

        if (beside < r->count)
            return (struct route_act){.kind = ROUTE_LEAVE, .k = beside};
        return (struct route_act){.kind = ROUTE_WAIT, .at_ns = NEVER_NS};
    }
    if (ready < r->count)
        return (struct route_act){.kind = ROUTE_USE, .k = ready};
    return search(r, now_ns);
}

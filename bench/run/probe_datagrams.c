/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes that send datagrams. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/probe_shots.h"
#include "bench/tell/stats.h"
#include "netem/clock.h"

#define UNSURE_NS                                                              \
    200000 /* who was away so long in sendto(2) cannot say when                \
              the packet left */
#define MARGIN_NS 500000000

static void spoil(struct probe_outcome *o, const struct ferry_report *r)
{
    if (!r->valid)
        probe_refuse(o, "%s", r->why);
}

static void tell_lateness(const struct shots *s, const struct probe *p,
                          struct probe_outcome *o)
{
    double *us = calloc(s->sent, sizeof *us), first = NAN;
    size_t known = 0, unsure = 0;
    struct spread spread;

    if (!us)
        abort();
    for (size_t i = 0; i < s->sent; i++) {
        const struct shot *x = &s->at[i];
        int64_t delay = probe_delay_ns(p, (unsigned)(i % s->links));
        double late = (double)(x->came_ns - x->sent_ns - delay) / 1e3;
        if (x->came_ns == 0)
            continue;
        if (i == 0)
            first = late;
        else if (x->took_ns > UNSURE_NS)
            unsure++;
        else
            us[known++] = fabs(late);
    }
    spread = samples_spread(us, known);
    free(us);
    probe_figure(o, "median_us", spread.median);
    probe_figure(o, "p99_us", spread.p99);
    probe_figure(o, "max_us", spread.max);
    probe_figure(o, "first_us", first);
    probe_figure(o, "lost", (double)(s->sent - s->came));
    probe_figure(o, "unsure", (double)unsure);
}

static int fire_at(struct probe_site *site, const struct probe *p,
                   struct shots *s, struct probe_outcome *o)
{
    if (shots_open(s, site, p, o) == -1)
        return -1;
    shots_volley(s, p);
    shots_await(s, probe_delay_ns(p, site->links) + MARGIN_NS);
    if (s->came > 0)
        return 0;
    return probe_refuse(o, "no packet came through");
}

/* On a site of its own; `r` is the caller's to release. */
static int fire_alone(const struct probe *p, struct shots *s,
                      struct ferry_report *r, struct probe_outcome *o)
{
    struct probe_site site;
    int result = probe_site_open(&site, p, o);

    if (result == 0)
        result = fire_at(&site, p, s, o);
    probe_site_close(&site, r);
    return result;
}

int probe_lateness(const struct probe *p, struct probe_outcome *o)
{
    struct ferry_report r = {.valid = true};
    struct shots s = {.in = -1, .out = -1};
    int result = fire_alone(p, &s, &r, o);

    if (result == 0) {
        tell_lateness(&s, p, o);
        spoil(o, &r);
    }
    ferry_report_release(&r);
    shots_close(&s);
    return result;
}

/* What an ideal road would have waiting: only behind a packet that waited does
 * the next one tell of the rate. A sender that was kept from its work leaves
 * gaps of his own, and those are not counted; nor is one that spans a packet
 * that was lost before the road could read it. */
static size_t waited_gaps(const struct shots *s, int64_t each_ns, double *us)
{
    const struct shot *before = NULL;
    int64_t free_ns = 0;
    size_t gaps = 0;

    for (size_t i = 0; i < s->sent; i++) {
        const struct shot *x = &s->at[i];
        if (x->came_ns == 0) {
            before = NULL;
            continue;
        }
        if (before && x->sent_ns + x->took_ns < free_ns)
            us[gaps++] = (double)(x->came_ns - before->came_ns) / 1e3;
        free_ns = (free_ns > x->sent_ns ? free_ns : x->sent_ns) + each_ns;
        before = x;
    }
    return gaps;
}

static int tell_rate(struct shots *s, const struct probe *p,
                     struct probe_outcome *o)
{
    double each_us = p->bytes * 8e6 / (double)p->rate_bps, sum = 0;
    double *us = calloc(s->sent, sizeof *us);
    struct spread spread;
    size_t gaps;

    if (!us)
        abort();
    gaps = waited_gaps(s, (int64_t)(1e3 * each_us), us);
    for (size_t i = 0; i < gaps; i++) {
        sum += us[i];
        us[i] = fabs(us[i] - each_us);
    }
    spread = samples_spread(us, gaps);
    free(us);
    if (gaps < s->sent / 2)
        return probe_refuse(o, "the sender was too slow for this rate");
    probe_figure(o, "error_pct",
                 fabs(100 * ((double)gaps * each_us / sum - 1)));
    probe_figure(o, "spacing_us", spread.median);
    probe_figure(o, "spacing_p99_us", spread.p99);
    probe_figure(o, "lost", (double)(s->sent - s->came));
    return 0;
}

int probe_rate(const struct probe *p, struct probe_outcome *o)
{
    struct ferry_report r = {.valid = true};
    struct shots s = {.in = -1, .out = -1};
    int result = fire_alone(p, &s, &r, o);

    if (result == 0)
        result = tell_rate(&s, p, o);
    if (result == 0)
        spoil(o, &r);
    ferry_report_release(&r);
    shots_close(&s);
    return result;
}

static void tell_load(const struct shots *s, const struct ferry_report *r,
                      struct probe_outcome *o)
{
    double out = (double)r->way[FERRY_UP].packets_out;
    double in = (double)r->way[FERRY_UP].packets_in;

    probe_figure(o, "kpps", 1e6 * out / (double)(s->last_ns - s->first_ns));
    probe_figure(o, "cpu_us", (double)r->cpu_ns / 1e3 / out);
    if (out > 0 && r->cpu_ns > 0) /* if nothing else held it up */
        probe_figure(o, "core_kpps", 1e6 * out / (double)r->cpu_ns);
    probe_figure(o, "lost", (double)s->sent - in);
    probe_figure(o, "capture_lost", (double)r->capture_lost);
    probe_figure(o, "late_p50_us", (double)r->way[FERRY_UP].late_p50_ns / 1e3);
    probe_figure(o, "late_p99_us", (double)r->way[FERRY_UP].late_p99_ns / 1e3);
}

/* As fast as sendmmsg(2) goes; what the road has no room for is lost. */
static void flood(struct shots *s, const struct probe *p)
{
    for (unsigned i = 0; i < p->count; i++) {
        shots_fire(s, p->burst);
        if (i % 8 == 0)
            shots_collect(s);
    }
}

static int load(const struct probe *p, struct probe_outcome *o,
                void (*fire)(struct shots *, const struct probe *), bool spare)
{
    struct ferry_report r = {.valid = true};
    struct probe_site site;
    struct shots s = {.in = -1, .out = -1};
    int result = probe_site_open(&site, p, o);

    if (result == 0)
        result = shots_open(&s, &site, p, o);
    if (result == 0) {
        fire(&s, p);
        shots_await(&s, p->delay_ns + MARGIN_NS / 4);
    }
    probe_site_close(&site, &r);
    if (result == 0 && s.came == 0)
        result = probe_refuse(o, "no packet came through");
    if (result == 0) {
        tell_load(&s, &r, o);
        if (!spare)
            spoil(o, &r);
    }
    ferry_report_release(&r);
    shots_close(&s);
    return result;
}

int probe_flood(const struct probe *p, struct probe_outcome *o)
{
    return load(p, o, flood, true);
}

int probe_steady(const struct probe *p, struct probe_outcome *o)
{
    return load(p, o, shots_volley, false);
}

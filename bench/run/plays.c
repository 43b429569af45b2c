/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines that are dialogues: each is played in every world. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/book.h"
#include "bench/run/ns3.h"
#include "smtp/strategy.h"

__attribute__((format(printf, 2, 3))) static void fails(struct claim_line *l,
                                                        const char *format, ...)
{
    va_list args;

    if (l->verdict == CLAIM_FAILS)
        return; /* the first reason is the one that is told */
    va_start(args, format);
    vsnprintf(l->note, sizeof l->note, format, args);
    va_end(args);
    l->verdict = CLAIM_FAILS;
}

static int dialogue_scenario(const struct dialogue *d, enum world world,
                             struct scenario *s, char why[SCENARIO_WHY])
{
    scenario_init(s);
    s->mode = d->mode;
    s->helo = d->helo;
    s->world = world;
    if (d->filter) {
        s->ask.strategy = STRATEGY_S3 + 1;
        s->ask.filters = strdup(d->filter);
        s->ask.forms = strdup(d->form);
    }
    return scenario_finish(s, why);
}

static void play_ideally(const struct dialogue *d, struct claim_line *l)
{
    char why[SCENARIO_WHY];
    struct scenario s;
    struct tally t = {0};

    if (dialogue_scenario(d, WORLD_IDEAL, &s, why) < 0 ||
        dialogue_replay(d, &s, &t, why) < 0)
        fails(l, "ideal: %.200s", why);
    else if (t.turnarounds != d->turnarounds)
        fails(l, "ideal: %zu turnarounds", t.turnarounds);
    snprintf(l->ideal, sizeof l->ideal, "%zu", t.turnarounds);
    scenario_release(&s);
}

/* Over TCP the packets are counted, and the bytes of each side. */
static void check_play(const struct dialogue *d, const struct tally *t,
                       size_t in_capture, const char *world,
                       struct claim_line *l)
{
    if (t->turnarounds != d->turnarounds || in_capture != d->turnarounds)
        fails(l, "%s: %zu turnarounds, %zu in the capture", world,
              t->turnarounds, in_capture);
    else if (t->bytes_out != dialogue_bytes(d, 'C') ||
             t->bytes_in != dialogue_bytes(d, 'S'))
        fails(l, "%s: %llu bytes said and %llu heard, printed %zu and %zu",
              world, (unsigned long long)t->bytes_out,
              (unsigned long long)t->bytes_in, dialogue_bytes(d, 'C'),
              dialogue_bytes(d, 'S'));
}

static void play_over_ns3(const struct dialogue *d, struct claim_line *l)
{
    char why[NS3_RUN_WHY] = "out of memory";
    struct ns3_run r;
    struct scenario s;
    struct cast c;

    if (dialogue_scenario(d, WORLD_NS3, &s, why) == 0 &&
        dialogue_cast(&c, &s, d) == 0) {
        int result = ns3_deliver(&c, 1, NULL, &r, why);

        if (result < 0 || !r.counted)
            fails(l, "ns3: %.200s", result < 0 ? why : r.why);
        else
            check_play(d, &r.tally, r.turnarounds_in_capture, "ns3", l);
        snprintf(l->ns3, sizeof l->ns3, "%zu", r.tally.turnarounds);
        cast_release(&c);
    }
    scenario_release(&s);
}

static void play_really(const struct dialogue *d, struct claim_line *l)
{
    char why[KERNEL_WHY];
    struct kernel_run k;
    struct scenario s;
    struct cast c;

    if (dialogue_scenario(d, WORLD_KERNEL, &s, why) == 0 &&
        dialogue_cast(&c, &s, d) == 0) {
        if (kernel_deliver(&c, NULL, &k, why) == 0) {
            snprintf(l->kernel, sizeof l->kernel, "%zu", k.tally.turnarounds);
            if (k.counted)
                check_play(d, &k.tally, k.turnarounds_in_capture, "kernel", l);
            else
                fails(l, "kernel: %.200s", k.why);
            kernel_release(&k);
        } else {
            fails(l, "kernel: %.200s", why);
        }
        cast_release(&c);
    }
    scenario_release(&s);
}

static void tell_skipped(const struct book *b, struct claim_line *l)
{
    if (!b->ns3)
        snprintf(l->ns3, sizeof l->ns3, "skipped");
    if (!b->kernel)
        snprintf(l->kernel, sizeof l->kernel, "skipped");
}

void book_play(struct book *b, size_t n)
{
    struct entry *e = &b->entry[n];

    play_ideally(e->dialogue, &e->line);
    if (b->ns3)
        play_over_ns3(e->dialogue, &e->line);
    if (b->kernel)
        play_really(e->dialogue, &e->line);
    tell_skipped(b, &e->line);
}

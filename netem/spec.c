/* SPDX-License-Identifier: BSD-2-Clause */
/* tc-netem's words -> what a link does: the table of words, and how they go
 * together. What each takes is in spec_words.c. */
#include "netem/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netem/preset.h"
#include "netem/spec_words.h"

#define PHASES_MOST 1000

static int take_at(struct spec_reader *);

/* clang-format off */
static const struct word {
    const char *name;
    int (*take)(struct spec_reader *);
    enum spec_seen seen; /* SEEN_MANY: may come often */
    enum { ALWAYS, AT_START, LATER } when;
} words[] = {
    {"delay",        spec_take_delay,        SEEN_DELAY,        ALWAYS},
    {"distribution", spec_take_distribution, SEEN_DISTRIBUTION, ALWAYS},
    {"ordered",      spec_take_ordered,      SEEN_ORDERED,      ALWAYS},
    {"loss",         spec_take_loss,         SEEN_LOSS,         ALWAYS},
    {"ecn",          spec_take_ecn,          SEEN_ECN,          AT_START},
    {"corrupt",      spec_take_corrupt,      SEEN_CORRUPT,      ALWAYS},
    {"duplicate",    spec_take_duplicate,    SEEN_DUPLICATE,    ALWAYS},
    {"reorder",      spec_take_reorder,      SEEN_REORDER,      ALWAYS},
    {"gap",          spec_take_gap,          SEEN_GAP,          ALWAYS},
    {"rate",         spec_take_rates,        SEEN_RATE,         ALWAYS},
    {"limit",        spec_take_limit,        SEEN_LIMIT,        AT_START},
    {"slot",         spec_take_slot,         SEEN_SLOT,         AT_START},
    {"seed",         spec_take_seed,         SEEN_SEED,         AT_START},
    {"queue",        spec_take_queue,        SEEN_QUEUE,        AT_START},
    {"drop",         spec_take_drop,         SEEN_MANY,         AT_START},
    {"at",           take_at,                SEEN_MANY,         ALWAYS},
    {"outage",       spec_take_outage,       SEEN_OUTAGE,       LATER},
};
/* clang-format on */

#define WORDS (sizeof words / sizeof *words)

static const struct word *find_word(const struct spec_word *w)
{
    for (size_t i = 0; i < WORDS; i++)
        if (spec_word_is(w, words[i].name))
            return &words[i];
    return NULL;
}

/* Appends " name" for every word that may come `when`. */
static void list_words(char *list, size_t size, int except)
{
    size_t n = 0;

    list[0] = 0;
    for (size_t i = 0; i < WORDS && n < size; i++)
        if ((int)words[i].when != except)
            n += (size_t)snprintf(list + n, size - n, "%s%s", n ? ", " : "",
                                  words[i].name);
}

static int refuse_unknown(struct spec_reader *r, const struct spec_word *w)
{
    char list[200];

    r->name = "link";
    list_words(list, sizeof list, r->since.at ? AT_START : LATER);
    if (preset_find(w->at, w->len) || spec_word_is(w, "preset"))
        return spec_refuse_value(r, w, "a preset behind other words",
                                 "a preset as the first word only");
    if (memchr(w->at, '=', w->len))
        return spec_refuse_value(r, w, "an option without its queue",
                                 "options right behind queue droptail, "
                                 "drophead or codel");
    if (spec_word_first(r, w))
        return spec_refuse_value(r, w,
                                 "which is no word of the road, and no preset "
                                 "(as lan or geo)",
                                 list);
    return spec_refuse_value(r, w, "which is no word of the road", list);
}

static int take_word(struct spec_reader *r)
{
    struct spec_word w = spec_read_word(r);
    const struct word *word = find_word(&w);
    char list[200];

    if (!word)
        return refuse_unknown(r, &w);
    r->name = word->name;
    if (word->when == AT_START && r->since.at) {
        list_words(list, sizeof list, AT_START);
        return spec_refuse_value(r, &w, "which cannot change on the way", list);
    }
    if (word->when == LATER && !r->since.at)
        return spec_refuse_value(r, &w, "which needs a time before it",
                                 "at TIME outage TIME");
    if (word->seen != SEEN_MANY) {
        if (r->seen[word->seen].at)
            return spec_refuse(
                r, &w,
                "%s: given twice, first in column %zu; "
                "accepted: once%s",
                word->name, (size_t)(r->seen[word->seen].at - r->text) + 1,
                word->when == ALWAYS ? ", and after each at" : "");
        r->seen[word->seen] = w;
    }
    return word->take(r);
}

/* The word of this phase to blame, one of two, or its `at`. */
static const struct spec_word *blame(const struct spec_reader *r,
                                     enum spec_seen first, enum spec_seen next)
{
    return r->seen[first].at  ? &r->seen[first]
           : r->seen[next].at ? &r->seen[next]
                              : &r->since;
}

/* What only makes sense together, once a phase is whole. */
static int check_phase(struct spec_reader *r)
{
    struct link_phase *p = r->phase;
    struct link_delay *d = &p->delay;

    if (d->jitter_ns == 0 &&
        (r->seen[SEEN_DISTRIBUTION].at || r->seen[SEEN_ORDERED].at))
        return spec_refuse(r, blame(r, SEEN_DISTRIBUTION, SEEN_ORDERED),
                           "%s: there is no jitter; accepted: with delay TIME "
                           "JITTER, both above 0",
                           r->seen[SEEN_DISTRIBUTION].at ? "distribution"
                                                         : "ordered");
    if (p->reorder.chance.pct > 0 && p->reorder.gap == 0)
        p->reorder.gap = 1;
    if (p->reorder.gap && p->reorder.chance.pct == 0) {
        if (r->seen[SEEN_REORDER].at || !r->seen[SEEN_GAP].at)
            p->reorder.gap = 0;
        else
            p->reorder.chance.pct = 100;
    }
    if (p->reorder.gap && d->ns == 0)
        return spec_refuse(r, blame(r, SEEN_REORDER, SEEN_GAP),
                           "reorder: there is no delay that a packet could "
                           "escape; accepted: with delay TIME above 0");
    return 0;
}

static bool any_loss(const struct link_params *p)
{
    bool some = p->base.loss.model != LINK_LOSS_NONE;

    for (size_t i = 0; i < p->change_count; i++)
        some = some || p->change[i].loss.model != LINK_LOSS_NONE;
    return some;
}

/* Ends a phase: a change that changes nothing is forgotten. */
static int end_phase(struct spec_reader *r)
{
    struct link_params *p = r->params;
    size_t n = p->change_count;

    if (check_phase(r) < 0)
        return -1;
    if (n > 0 && !p->change[n - 1].outage_ns &&
        spec_phase_same(&p->change[n - 1],
                        n > 1 ? &p->change[n - 2] : &p->base))
        p->change_count--;
    return 0;
}

static int take_at(struct spec_reader *r)
{
    struct link_params *p = r->params;
    struct spec_word at = r->word;
    struct link_phase next;
    int64_t last_ns = r->phase->from_ns;
    bool first = !r->since.at;

    if (end_phase(r) < 0)
        return -1;
    r->name = "at";
    next = p->change_count ? p->change[p->change_count - 1] : p->base;
    next.outage_ns = 0;
    if (spec_take_time(r, &next.from_ns) < 0)
        return -1;
    if (!first && next.from_ns <= last_ns)
        return spec_refuse_value(r, &at, "which is not after the at before it",
                                 "times that rise");
    if (p->change_count == PHASES_MOST)
        return spec_refuse_value(r, &at, "one too many",
                                 "at most 1000 changes; or a rate trace");
    if (!r->word.len || spec_word_is(&r->word, "at"))
        return spec_refuse_value(r, &r->word, "so nothing changes",
                                 "at TIME and what holds from then on");
    memset(r->seen, 0, SEEN_OUTAGE * sizeof *r->seen);
    r->seen[SEEN_OUTAGE].at = NULL;
    r->since = at;
    p->change = spec_more(p->change, p->change_count, sizeof next);
    r->phase = &p->change[p->change_count++];
    *r->phase = next;
    return 0;
}

/* Fills the first phase from a preset, if one leads. */
static int take_preset(struct spec_reader *r)
{
    struct spec_word w = r->word;
    struct spec_reader inner = *r;
    const struct preset *p;
    char accepted[120] = "";
    bool called = spec_word_is(&w, "preset");

    if (called) {
        spec_read_word(r);
        w = r->word;
    }
    p = preset_find(w.at, w.len);
    if (!p && !called)
        return 0;
    r->name = "preset";
    for (size_t i = 0, n = 0; presets[i].name; i++)
        n += (size_t)snprintf(accepted + n, sizeof accepted - n, "%s%s",
                              i ? ", " : "", presets[i].name);
    if (!p)
        return spec_refuse_value(r, &w, "which is not known", accepted);
    spec_read_word(r);
    spec_read_start(&inner, p->words);
    while (inner.word.len)
        if (take_word(&inner) < 0)
            return -1;
    return 0;
}

static int parse(struct spec_reader *r)
{
    struct link_params *p = r->params;

    if (take_preset(r) < 0)
        return -1;
    while (r->word.len)
        if (take_word(r) < 0)
            return -1;
    if (end_phase(r) < 0)
        return -1;
    if (p->ecn && !any_loss(p) && p->queue.discipline != LINK_QUEUE_CODEL)
        return spec_refuse(r, &r->seen[SEEN_ECN],
                           "ecn: there is nothing to mark instead of; "
                           "accepted: with loss or queue codel");
    return 0;
}

int spec_parse_with(const char *text, struct link_params *p,
                    struct spec_error *error, spec_fetch *fetch, void *arg)
{
    struct spec_reader r = {.params = p,
                            .phase = &p->base,
                            .error = error,
                            .fetch = fetch,
                            .fetch_arg = arg};

    memset(p, 0, sizeof *p);
    memset(error, 0, sizeof *error);
    spec_read_start(&r, text);
    if (parse(&r) == 0)
        return 0;
    spec_release(p);
    return -1;
}

void spec_release(struct link_params *p)
{
    for (size_t i = 0; i < p->predicate_count; i++)
        free(p->predicate[i].what);
    for (size_t i = 0; i < p->table_count; i++) {
        free(p->table[i]->path);
        free(p->table[i]->value);
        free(p->table[i]);
    }
    for (size_t i = 0; i < p->trace_count; i++) {
        free(p->trace[i]->path);
        free(p->trace[i]->at_ms);
        free(p->trace[i]);
    }
    free(p->change);
    free(p->drop);
    free(p->predicate);
    free(p->table);
    free(p->trace);
    memset(p, 0, sizeof *p);
}

void spec_point(char *out, size_t size, const char *text,
                const struct spec_error *e)
{
    int indent = (int)e->column - 1;

    snprintf(out, size, "column %zu: %s\n  %s\n  %*s^", e->column, e->text,
             text, indent, "");
}

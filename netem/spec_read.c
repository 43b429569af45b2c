/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parser reads with: see spec_read.h. */
#include "netem/spec_read.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netem/series.h"
#include "netem/value.h"

#define SHOWN 40 /* of a word, in a message */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void advance(struct spec_reader *r)
{
    while (blank(*r->at))
        r->at++;
    r->word.at = r->at;
    while (*r->at && !blank(*r->at))
        r->at++;
    r->word.len = (size_t)(r->at - r->word.at);
}

void spec_read_start(struct spec_reader *r, const char *text)
{
    r->text = r->at = text;
    advance(r);
}

struct spec_word spec_read_word(struct spec_reader *r)
{
    struct spec_word word = r->word;

    advance(r);
    return word;
}

bool spec_word_is(const struct spec_word *w, const char *text)
{
    return strlen(text) == w->len && memcmp(w->at, text, w->len) == 0;
}

bool spec_word_first(const struct spec_reader *r, const struct spec_word *w)
{
    const char *at = r->text;

    while (blank(*at))
        at++;
    return w->at == at;
}

bool spec_value_next(const struct spec_reader *r)
{
    return r->word.len > 0 && strchr("0123456789.-+", *r->word.at);
}

int spec_refuse(struct spec_reader *r, const struct spec_word *w,
                const char *format, ...)
{
    va_list args;

    r->error->column = (size_t)(w->at - r->text) + 1;
    va_start(args, format);
    vsnprintf(r->error->text, sizeof r->error->text, format, args);
    va_end(args);
    return -1;
}

int spec_refuse_value(struct spec_reader *r, const struct spec_word *w,
                      const char *wrong, const char *accepted)
{
    char shown[SHOWN + 1];
    size_t n = w->len < SHOWN ? w->len : SHOWN;

    if (!w->len)
        return spec_refuse(r, w, "%s: nothing follows; accepted: %s", r->name,
                           accepted);
    for (size_t i = 0; i < n; i++)
        shown[i] = w->at[i] > ' ' && w->at[i] <= '~' ? w->at[i] : '?';
    shown[n] = 0;
    return spec_refuse(r, w, "%s: \"%s\"%s, %s; accepted: %s", r->name, shown,
                       w->len > n ? "..." : "", wrong, accepted);
}

static int judge(struct spec_reader *r, const struct spec_word *w,
                 const char *wrong, const char *accepted)
{
    return wrong ? spec_refuse_value(r, w, wrong, accepted) : 0;
}

int spec_take_time(struct spec_reader *r, int64_t *ns)
{
    struct spec_word w = spec_read_word(r);

    return judge(r, &w, value_time(w.at, w.len, ns), VALUE_TIME);
}

int spec_take_rate(struct spec_reader *r, uint64_t *bps)
{
    struct spec_word w = spec_read_word(r);

    return judge(r, &w, value_rate(w.at, w.len, bps),
                 VALUE_RATE "; or trace FILE, or unlimited");
}

int spec_take_percent(struct spec_reader *r, double *pct)
{
    struct spec_word w = spec_read_word(r);

    return judge(r, &w, value_percent(w.at, w.len, pct), VALUE_PERCENT);
}

int spec_take_chance(struct spec_reader *r, struct link_chance *c)
{
    *c = (struct link_chance){0, 0};
    if (spec_take_percent(r, &c->pct) < 0)
        return -1;
    if (spec_value_next(r) && spec_take_percent(r, &c->corr_pct) < 0)
        return -1;
    if (c->pct == 0)
        c->corr_pct = 0;
    return 0;
}

int spec_take_count(struct spec_reader *r, int64_t least, int64_t most,
                    int64_t *value)
{
    struct spec_word w = spec_read_word(r);
    char accepted[80];

    snprintf(accepted, sizeof accepted,
             "a whole number from %" PRId64 " to %" PRId64, least, most);
    return judge(r, &w, value_count(w.at, w.len, least, most, value), accepted);
}

void *spec_more(void *list, size_t count, size_t size)
{
    list = realloc(list, (count + 1) * size);
    if (!list)
        abort();
    return list;
}

/* The text of the file that a word names; the caller frees it and the path. */
static int fetch(struct spec_reader *r, const struct spec_word *w,
                 const char *accepted, char **path, char **text, size_t *len)
{
    char why[SERIES_WHY] = "no files are read here", wrong[SERIES_WHY + 24];

    if (!w->len)
        return spec_refuse_value(r, w, "", accepted);
    *path = strndup(w->at, w->len);
    if (!*path)
        abort();
    if (r->fetch &&
        r->fetch(r->fetch_arg, *path, text, len, why, sizeof why) == 0)
        return 0;
    free(*path);
    snprintf(wrong, sizeof wrong, "which cannot be read: %s", why);
    return spec_refuse_value(r, w, wrong, accepted);
}

static int refuse_series(struct spec_reader *r, const struct spec_word *w,
                         const char *why)
{
    return spec_refuse(r, w, "%s: %.*s%s: %s", r->name,
                       (int)(w->len < SHOWN ? w->len : SHOWN), w->at,
                       w->len > SHOWN ? "..." : "", why);
}

static int take_table(struct spec_reader *r, const struct spec_word *w,
                      const char *accepted, const struct link_table **found)
{
    struct link_params *p = r->params;
    struct link_table *t, read = {0};
    char *text, why[SERIES_WHY];
    size_t len;
    int result;

    for (size_t i = 0; i < p->table_count; i++)
        if (spec_word_is(w, p->table[i]->path)) {
            *found = p->table[i];
            return 0;
        }
    if (fetch(r, w, accepted, &read.path, &text, &len) < 0)
        return -1;
    result = series_table(text, len, &read, why);
    free(text);
    if (result < 0) {
        free(read.path);
        return refuse_series(r, w, why);
    }
    t = spec_more(NULL, 0, sizeof *t);
    *t = read;
    p->table = spec_more(p->table, p->table_count, sizeof t);
    *found = p->table[p->table_count++] = t;
    return 0;
}

int spec_take_scatter(struct spec_reader *r, struct link_scatter *s)
{
    static const char *const names[] = {
#define X(name, text) text,
        LINK_SPREADS(X)
#undef X
    };
    struct spec_word w = spec_read_word(r);

    s->table = NULL;
    for (s->spread = LINK_UNIFORM; s->spread < LINK_SPREAD_FILE; s->spread++)
        if (spec_word_is(&w, names[s->spread]))
            return 0;
    return take_table(r, &w,
                      "uniform, normal, pareto, paretonormal or the path of a "
                      "table such as iproute2's .dist files",
                      &s->table);
}

int spec_take_trace(struct spec_reader *r, const struct link_trace **found)
{
    struct spec_word w = spec_read_word(r);
    struct link_params *p = r->params;
    struct link_trace *t, read = {0};
    char *text, why[SERIES_WHY];
    size_t len;
    int result;

    for (size_t i = 0; i < p->trace_count; i++)
        if (spec_word_is(&w, p->trace[i]->path)) {
            *found = p->trace[i];
            return 0;
        }
    if (fetch(r, &w, "the path of a mahimahi trace", &read.path, &text, &len) <
        0)
        return -1;
    result = series_trace(text, len, &read, why);
    free(text);
    if (result < 0) {
        free(read.path);
        return refuse_series(r, &w, why);
    }
    t = spec_more(NULL, 0, sizeof *t);
    *t = read;
    p->trace = spec_more(p->trace, p->trace_count, sizeof t);
    *found = p->trace[p->trace_count++] = t;
    return 0;
}

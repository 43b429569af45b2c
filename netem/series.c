/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that files hold: see series.h. */
#include "netem/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netem/value.h"

struct cursor {
    const char *at, *end;
    size_t line; /* of `at`, from 1 */
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next run of anything but blanks; `len` 0: the text has ended. */
static size_t next_token(struct cursor *c, const char **token)
{
    bool comment = false;

    for (; c->at < c->end && (comment || blank(*c->at) || *c->at == '#');
         c->at++) {
        comment = *c->at != '\n' && (comment || *c->at == '#');
        c->line += *c->at == '\n';
    }
    *token = c->at;
    while (c->at < c->end && !blank(*c->at))
        c->at++;
    return (size_t)(c->at - *token);
}

static int refuse(char *why, size_t line, const char *token, size_t len,
                  const char *wrong, const char *accepted)
{
    char found[24];
    size_t n = len < sizeof found ? len : sizeof found - 1;

    for (size_t i = 0; i < n; i++)
        found[i] = token[i] > ' ' && token[i] <= '~' ? token[i] : '?';
    found[n] = 0;
    snprintf(why, SERIES_WHY, "line %zu: \"%s\"%s, %s; accepted: %s", line,
             found, len > n ? "..." : "", wrong, accepted);
    return -1;
}

static int by_value(const void *a, const void *b)
{
    return *(const int16_t *)a - *(const int16_t *)b;
}

/* Fills `value`, which has room for the most there may be. */
static int read_table(struct cursor *c, int16_t *value, size_t *count,
                      char *why)
{
    const char *token, *wrong;
    size_t len;
    int64_t v;

    while ((len = next_token(c, &token)) > 0) {
        wrong = value_count(token, len, INT16_MIN, INT16_MAX, &v);
        if (!wrong && *count == SERIES_TABLE_MOST)
            wrong = "which is one too many";
        if (wrong)
            return refuse(why, c->line, token, len, wrong,
                          "at most 16384 whole numbers from -32768 to 32767");
        value[(*count)++] = (int16_t)v;
    }
    if (*count == 0) {
        snprintf(why, SERIES_WHY,
                 "it holds no number; accepted: a table of "
                 "whole numbers, 8192 for one sigma");
        return -1;
    }
    return 0;
}

int series_table(const char *text, size_t len, struct link_table *t,
                 char why[SERIES_WHY])
{
    struct cursor c = {text, text + len, 1};
    int16_t *value = malloc(SERIES_TABLE_MOST * sizeof *value);
    size_t count = 0;

    if (!value)
        abort();
    if (read_table(&c, value, &count, why) < 0) {
        free(value);
        return -1;
    }
    qsort(value, count, sizeof *value, by_value);
    t->value = value;
    t->count = count;
    return 0;
}

static const char *trace_line(const char *line, size_t len, uint32_t last,
                              uint32_t *ms)
{
    int64_t v;
    const char *wrong = value_count(line, len, 0, UINT32_MAX, &v);

    if (!wrong && v < last)
        wrong = "which is before the line above it";
    if (!wrong)
        *ms = (uint32_t)v;
    return wrong;
}

static int read_trace(const char *text, size_t size, struct link_trace *t,
                      char *why)
{
    const char *end = text + size, *stop, *wrong;

    while (text < end) {
        size_t len;

        stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        len = (size_t)(stop - text);
        len -= len > 0 && text[len - 1] == '\r';
        wrong = trace_line(text, len, t->count ? t->at_ms[t->count - 1] : 0,
                           &t->at_ms[t->count]);
        if (wrong)
            return refuse(why, t->count + 1, text, len, wrong,
                          "whole milliseconds, a line each, never falling");
        t->count++;
        text = stop + 1;
    }
    if (t->count && t->at_ms[t->count - 1] > 0)
        return 0;
    snprintf(why, SERIES_WHY,
             "it lasts no time; accepted: a line of whole "
             "milliseconds for each packet, the last above 0");
    return -1;
}

int series_trace(const char *text, size_t len, struct link_trace *t,
                 char why[SERIES_WHY])
{
    size_t lines = 1;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    t->count = 0;
    t->at_ms = malloc(lines * sizeof *t->at_ms);
    if (!t->at_ms)
        abort();
    if (read_trace(text, len, t, why) == 0)
        return 0;
    free(t->at_ms);
    t->at_ms = NULL;
    t->count = 0;
    return -1;
}

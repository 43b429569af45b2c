/* SPDX-License-Identifier: BSD-2-Clause */
/* The plot of a sweep: time over whatever varied most, beside the mode. */
#include "bench/tell/conditions.h"
#include "bench/tell/plot_lines.h"
#include "bench/tell/varied.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row, under what else was set. */
struct swept {
    const struct row *row;
    struct sample sample;
    char rest[400];
};

static bool swept_of(const struct row *r, const char *name, struct swept *s)
{
    char unit[VARIED_UNIT], some[400];
    struct varied v;

    if (r->valid != FLAG_TRUE || !r->outcome ||
        strncmp(r->outcome, "delivered", 9) != 0 ||
        !varied_get(r->varied, name, &v))
        return false;
    s->row = r;
    s->sample = (struct sample){.x = varied_number(v.value, unit),
                                .y = r->closed_ms,
                                .floor = r->floor_ms,
                                .waits = (double)r->turnarounds};
    series_of(r, s->sample.series);
    varied_without(r->varied, name, "mode", some, sizeof some);
    snprintf(s->rest, sizeof s->rest, "%s", some);
    return !isnan(s->sample.x) && !isnan(s->sample.y);
}

/* The name whose values are the most numbers, the RTT apart, which has a plot
 * of its own. Fewer than three make no curve. */
static bool swept_name(const struct rows *rows, struct varied *best,
                       char unit[VARIED_UNIT])
{
    double n[64], most = 2;
    const char *at = NULL;
    struct varied v, other;

    for (size_t i = 0; i < rows->count && !at; i++)
        at = rows->row[i].varied;
    while (at && varied_next(&at, &v)) {
        size_t count = 0, k;

        for (size_t i = 0; i < rows->count && count < 64; i++) {
            if (!varied_get(rows->row[i].varied, v.name, &other))
                continue;
            n[count] = varied_number(other.value, unit);
            for (k = 0; k < count && n[k] != n[count]; k++)
                continue;
            count += k == count && !isnan(n[count]);
        }
        if ((double)count > most && strcmp(v.name, "rtt") != 0) {
            most = (double)count;
            *best = v;
        }
    }
    if (most > 2)
        varied_number(best->value, unit);
    return most > 2;
}

static int by_rest(const void *a, const void *b)
{
    const struct swept *p = a, *q = b;
    int order = strcmp(p->rest, q->rest);

    return order ? order : sample_order(&p->sample, &q->sample);
}

/* The largest run that shares the rest, and of such the one with an RTT
 * nearest to 200 ms. Its samples go to the front of `to`, and what all of it
 * has in common to `which`. */
static size_t swept_best(struct swept *s, size_t count, struct sample *to,
                         char *which, size_t which_size)
{
    const struct row **row = calloc(count + 1, sizeof *row);
    size_t best = 0, first = 0;
    char *agreed;

    if (!row)
        abort();
    qsort(s, count, sizeof *s, by_rest);
    for (size_t at = 0, n; at < count; at += n) {
        for (n = 1; at + n < count; n++)
            if (strcmp(s[at].rest, s[at + n].rest) != 0)
                break;
        if (n > best || (n == best && fabs(s[at].row->rtt_ms - 200) <
                                          fabs(s[first].row->rtt_ms - 200))) {
            best = n;
            first = at;
        }
    }
    for (size_t i = 0; i < best; i++) {
        to[i] = s[first + i].sample;
        row[i] = s[first + i].row;
    }
    agreed = conditions_agreed(row, best);
    snprintf(which, which_size, "%s", agreed);
    free(agreed);
    free(row);
    return best;
}

bool time_by_swept_write(const struct plot *p, const struct rows *rows,
                         struct plot_page *page, char *why, size_t why_size)
{
    struct swept *s = calloc(rows->count + 1, sizeof *s);
    struct sample *one = calloc(rows->count + 1, sizeof *one);
    struct lines lines = {.y_label = "first SYN to last reply, ms"};
    char unit[VARIED_UNIT], label[VARIED_NAME + VARIED_UNIT + 4], which[400];
    size_t count = 0;
    struct varied v;

    if (!s || !one)
        abort();
    if (swept_name(rows, &v, unit))
        for (size_t i = 0; i < rows->count; i++)
            count += swept_of(&rows->row[i], v.name, &s[count]);
    if (count > 0) {
        count = swept_best(s, count, one, which, sizeof which);
        snprintf(label, sizeof label, "%s%s%s", v.name, *unit ? ", " : "",
                 unit);
        lines.x_label = label;
        snprintf(page->sub, sizeof page->sub,
                 "points: medians with quartiles; lines: the floor%s%s",
                 *which ? "; " : "", which);
        lines_draw(&lines, p, one, count, page);
    } else {
        snprintf(why, why_size,
                 "no sweep over three or more numbers other than the RTT");
    }
    free(s);
    free(one);
    return count > 0;
}

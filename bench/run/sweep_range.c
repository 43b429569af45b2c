/* SPDX-License-Identifier: BSD-2-Clause */
/* From, to and step as a list of values: of times, of octets where a parameter
 * is so many, or of numbers that have the same unit, whatever that is. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/sweep.h"
#include "netem/value.h"

#define BILLION INT64_C(1000000000)
#define LARGEST (INT64_MAX / 4)

/* A number in billionths of its unit; or a time in nanoseconds; or octets. */
struct quantity {
    int64_t n;
    const char *unit; /* in the text; unused for times */
};

static int read_number(const char *text, struct quantity *q)
{
    int64_t scale = BILLION;
    bool point = false;
    const char *at = text;

    q->n = 0;
    for (; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        if (*at == '.') {
            point = true;
            continue;
        }
        if (point)
            scale /= 10;
        if (scale == 0 || (!point && q->n > LARGEST / 10 - BILLION))
            return -1;
        q->n = point ? q->n : q->n * 10;
        q->n += (*at - '0') * (point ? scale : BILLION);
    }
    q->unit = at;
    return at == text ? -1 : 0;
}

static int read_time(const char *text, struct quantity *q)
{
    return value_time(text, strlen(text), &q->n) ? -1 : 0;
}

static int read_size(const char *text, struct quantity *q)
{
    q->unit = text + strspn(text, "0123456789");
    return value_bytes(text, strlen(text), &q->n) ? -1 : 0;
}

enum kind { NUMBERS, TIMES, SIZES };

static char *print(const struct quantity *q, int64_t n, enum kind kind)
{
    char room[80], *text;
    size_t len;

    if (kind != NUMBERS) {
        if (kind == TIMES)
            value_print_time(room, n);
        else
            value_print_bytes(room, n, q->unit);
        return strdup(room);
    }
    snprintf(room, sizeof room, "%lld.%09lld", (long long)(n / BILLION),
             (long long)(n % BILLION));
    len = strlen(room);
    while (room[len - 1] == '0')
        len--;
    len -= room[len - 1] == '.';
    if (asprintf(&text, "%.*s%s", (int)len, room, q->unit) < 0)
        return NULL;
    return text;
}

struct range {
    struct quantity from, to, step;
    double factor; /* 0: steps are added */
    enum kind kind;
};

static int refuse(char why[SWEEP_WHY], const char *name, const char *what,
                  const char *found, const char *wanted)
{
    snprintf(why, SWEEP_WHY, "%s: %s: found \"%.80s\", wanted %s", name, what,
             found, wanted);
    return -1;
}

static int read_one(enum kind kind, const char *text, struct quantity *q)
{
    switch (kind) {
    case TIMES:
        return read_time(text, q);
    case SIZES:
        return read_size(text, q);
    default:
        return read_number(text, q);
    }
}

static enum kind kind_of(const char *name, const char *from)
{
    const struct parameter *p = parameter_named(name);
    struct quantity q;

    if (p && p->kind == PARAMETER_BYTES)
        return SIZES;
    return read_time(from, &q) == 0 && from[strspn(from, "0.")] != '\0'
               ? TIMES
               : NUMBERS;
}

static int read_ends(struct range *r, const char *name, const char *from,
                     const char *to, char why[SWEEP_WHY])
{
    static const char *const wanted[][2] = {
        [NUMBERS] = {"a number, with a unit where it has one",
                     "a number of the same unit as where it begins"},
        [TIMES] = {VALUE_TIME, VALUE_TIME},
        [SIZES] = {VALUE_BYTES, VALUE_BYTES}};

    r->kind = kind_of(name, from);
    if (read_one(r->kind, from, &r->from) < 0)
        return refuse(why, name, "from", from, wanted[r->kind][0]);
    if (read_one(r->kind, to, &r->to) < 0 ||
        (r->kind == NUMBERS && strcmp(r->from.unit, r->to.unit) != 0))
        return refuse(why, name, "to", to, wanted[r->kind][1]);
    return 0;
}

/* Without a step it is one of the unit where it begins. */
static int step_by_one(struct range *r, const char *name, char why[SWEEP_WHY])
{
    char one[40];

    if (r->kind == TIMES)
        return refuse(why, name, "step", "nothing", "a time, such as 10ms");
    snprintf(one, sizeof one, "1%.30s", r->from.unit);
    read_one(r->kind, one, &r->step);
    r->step.unit = r->from.unit;
    return 0;
}

static int read_step(struct range *r, const char *name, const char *step,
                     char why[SWEEP_WHY])
{
    static const char wanted[] =
        "more than nothing, of the same unit; or a factor above 1, such as x2";
    char *end;

    if (!step)
        return step_by_one(r, name, why);
    if (*step == 'x') {
        r->factor = strtod(step + 1, &end);
        return r->factor > 1 && r->factor < 1e6 && !*end
                   ? 0
                   : refuse(why, name, "step", step, wanted);
    }
    if (read_one(r->kind, step, &r->step) < 0 ||
        (r->kind == NUMBERS && *r->step.unit &&
         strcmp(r->step.unit, r->from.unit) != 0))
        return refuse(why, name, "step", step, wanted);
    return r->step.n > 0 ? 0 : refuse(why, name, "step", step, wanted);
}

/* How many there are; more than enough if too many. */
static size_t count_of(const struct range *r)
{
    size_t count = 0;
    double n = (double)r->from.n;

    if (r->factor == 0)
        return (uint64_t)(r->to.n - r->from.n) / (uint64_t)r->step.n >=
                       SWEEP_VALUES_MAX
                   ? SWEEP_VALUES_MAX + 1
                   : (size_t)((r->to.n - r->from.n) / r->step.n) + 1;
    for (; n <= (double)r->to.n * (1 + 1e-12); n *= r->factor)
        if (++count > SWEEP_VALUES_MAX)
            break;
    return count;
}

static int fill(const struct range *r, char **value, size_t count)
{
    double factored = (double)r->from.n;

    for (size_t i = 0; i < count; i++, factored *= r->factor) {
        int64_t n = r->factor > 0 ? (int64_t)(factored + 0.5)
                                  : r->from.n + (int64_t)i * r->step.n;

        value[i] = print(&r->from, n, r->kind);
        if (!value[i])
            return -1;
    }
    return 0;
}

int sweep_range(const char *name, const char *from, const char *to,
                const char *step, char ***value, size_t *count,
                char why[SWEEP_WHY])
{
    struct range r = {.factor = 0};
    size_t values;

    *value = NULL;
    *count = 0;
    if (read_ends(&r, name, from, to, why) < 0 ||
        read_step(&r, name, step, why) < 0)
        return -1;
    if (r.to.n < r.from.n || (r.factor > 0 && r.from.n == 0))
        return refuse(why, name, "to", to,
                      r.factor > 0 ? "a beginning above nothing"
                                   : "no less than where it begins");
    values = count_of(&r);
    if (values > SWEEP_VALUES_MAX) {
        snprintf(why, SWEEP_WHY,
                 "%s: from %.80s to %.80s are more than %d values: wanted a "
                 "larger step",
                 name, from, to, SWEEP_VALUES_MAX);
        return -1;
    }
    *value = calloc(values, sizeof **value);
    if (!*value || fill(&r, *value, values) < 0) {
        snprintf(why, SWEEP_WHY, "%s: out of memory", name);
        return -1;
    }
    *count = values;
    return 0;
}

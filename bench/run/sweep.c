/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings and axes: what is taken, what is refused, and the scenario that a
 * cell is. */
#include "bench/run/sweep.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netem/value.h"

void sweep_init(struct sweep *s)
{
    *s = (struct sweep){.shard = 1, .shards = 1};
}

static void axis_clear(struct sweep_axis *a)
{
    for (size_t i = 0; i < a->values; i++)
        free(a->value[i]);
    free(a->value);
    free(a->name);
    free(a->from);
    free(a->to);
    free(a->step);
    *a = (struct sweep_axis){0};
}

void sweep_release(struct sweep *s)
{
    for (size_t i = 0; i < s->settings; i++)
        free(s->setting[i].text);
    for (size_t i = 0; i < s->axes; i++)
        axis_clear(&s->axis[i]);
    *s = (struct sweep){0};
}

const struct sweep_axis *sweep_axis(const struct sweep *s, const char *name)
{
    for (size_t i = 0; i < s->axes; i++)
        if (strcmp(s->axis[i].name, name) == 0)
            return &s->axis[i];
    return NULL;
}

static struct sweep_setting *setting_of(struct sweep *s, const char *name)
{
    for (size_t i = 0; i < s->settings; i++)
        if (strcmp(s->setting[i].of->name, name) == 0)
            return &s->setting[i];
    return NULL;
}

/* A name may be set or varied, not both; flags go before a file. Returns 1 if
 * what is given now does not matter. */
static int make_way(struct sweep *s, const char *name, enum sweep_origin origin,
                    bool for_axis, char why[SWEEP_WHY])
{
    struct sweep_setting *old = setting_of(s, name);
    struct sweep_axis *axis = (struct sweep_axis *)sweep_axis(s, name);

    if ((old && old->origin > origin) || (axis && axis->origin > origin))
        return 1;
    if (axis ? axis->origin == origin
             : old && for_axis && old->origin == origin) {
        snprintf(why, SWEEP_WHY,
                 "%.80s: it is given more than once: wanted one value, or one "
                 "list or range of them",
                 name);
        return -1;
    }
    if (axis) {
        axis_clear(axis);
        *axis = s->axis[--s->axes];
    }
    if (old) {
        free(old->text);
        *old = s->setting[--s->settings];
    }
    return 0;
}

static int out_of_memory(char why[SWEEP_WHY])
{
    snprintf(why, SWEEP_WHY, "out of memory");
    return -1;
}

int sweep_set(struct sweep *s, const char *name, const char *value,
              enum sweep_origin origin, char why[SWEEP_WHY])
{
    const struct parameter *p = parameter_named(name);
    char *text = strdup(value);
    int way;

    if (!text)
        return out_of_memory(why);
    if (!p)
        snprintf(why, SWEEP_WHY, "%.80s: there is no such parameter", name);
    way = p && sweep_check(p, value, why) == 0
              ? make_way(s, name, origin, false, why)
              : -1;
    if (way != 0) {
        free(text);
        return way < 0 ? -1 : 0;
    }
    assert(s->settings < SWEEP_SETTINGS_MAX);
    s->setting[s->settings++] = (struct sweep_setting){p, text, origin};
    return 0;
}

/* Takes the values over, and frees them where it refuses. */
static int add_axis(struct sweep *s, const struct sweep_axis *given,
                    char why[SWEEP_WHY])
{
    struct sweep_axis axis = *given;
    int way;

    if (strcmp(axis.name, "repeat") == 0) {
        snprintf(why, SWEEP_WHY,
                 "repeat: it cannot vary: every cell is run as "
                 "often as the others");
        way = -1;
    } else if (axis.values == 0 && !axis.from) {
        snprintf(why, SWEEP_WHY,
                 "%.80s: it varies over nothing: wanted at "
                 "least one value",
                 axis.name);
        way = -1;
    } else {
        way = make_way(s, axis.name, axis.origin, true, why);
    }
    if (way == 0 && s->axes == SWEEP_AXES_MAX) {
        snprintf(why, SWEEP_WHY, "%.80s: more than %d things vary", axis.name,
                 SWEEP_AXES_MAX);
        way = -1;
    }
    if (way != 0)
        axis_clear(&axis);
    else
        s->axis[s->axes++] = axis;
    return way < 0 ? -1 : 0;
}

struct meant {
    const char *value;
    char *meaning; /* owned */
};

static int by_meaning(const void *a, const void *b)
{
    const struct meant *x = a, *y = b;

    return strcmp(x->meaning, y->meaning);
}

static int refuse_twice(const char *name, const char *a, const char *b,
                        char why[SWEEP_WHY])
{
    if (strcmp(a, b) == 0)
        snprintf(why, SWEEP_WHY, "%.80s: \"%.80s\" is there twice", name, a);
    else
        snprintf(why, SWEEP_WHY,
                 "%.80s: \"%.80s\" and \"%.80s\" are the same: it is there "
                 "twice",
                 name, a, b);
    return -1;
}

/* A value that is there twice would be a cell that is run twice. */
static int check_values(const char *name, char *const *value, size_t count,
                        char why[SWEEP_WHY])
{
    const struct parameter *p = parameter_named(name);
    struct meant *all = calloc(count + 1, sizeof *all);
    int result = all ? 0 : out_of_memory(why);
    size_t n = 0;

    for (; n < count && result == 0; n++) {
        result = p ? sweep_check(p, value[n], why) : 0;
        all[n] = (struct meant){value[n], sweep_meaning(p, value[n])};
        if (!all[n].meaning)
            abort();
    }
    if (result == 0)
        qsort(all, count, sizeof *all, by_meaning);
    for (size_t i = 1; i < count && result == 0; i++)
        if (by_meaning(&all[i - 1], &all[i]) == 0)
            result = refuse_twice(name, all[i - 1].value, all[i].value, why);
    while (n > 0)
        free(all[--n].meaning);
    free(all);
    return result;
}

int sweep_values(struct sweep *s, const char *name, char *const *value,
                 size_t count, enum sweep_origin origin, char why[SWEEP_WHY])
{
    struct sweep_axis a = {.origin = origin};

    if (check_values(name, value, count, why) < 0)
        return -1;
    a.name = strdup(name);
    a.value = calloc(count + 1, sizeof *a.value);
    if (!a.name || !a.value)
        return out_of_memory(why);
    for (; a.values < count; a.values++) {
        a.value[a.values] = strdup(value[a.values]);
        if (!a.value[a.values])
            return out_of_memory(why);
    }
    return add_axis(s, &a, why);
}

/* Cuts off the next value at a comma that no backslash stands before. */
static char *next_value(char **list)
{
    char *from = *list, *to = from, *value = from;

    if (!from)
        return NULL;
    for (; *from && *from != ','; *to++ = *from++)
        if (from[0] == '\\' && from[1] == ',')
            from++;
    *list = *from ? from + 1 : NULL;
    *to = '\0';
    return value;
}

int sweep_list(struct sweep *s, const char *name, const char *values,
               enum sweep_origin origin, char why[SWEEP_WHY])
{
    char *copy = strdup(values), *rest = copy, *one;
    char **value = calloc(strlen(values) + 2, sizeof *value);
    size_t count = 0;
    int result = -1;

    if (!copy || !value)
        return out_of_memory(why);
    while (*values && (one = next_value(&rest)))
        value[count++] = one;
    result = sweep_values(s, name, value, count, origin, why);
    free(value);
    free(copy);
    return result;
}

int sweep_scan(struct sweep *s, const char *name, const char *from,
               const char *to, const char *step, enum sweep_origin origin,
               char why[SWEEP_WHY])
{
    struct sweep_axis a = {.origin = origin};

    a.name = strdup(name);
    a.from = strdup(from);
    a.to = strdup(to);
    a.step = step ? strdup(step) : NULL;
    if (!a.name || !a.from || !a.to || (step && !a.step))
        return out_of_memory(why);
    return add_axis(s, &a, why);
}

int sweep_step(struct sweep *s, const char *step, char why[SWEEP_WHY])
{
    struct sweep_axis *a = s->axes > 0 ? &s->axis[s->axes - 1] : NULL;

    if (!a || !a->from || a->step) {
        snprintf(why, SWEEP_WHY,
                 "-D %.80s: wanted behind a range, -P NAME FROM TO, that has "
                 "no step yet",
                 step);
        return -1;
    }
    a->step = strdup(step);
    return a->step ? 0 : out_of_memory(why);
}

int sweep_shard(struct sweep *s, const char *text, char why[SWEEP_WHY])
{
    size_t slash = strcspn(text, "/");
    int64_t k = 0, n = 0;

    if (text[slash] != '/' ||
        value_count(text + slash + 1, strlen(text + slash + 1), 1, 1000000,
                    &n) ||
        value_count(text, slash, 1, n, &k)) {
        snprintf(why, SWEEP_WHY,
                 "--shard: found \"%.80s\", wanted K/N: the K-th of N parts, "
                 "such as 1/4",
                 text);
        return -1;
    }
    s->shard = (uint64_t)k;
    s->shards = (uint64_t)n;
    return 0;
}

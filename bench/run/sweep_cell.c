/* SPDX-License-Identifier: BSD-2-Clause */
/* From numbers to cells: the scenario of each, and what it is called. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/sweep.h"
#include "netem/value.h"

/* Beyond any that could be run, so that products need no further care. */
#define RUNS_SANE UINT64_C(1000000000000000)

enum { TEXT_MAX = 2000 }; /* of a parameter, its words put in */

/* Is {name} in the text of a parameter, or of an axis? */
static bool is_used(const struct sweep *s, const char *name)
{
    char word[200];

    snprintf(word, sizeof word, "{%.190s}", name);
    for (size_t i = 0; i < s->settings; i++)
        if (strstr(s->setting[i].text, word))
            return true;
    for (size_t i = 0; i < s->axes; i++)
        for (size_t v = 0; v < s->axis[i].values; v++)
            if (strstr(s->axis[i].value[v], word))
                return true;
    return false;
}

static int check_axis(const struct sweep *s, const struct sweep_axis *a,
                      char why[SWEEP_WHY])
{
    size_t used;

    if (parameter_named(a->name) || is_used(s, a->name))
        return 0;
    used = (size_t)snprintf(why, SWEEP_WHY,
                            "%.80s: there is no such parameter, and no other "
                            "holds {%.80s}; wanted one of",
                            a->name, a->name);
    for (int i = 0; parameters[i].name && used < SWEEP_WHY; i++)
        used += (size_t)snprintf(why + used, SWEEP_WHY - used, " %s",
                                 parameters[i].name);
    return -1;
}

static int expand(struct sweep_axis *a, char why[SWEEP_WHY])
{
    if (!a->from || a->values > 0)
        return 0;
    return sweep_range(a->name, a->from, a->to, a->step, &a->value, &a->values,
                       why);
}

static int count(struct sweep *s, char why[SWEEP_WHY])
{
    double runs = (double)s->repeat;

    s->cells = 1;
    for (size_t i = 0; i < s->axes; i++) {
        runs *= (double)s->axis[i].values;
        if (runs > RUNS_SANE) {
            snprintf(why, SWEEP_WHY, "more than %g runs in all", runs);
            return -1;
        }
        s->cells *= s->axis[i].values;
    }
    s->runs = s->cells * (uint64_t)s->repeat;
    s->mine = (s->runs + s->shards - s->shard) / s->shards;
    if (s->mine <= SWEEP_RUNS_MAX || s->any_size)
        return 0;
    snprintf(why, SWEEP_WHY,
             "%llu runs (%llu cells, %lld times each) are too many for one "
             "folder, which holds %d: wanted fewer, or --shard K/%llu for each "
             "K from 1",
             (unsigned long long)s->mine, (unsigned long long)s->cells,
             (long long)s->repeat, SWEEP_RUNS_MAX,
             (unsigned long long)((s->runs - 1) / SWEEP_RUNS_MAX + 1));
    return -1;
}

static bool is_on(const char *text)
{
    return strcmp(text, "on") == 0 || strcmp(text, "true") == 0 ||
           strcmp(text, "yes") == 0;
}

static bool is_off(const char *text)
{
    return strcmp(text, "off") == 0 || strcmp(text, "false") == 0 ||
           strcmp(text, "no") == 0;
}

static int assign(struct scenario *to, const struct parameter *p,
                  const char *text, char why[SWEEP_WHY])
{
    char wrong[SCENARIO_WHY];

    if (p->kind == PARAMETER_SWITCH && is_off(text))
        return 0;
    if (p->kind == PARAMETER_SWITCH && !is_on(text)) {
        snprintf(why, SWEEP_WHY, "--%s: found \"%.100s\", wanted on or off",
                 p->name, text);
        return -1;
    }
    if (scenario_set(to, p, text, wrong) == 0)
        return 0;
    snprintf(why, SWEEP_WHY, "%s", wrong);
    return -1;
}

int sweep_check(const struct parameter *p, const char *value,
                char why[SWEEP_WHY])
{
    struct scenario scratch;
    int result;

    if (strchr(value, '{'))
        return 0;
    scenario_init(&scratch);
    result = assign(&scratch, p, value, why);
    scenario_release(&scratch);
    return result;
}

char *sweep_meaning(const struct parameter *p, const char *value)
{
    struct scenario scratch;
    char why[SWEEP_WHY], *text;

    if (!p || strchr(value, '{'))
        return strdup(value);
    scenario_init(&scratch);
    text = assign(&scratch, p, value, why) < 0 ? strdup(value)
                                               : scenario_flags(&scratch);
    scenario_release(&scratch);
    return text;
}

/* Repetitions and the seed are the sweep's own. */
static int take_own(struct sweep *s, char why[SWEEP_WHY])
{
    struct scenario own;
    int result = 0;

    scenario_init(&own);
    for (size_t i = 0; i < s->settings && result == 0; i++)
        if (strcmp(s->setting[i].of->name, "repeat") == 0 ||
            strcmp(s->setting[i].of->name, "seed") == 0)
            result = assign(&own, s->setting[i].of, s->setting[i].text, why);
    s->repeat = own.repeat;
    s->seed = own.seed;
    scenario_release(&own);
    return result;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Repetitions take the seeds behind that of their cell: cells whose seeds are
 * nearer than that would have runs in common, and look surer than they are. */
static int check_seeds(const struct sweep *s, char why[SWEEP_WHY])
{
    const struct sweep_axis *a = sweep_axis(s, "seed");
    int64_t *seed = a ? calloc(a->values + 1, sizeof *seed) : NULL;
    size_t count = 0;
    int result = 0;

    if (!a)
        return 0;
    if (!seed) {
        snprintf(why, SWEEP_WHY, "out of memory");
        return -1;
    }
    for (size_t i = 0; i < a->values; i++) /* not those of words in braces */
        count += !value_count(a->value[i], strlen(a->value[i]), 0, INT64_MAX,
                              &seed[count]);
    qsort(seed, count, sizeof *seed, by_size);
    for (size_t i = 1; i < count && result == 0; i++)
        if (seed[i] - seed[i - 1] < s->repeat) {
            snprintf(why, SWEEP_WHY,
                     "seed: %lld and %lld: --repeat %lld takes the seeds "
                     "behind each, so that both would be the same runs in "
                     "part: wanted seeds %lld apart, or --repeat %lld",
                     (long long)seed[i - 1], (long long)seed[i],
                     (long long)s->repeat, (long long)s->repeat,
                     (long long)(seed[i] - seed[i - 1]));
            result = -1;
        }
    free(seed);
    return result;
}

int sweep_finish(struct sweep *s, char why[SWEEP_WHY])
{
    struct scenario first;
    int result;

    if (take_own(s, why) < 0)
        return -1;
    for (size_t i = 0; i < s->axes; i++)
        if (expand(&s->axis[i], why) < 0)
            return -1;
    for (size_t i = 0; i < s->axes; i++)
        if (check_axis(s, &s->axis[i], why) < 0)
            return -1;
    if (check_seeds(s, why) < 0 || count(s, why) < 0)
        return -1;
    if (s->mine == 0) {
        snprintf(why, SWEEP_WHY, "--shard %llu/%llu: there are only %llu runs",
                 (unsigned long long)s->shard, (unsigned long long)s->shards,
                 (unsigned long long)s->runs);
        return -1;
    }
    if (s->skip_meaningless)
        return 0;
    result = sweep_scenario(s, 0, 1, &first, why);
    scenario_release(&first);
    return result;
}

size_t sweep_place(const struct sweep *s, size_t axis, uint64_t cell)
{
    for (size_t i = s->axes; --i > axis;)
        cell /= s->axis[i].values;
    return (size_t)(cell % s->axis[axis].values);
}

/* The name in braces at `at`, if it is that of an axis; its value. */
static const char *word_at(const struct sweep *s, uint64_t cell, const char *at,
                           size_t *len)
{
    *len = strcspn(at, "}");
    for (size_t i = 0; i < s->axes && at[*len] == '}'; i++) {
        const struct sweep_axis *a = &s->axis[i];

        if (strlen(a->name) == *len - 1 &&
            strncmp(a->name, at + 1, *len - 1) == 0)
            return a->value[sweep_place(s, i, cell)];
    }
    return NULL;
}

/* Puts values in the place of words in braces. -1: it is too long. */
static int put_words_in(const struct sweep *s, uint64_t cell, const char *text,
                        char to[TEXT_MAX])
{
    size_t used = 0, len;

    for (; *text && used < TEXT_MAX - 1; text++) {
        const char *value = *text == '{' ? word_at(s, cell, text, &len) : NULL;

        if (value) {
            used += (size_t)snprintf(to + used, TEXT_MAX - used, "%s", value);
            text += len;
        } else {
            to[used++] = *text;
        }
    }
    if (used >= TEXT_MAX - 1)
        return -1;
    to[used] = '\0';
    return 0;
}

static int assign_in(const struct sweep *s, uint64_t cell, struct scenario *to,
                     const struct parameter *p, const char *text,
                     char why[SWEEP_WHY])
{
    char whole[TEXT_MAX];

    if (put_words_in(s, cell, text, whole) < 0) {
        snprintf(why, SWEEP_WHY, "--%s: more than %d letters: \"%.80s...\"",
                 p->name, TEXT_MAX - 2, text);
        return -1;
    }
    return assign(to, p, whole, why);
}

static int assign_all(const struct sweep *s, uint64_t cell, struct scenario *to,
                      char why[SWEEP_WHY])
{
    for (size_t i = 0; i < s->settings; i++)
        if (assign_in(s, cell, to, s->setting[i].of, s->setting[i].text, why) <
            0)
            return -1;
    for (size_t i = 0; i < s->axes; i++) {
        const struct sweep_axis *a = &s->axis[i];
        const struct parameter *p = parameter_named(a->name);

        if (p && assign_in(s, cell, to, p, a->value[sweep_place(s, i, cell)],
                           why) < 0)
            return -1;
    }
    return 0;
}

int sweep_scenario(const struct sweep *s, uint64_t cell, int64_t repeat,
                   struct scenario *to, char why[SWEEP_WHY])
{
    char wrong[SCENARIO_WHY], *varied;

    assert(cell < s->cells);
    scenario_init(to);
    if (assign_all(s, cell, to, why) < 0)
        return -1;
    to->repeat = 1;
    to->seed += repeat - 1;
    if (scenario_finish(to, wrong) == 0)
        return 0;
    varied = sweep_varied(s, cell);
    snprintf(why, SWEEP_WHY, "%s%s%s", wrong,
             varied && *varied ? "\n  in " : "", varied ? varied : "");
    free(varied);
    return -1;
}

/* Values with blanks stand in quotes, and quotes in them twice. */
static void put_value(FILE *to, const char *value)
{
    if (*value && !value[strcspn(value, " '=")]) {
        fputs(value, to);
        return;
    }
    putc('\'', to);
    for (; *value; value++) {
        if (*value == '\'')
            putc('\'', to);
        putc(*value, to);
    }
    putc('\'', to);
}

char *sweep_varied(const struct sweep *s, uint64_t cell)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        return NULL;
    for (size_t i = 0; i < s->axes; i++) {
        fprintf(to, "%s%s=", i ? " " : "", s->axis[i].name);
        put_value(to, s->axis[i].value[sweep_place(s, i, cell)]);
    }
    fclose(to);
    return text;
}

static json_t *axis_to_json(const struct sweep_axis *a)
{
    json_t *values = json_array();

    for (size_t i = 0; i < a->values; i++)
        json_array_append_new(values, json_string(a->value[i]));
    return json_pack("{s:s, s:o}", "name", a->name, "values", values);
}

/* Ranges that do not fit on a page stand in the file as they were given. */
static json_t *range_to_json(const struct sweep_axis *a)
{
    return json_pack("{s:s, s:s, s:s, s:s?}", "name", a->name, "from", a->from,
                     "to", a->to, "step", a->step);
}

json_t *sweep_to_json(const struct sweep *s)
{
    json_t *settings = json_object(), *axes = json_array();

    for (size_t i = 0; i < s->settings; i++)
        json_object_set_new(settings, s->setting[i].of->name,
                            json_string(s->setting[i].text));
    for (size_t i = 0; i < s->axes; i++)
        json_array_append_new(axes, s->axis[i].from
                                        ? range_to_json(&s->axis[i])
                                        : axis_to_json(&s->axis[i]));
    return json_pack("{s:o, s:o, s:b}", "settings", settings, "axes", axes,
                     "skip_meaningless", (int)s->skip_meaningless);
}

static int axis_from_json(struct sweep *s, const json_t *axis,
                          char why[SWEEP_WHY])
{
    const json_t *values = json_object_get(axis, "values"), *one;
    const char *name = json_string_value(json_object_get(axis, "name"));
    const char *from = json_string_value(json_object_get(axis, "from"));
    const char *to = json_string_value(json_object_get(axis, "to"));
    const char *step = json_string_value(json_object_get(axis, "step"));
    size_t count = json_array_size(values), i;
    char **value = calloc(count + 1, sizeof *value);
    int result = -1;

    snprintf(why, SWEEP_WHY,
             "axes: wanted a name with values, or with from "
             "and to");
    json_array_foreach(values, i, one)
    {
        value[i] = (char *)json_string_value(one);
        count = value[i] ? count : 0;
    }
    if (name && from && to)
        result = sweep_scan(s, name, from, to, step, SWEEP_OF_FILE, why);
    else if (name && count > 0)
        result = sweep_values(s, name, value, count, SWEEP_OF_FILE, why);
    free(value);
    return result;
}

int sweep_from_json(struct sweep *s, const json_t *all, char why[SWEEP_WHY])
{
    json_t *settings = json_object_get(all, "settings"), *text, *axis;
    const char *name;
    size_t i;

    json_object_foreach(settings, name, text)
    {
        if (!json_is_string(text)) {
            snprintf(why, SWEEP_WHY, "settings: %.80s: wanted a text", name);
            return -1;
        }
        if (sweep_set(s, name, json_string_value(text), SWEEP_OF_FILE, why) < 0)
            return -1;
    }
    json_array_foreach(json_object_get(all, "axes"), i, axis)
    {
        if (axis_from_json(s, axis, why) < 0)
            return -1;
    }
    s->skip_meaningless =
        json_is_true(json_object_get(all, "skip_meaningless"));
    return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A sweep as YAML: each key is a parameter, by the flag's name, or a word that
 * parameters hold in braces; its value is one (set), a list, or a range of
 * from, to and step (varied). libcyaml's schemas give a key one type, and would
 * have to be told of each parameter again, so libyaml is read as it comes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "bench/run/sweep.h"
#include "bench/run/yamlfile.h"

enum { NAME_MAX_LETTERS = 100 };

struct reading {
    struct sweep *sweep;
    const char *file;
    yaml_parser_t parser;
    yaml_event_t event; /* the last one */
    bool have_event;
    char *why;
};

/* `text` and its place: where the last event was. */
static int refuse(struct reading *r, const char *text)
{
    char copy[SWEEP_WHY];

    snprintf(copy, sizeof copy, "%s", text);
    snprintf(r->why, SWEEP_WHY, "%.300s:%zu: %.650s", r->file,
             r->have_event ? r->event.start_mark.line + 1 : 1, copy);
    return -1;
}

static int next(struct reading *r)
{
    char text[300];

    if (r->have_event)
        yaml_event_delete(&r->event);
    r->have_event = yaml_parser_parse(&r->parser, &r->event);
    if (!r->have_event) {
        snprintf(text, sizeof text, "%.250s",
                 r->parser.problem ? r->parser.problem : "no YAML");
        snprintf(r->why, SWEEP_WHY, "%.300s:%zu: %s", r->file,
                 r->parser.problem_mark.line + 1, text);
        return -1;
    }
    if (r->event.type == YAML_ALIAS_EVENT)
        return refuse(r, "found an alias, wanted the value itself");
    return 0;
}

static const char *scalar(const struct reading *r)
{
    return (const char *)r->event.data.scalar.value;
}

static int take_list(struct reading *r, const char *name)
{
    char **value = NULL, **more;
    size_t count = 0;
    int result = 0;

    while (result == 0 && (result = next(r)) == 0 &&
           r->event.type != YAML_SEQUENCE_END_EVENT) {
        more = reallocarray(value, count + 1, sizeof *value);
        value = more ? more : value;
        if (r->event.type != YAML_SCALAR_EVENT)
            result = refuse(r, "found a list or range within a list, wanted "
                               "values");
        else if (!more || !(value[count] = strdup(scalar(r))))
            result = refuse(r, "out of memory");
        else
            count++;
    }
    if (result == 0) {
        result =
            sweep_values(r->sweep, name, value, count, SWEEP_OF_FILE, r->why);
        result = result < 0 ? refuse(r, r->why) : 0;
    }
    for (size_t i = 0; i < count; i++)
        free(value[i]);
    free(value);
    return result;
}

/* The end of a range that a key names; NULL: it names none. */
static char **end_named(const char *key, char *end[3])
{
    static const char *const name[3] = {"from", "to", "step"};

    for (int i = 0; i < 3; i++)
        if (strcmp(name[i], key) == 0)
            return &end[i];
    return NULL;
}

static int take_end(struct reading *r, char *end[3])
{
    char **to, text[300];

    if (r->event.type != YAML_SCALAR_EVENT || !(to = end_named(scalar(r), end)))
        to = NULL;
    if (!to || *to) {
        snprintf(text, sizeof text,
                 "%.100s: wanted from, to and step, once "
                 "each",
                 r->event.type == YAML_SCALAR_EVENT ? scalar(r) : "a list");
        return refuse(r, text);
    }
    if (next(r) < 0)
        return -1;
    if (r->event.type != YAML_SCALAR_EVENT)
        return refuse(r, "found a list, wanted one value");
    *to = strdup(scalar(r));
    return *to ? 0 : refuse(r, "out of memory");
}

static int take_range(struct reading *r, const char *name)
{
    char *end[3] = {NULL, NULL, NULL}, **value = NULL, text[300];
    size_t count = 0;
    int result = 0;

    while (result == 0 && (result = next(r)) == 0 &&
           r->event.type != YAML_MAPPING_END_EVENT)
        result = take_end(r, end);
    if (result == 0 && (!end[0] || !end[1])) {
        snprintf(text, sizeof text, "%.100s: wanted from and to", name);
        result = refuse(r, text);
    }
    if (result == 0 &&
        sweep_range(name, end[0], end[1], end[2], &value, &count, r->why) < 0)
        result = refuse(r, r->why);
    for (size_t i = 0; i < count && value; i++)
        free(value[i]);
    free(value);
    if (result == 0 && sweep_scan(r->sweep, name, end[0], end[1], end[2],
                                  SWEEP_OF_FILE, r->why) < 0)
        result = refuse(r, r->why);
    for (int i = 0; i < 3; i++)
        free(end[i]);
    return result;
}

static int take_value(struct reading *r, const char *name)
{
    bool about = strcmp(name, "name") == 0 || strcmp(name, "what") == 0;
    bool axis = r->event.type == YAML_SEQUENCE_START_EVENT ||
                r->event.type == YAML_MAPPING_START_EVENT;

    if (about && axis)
        return refuse(r, "name and what are texts");
    if (about)
        return 0;
    if (r->event.type == YAML_SEQUENCE_START_EVENT)
        return take_list(r, name);
    if (r->event.type == YAML_MAPPING_START_EVENT)
        return take_range(r, name);
    return sweep_set(r->sweep, name, scalar(r), SWEEP_OF_FILE, r->why) < 0
               ? refuse(r, r->why)
               : 0;
}

/* A key of the file that is nothing is refused where it stands; only words in
 * braces, which vary, have to wait for all of the file. */
static int check_key(struct reading *r, const char *name, bool *seen)
{
    const struct parameter *p = parameter_named(name);
    char text[SWEEP_WHY];
    size_t used;

    if (p && seen[p - parameters]) {
        snprintf(text, sizeof text, "%.100s: it is given twice", name);
        return refuse(r, text);
    }
    if (p)
        seen[p - parameters] = true;
    if (p || strcmp(name, "name") == 0 || strcmp(name, "what") == 0)
        return 0;
    used = (size_t)snprintf(text, sizeof text,
                            "%.100s: unknown key; wanted name, what, a word "
                            "that varies, or one of",
                            name);
    for (int i = 0; parameters[i].name && used < sizeof text; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, " %s",
                                 parameters[i].name);
    return refuse(r, text);
}

static int take_pair(struct reading *r, bool *seen)
{
    char name[NAME_MAX_LETTERS];

    if (r->event.type != YAML_SCALAR_EVENT || strlen(scalar(r)) >= sizeof name)
        return refuse(r, "found no key, wanted the name of a parameter");
    strcpy(name, scalar(r));
    if (parameter_named(name) || strcmp(name, "name") == 0 ||
        strcmp(name, "what") == 0) {
        if (check_key(r, name, seen) < 0 || next(r) < 0)
            return -1;
        return take_value(r, name);
    }
    if (next(r) < 0)
        return -1;
    return r->event.type == YAML_SCALAR_EVENT ? check_key(r, name, seen)
                                              : take_value(r, name);
}

static int take_document(struct reading *r)
{
    bool seen[SWEEP_SETTINGS_MAX] = {false};
    int result = 0;

    if (next(r) < 0 || next(r) < 0 || next(r) < 0) /* stream, document, map */
        return -1;
    if (r->event.type != YAML_MAPPING_START_EVENT)
        return refuse(r, "found no keys, wanted a scenario, such as\n"
                         "  mode: [lockstep, early]\n"
                         "  rtt: {from: 10ms, to: 600ms, step: 10ms}");
    while (result == 0 && (result = next(r)) == 0 &&
           r->event.type != YAML_MAPPING_END_EVENT)
        result = take_pair(r, seen);
    return result;
}

int sweep_file(struct sweep *s, const char *file, char why[SWEEP_WHY])
{
    struct reading r = {.sweep = s, .file = file, .why = why};
    char wrong[YAMLFILE_WHY];
    struct yamlfile text;
    int result;

    if (yamlfile_read(&text, file, wrong) < 0) {
        snprintf(why, SWEEP_WHY, "%s", wrong);
        return -1;
    }
    if (!yaml_parser_initialize(&r.parser)) {
        yamlfile_release(&text);
        snprintf(why, SWEEP_WHY, "out of memory");
        return -1;
    }
    yaml_parser_set_input_string(&r.parser, (unsigned char *)text.text,
                                 text.len);
    result = take_document(&r);
    if (r.have_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    yamlfile_release(&text);
    return result;
}

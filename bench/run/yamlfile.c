/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by libcyaml, and its log as one sentence. */
#include "bench/run/yamlfile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { FILE_MAX = 4 * 1024 * 1024, FIELD = 80, DEPTH = 32 };

static int fill(struct yamlfile *t, FILE *f)
{
    size_t room = 0, n;

    do {
        char *bigger = realloc(t->text, room += 65536);

        if (!bigger)
            return -1;
        t->text = bigger;
        n = fread(t->text + t->len, 1, room - t->len, f);
        t->len += n;
        errno = t->len > FILE_MAX ? EFBIG : errno;
    } while (n > 0 && t->len <= FILE_MAX);
    return ferror(f) || t->len > FILE_MAX ? -1 : 0;
}

int yamlfile_read(struct yamlfile *t, const char *file, char why[YAMLFILE_WHY])
{
    bool standard = strcmp(file, "-") == 0;
    FILE *f = standard ? stdin : fopen(file, "re");
    int result = -1;

    *t = (struct yamlfile){.file = file};
    if (f)
        result = fill(t, f);
    if (result < 0) {
        snprintf(why, YAMLFILE_WHY, "%s: %s", file, strerror(errno));
        yamlfile_release(t);
    }
    if (f && !standard)
        fclose(f);
    return result;
}

void yamlfile_release(struct yamlfile *t)
{
    free(t->text);
    t->text = NULL;
}

struct complaint { /* what libcyaml logs of an error */
    char what[300], field[FIELD], key[FIELD];
    unsigned line;
    bool traced;
};

/* The first line says what; the backtrace behind it, where: its first line
 * that has a position has the nearest. */
static void hear(cyaml_log_t level, void *arg, const char *format, va_list args)
{
    struct complaint *c = arg;
    char text[300];
    const char *at;

    (void)level;
    vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\n")] = '\0';
    at = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    if (strcmp(at, "Backtrace:") == 0)
        c->traced = true;
    else if (!c->traced && !*c->what)
        snprintf(c->what, sizeof c->what, "%s", at);
    sscanf(at, "Unexpected key: %79s", c->key);
    if (!c->traced || !strstr(at, "line: "))
        return;
    if (c->line == 0)
        sscanf(strstr(at, "line: "), "line: %u", &c->line);
    if (!*c->field)
        sscanf(at, " in mapping field '%79[^']'", c->field);
}

static const char *accepts(const struct yamlfile_accepts *table,
                           const char *field)
{
    for (; table->field; table++)
        if (strcmp(table->field, field) == 0)
            return table->accepts;
    return NULL;
}

/* libcyaml tells the line of what it had read before: of an unknown key, and
 * of what is no YAML, the parser itself knows better. */
static unsigned true_line(const struct yamlfile *t, const struct complaint *c)
{
    yaml_parser_t parser;
    yaml_event_t e;
    unsigned line = 0;
    bool end = false;

    if (!yaml_parser_initialize(&parser))
        return c->line;
    yaml_parser_set_input_string(&parser, (const unsigned char *)t->text,
                                 t->len);
    while (!end && yaml_parser_parse(&parser, &e)) {
        unsigned at = (unsigned)e.start_mark.line + 1;

        end = e.type == YAML_STREAM_END_EVENT;
        if (e.type == YAML_SCALAR_EVENT && *c->key && at >= c->line &&
            strcmp((const char *)e.data.scalar.value, c->key) == 0) {
            line = at;
            end = true;
        }
        yaml_event_delete(&e);
    }
    if (!end)
        line = (unsigned)parser.problem_mark.line + 1;
    yaml_parser_delete(&parser);
    return line > 0 ? line : c->line;
}

/* "Unexpected key: x": what is wrong is a key, and what is accepted there are
 * the keys of the field around it. */
static void explain(const struct yamlfile *t, const struct complaint *c,
                    const struct yamlfile_accepts *table, cyaml_err_t error,
                    char why[YAMLFILE_WHY])
{
    const char *wanted = accepts(table, c->field);
    unsigned line = true_line(t, c);
    int n = snprintf(why, YAMLFILE_WHY, "%s:", t->file);

    if (line > 0)
        n += snprintf(why + n, YAMLFILE_WHY - (size_t)n, "%u:", line);
    if (*c->field)
        n += snprintf(why + n, YAMLFILE_WHY - (size_t)n, " %s:", c->field);
    n += snprintf(why + n, YAMLFILE_WHY - (size_t)n, " %.200s",
                  *c->what ? c->what : cyaml_strerror(error));
    if (wanted && n < YAMLFILE_WHY)
        snprintf(why + n, YAMLFILE_WHY - (size_t)n, "; wanted %s", wanted);
}

static cyaml_config_t config(struct complaint *c)
{
    return (cyaml_config_t){.log_fn = hear,
                            .log_ctx = c,
                            .mem_fn = cyaml_mem,
                            .log_level = CYAML_LOG_WARNING,
                            .flags = CYAML_CFG_NO_ALIAS};
}

int yamlfile_load(const struct yamlfile *t, const cyaml_schema_value_t *schema,
                  const struct yamlfile_accepts *table, void **data,
                  char why[YAMLFILE_WHY])
{
    struct complaint complaint = {.what = ""};
    cyaml_config_t c = config(&complaint);
    cyaml_err_t error;

    *data = NULL;
    error = cyaml_load_data((const uint8_t *)t->text, t->len, &c, schema,
                            (cyaml_data_t **)data, NULL);
    if (error == CYAML_OK && *data)
        return 0;
    if (error == CYAML_OK)
        snprintf(complaint.what, sizeof complaint.what, "the file is empty");
    explain(t, &complaint, table, error, why);
    return -1;
}

void yamlfile_free(const cyaml_schema_value_t *schema, void *data)
{
    struct complaint complaint = {.what = ""};
    cyaml_config_t c = config(&complaint);

    if (data)
        cyaml_free(&c, schema, data, 0);
}

struct search {
    yaml_parser_t parser;
    const char *path;
    char at[300]; /* where it is now */
    size_t line;  /* of the nearest so far */
    size_t depth;
    bool failed;
};

static bool next(struct search *s, yaml_event_t *e)
{
    s->failed |= !yaml_parser_parse(&s->parser, e);
    return !s->failed;
}

/* Where it is now is what is sought, or above it. */
static bool is_on_the_way(const struct search *s)
{
    size_t len = strlen(s->at);

    return strncmp(s->path, s->at, len) == 0 &&
           (len == 0 || strchr(".[", s->path[len])); /* or its end */
}

static void node(struct search *, const yaml_event_t *);

/* A node below, whose name is `key` or its number. */
static void below(struct search *s, const char *key, size_t number,
                  const yaml_event_t *first)
{
    size_t len = strlen(s->at);

    if (key)
        snprintf(s->at + len, sizeof s->at - len, "%s%s", len ? "." : "", key);
    else
        snprintf(s->at + len, sizeof s->at - len, "[%zu]", number);
    node(s, first);
    s->at[len] = '\0';
}

static void sequence(struct search *s)
{
    yaml_event_t e;

    for (size_t i = 0; next(s, &e); i++) {
        bool end = e.type == YAML_SEQUENCE_END_EVENT;

        if (!end)
            below(s, NULL, i, &e);
        yaml_event_delete(&e);
        if (end)
            return;
    }
}

static void mapping(struct search *s)
{
    yaml_event_t key, value;

    while (next(s, &key)) {
        bool end = key.type != YAML_SCALAR_EVENT;

        if (!end && next(s, &value)) {
            below(s, (const char *)key.data.scalar.value, 0, &value);
            yaml_event_delete(&value);
        }
        yaml_event_delete(&key);
        if (end || s->failed)
            return;
    }
}

static void node(struct search *s, const yaml_event_t *first)
{
    if (is_on_the_way(s))
        s->line = first->start_mark.line + 1;
    s->failed |= ++s->depth > DEPTH;
    if (first->type == YAML_SEQUENCE_START_EVENT && !s->failed)
        sequence(s);
    else if (first->type == YAML_MAPPING_START_EVENT && !s->failed)
        mapping(s);
    s->depth--;
}

size_t yamlfile_line(const struct yamlfile *t, const char *path)
{
    struct search s = {.path = path, .line = 1};
    yaml_event_t e;
    bool end = false;

    if (!yaml_parser_initialize(&s.parser))
        return 1;
    yaml_parser_set_input_string(&s.parser, (const unsigned char *)t->text,
                                 t->len);
    while (!end && next(&s, &e)) {
        end = e.type == YAML_STREAM_END_EVENT;
        if (e.type == YAML_MAPPING_START_EVENT ||
            e.type == YAML_SEQUENCE_START_EVENT)
            node(&s, &e);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&s.parser);
    return s.line;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what a report tells of. */
#include "bench/tell/report.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/tell/folder.h"
#include "bench/tell/joined.h"
#include "bench/tell/plot.h"

/* A picture of more than this is none that we made. */
enum { PICTURE_MOST = 4 << 20 };

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static char *path_of(const char *folder, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        abort();
    return path;
}

/* The whole file as text; NULL: there is none, or it is none of ours. */
static char *read_text(const char *path)
{
    FILE *from = fopen(path, "re");
    char *text = from ? must(malloc(PICTURE_MOST + 1)) : NULL;
    size_t len = from ? fread(text, 1, PICTURE_MOST + 1, from) : 0;

    if (!from)
        return NULL;
    if (ferror(from) || len > PICTURE_MOST) {
        free(text);
        text = NULL;
    } else {
        text[len] = '\0';
        text = must(realloc(text, len + 1));
    }
    fclose(from);
    return text;
}

static json_t *read_json(const char *folder, const char *name)
{
    char *path = path_of(folder, name);
    json_t *value = json_load_file(path, 0, NULL);

    free(path);
    return value;
}

/* result.json as it stands, where it is whole; else what rows.csv has. */
static int read_result(struct report *r, char *why, size_t why_size)
{
    const json_t *there;
    struct results rows;
    char note[512];

    r->result = read_json(r->folder, "result.json");
    if (json_integer_value(json_object_get(r->result, "schema")) == SCHEMA &&
        !json_object_get(r->result, "error") &&
        json_is_array(there = json_object_get(r->result, "rows"))) {
        joined_beside(r->folder, json_array_size(there), r->note,
                      sizeof r->note);
        return 0;
    }
    json_decref(r->result);
    r->result = NULL;
    if (results_open(&rows, r->folder, note, sizeof note, why, why_size) < 0)
        return -1;
    rows.rows_in_csv = false; /* here they are wanted */
    r->result = must(results_to_json(&rows));
    snprintf(r->note, sizeof r->note, "%s", note);
    results_release(&rows);
    return 0;
}

/* A file of JSON alone; its folder is where it stands. */
static int read_file(struct report *r, const char *path, char *why,
                     size_t why_size)
{
    json_error_t at;
    const char *slash = strrchr(path, '/');

    r->result = json_load_file(path, 0, &at);
    if (!r->result) {
        snprintf(why, why_size, "%s:%d: %s", path, at.line, at.text);
        return -1;
    }
    if (!json_is_array(json_object_get(r->result, "rows"))) {
        snprintf(why, why_size, "%s: rows: there is no such array", path);
        return -1;
    }
    r->folder =
        must(slash ? strndup(path, (size_t)(slash - path)) : strdup("."));
    return 0;
}

static int read_claims(struct report *r, char *why, size_t why_size)
{
    json_t *all = read_json(r->folder, "claims.json");
    const json_t *list = json_object_get(all, "claims");
    char reason[200];
    int result = 0;

    if (all && json_integer_value(json_object_get(all, "schema")) != SCHEMA) {
        snprintf(why, why_size, "%s/claims.json: schema: not %d", r->folder,
                 SCHEMA);
        result = -1;
    } else if (all) {
        r->claim = claims_from_json(list, &r->claims, reason, sizeof reason);
        if (!r->claim) {
            snprintf(why, why_size, "%s/claims.json: %s", r->folder, reason);
            result = -1;
        }
    }
    json_decref(all);
    return result;
}

/* That of a plot; plots by strategy are named after it: NAME_c2_data. Owned by
 * the caller. */
static char *title_of(const char *name)
{
    for (size_t i = 0; i < plots_count; i++) {
        size_t len = strlen(plots[i].name);
        char *title;

        if (strcmp(plots[i].name, name) == 0)
            return must(strdup(plots[i].title));
        if (strncmp(plots[i].name, name, len) != 0 || name[len] != '_')
            continue;
        if (asprintf(&title, "%s, by strategy (%s)", plots[i].title,
                     name + len + 1) < 0)
            abort();
        return title;
    }
    return must(strdup(name));
}

static int is_svg(const struct dirent *d)
{
    size_t len = strlen(d->d_name);

    return len > 4 && d->d_name[0] != '.' &&
           strcmp(d->d_name + len - 4, ".svg") == 0;
}

static void add_plot(struct report *r, const char *folder, const char *file)
{
    struct report_plot *p = &r->plot[r->plots];
    char *path = path_of(folder, file);

    p->svg = read_text(path);
    free(path);
    if (!p->svg)
        return;
    p->name = must(strndup(file, strlen(file) - 4));
    p->title = title_of(p->name);
    r->plots++;
}

static void read_plots(struct report *r)
{
    char *folder = path_of(r->folder, "plots");
    struct dirent **file = NULL;
    int files = scandir(folder, &file, is_svg, alphasort);

    if (files > 0)
        r->plot = must(calloc((size_t)files, sizeof *r->plot));
    for (int i = 0; i < files; i++) {
        add_plot(r, folder, file[i]->d_name);
        free(file[i]);
    }
    free(file);
    free(folder);
}

static const json_t *value_of(const struct report_column *c, const json_t *row)
{
    const json_t *value = json_object_get(row, c->key);

    return c->of ? json_object_get(value, c->of) : value;
}

static struct report_column *column_add(struct report *r, const char *key,
                                        const char *of)
{
    const struct column *known = of ? NULL : row_column(key);
    struct report_column *c;

    for (size_t i = 0; i < r->columns; i++) {
        c = &r->column[i];
        if (strcmp(c->key, key) == 0 && !c->of == !of &&
            (!of || strcmp(c->of, of) == 0))
            return c;
    }
    if ((r->columns & (r->columns - 1)) == 0)
        r->column = must(reallocarray(
            r->column, r->columns ? 2 * r->columns : 1, sizeof *r->column));
    c = &r->column[r->columns++];
    *c = (struct report_column){.key = key,
                                .of = of,
                                .unit = known ? known->unit : "",
                                .help = known ? known->help : "",
                                .number = true};
    snprintf(c->name, sizeof c->name, "%.39s%s%.39s", key, of ? "." : "",
             of ? of : "");
    return c;
}

static void columns_of(struct report *r, const json_t *row)
{
    const char *key, *of;
    json_t *value, *inner;

    json_object_foreach((json_t *)row, key, value)
    {
        if (!json_is_object(value))
            column_add(r, key, NULL);
        else
            json_object_foreach(value, of, inner) column_add(r, key, of);
    }
}

/* What people look for first; of rows of another kind, all. */
static bool is_main(const char *name)
{
    static const char *const names[] = {
        "mode",        "body_by",    "offer",       "outcome",    "world",
        "tcp",         "recipients", "messages",    "body_bytes", "rtt_ms",
        "uplink",      "think_ms",   "varied",      "repeat",     "turnarounds",
        "accepted_ms", "closed_ms",  "closed_rtts", "floor_ms",   "valid",
        "captures",    "command",    "tls",         "auth"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return row_column(name) == NULL;
}

static void look_at(struct report *r, struct report_column *c)
{
    const json_t *first = value_of(c, report_row(r, 0));
    bool known = false;

    for (size_t i = 0; i < report_rows(r); i++) {
        const json_t *value = value_of(c, report_row(r, i));

        if (value && !json_is_null(value)) {
            known = true;
            c->number = c->number && json_is_number(value);
        }
        c->varies =
            c->varies ||
            !(first ? json_equal((json_t *)first, (json_t *)value) : !value);
    }
    c->number = c->number && known;
    if (report_rows(r) == 1)
        c->varies = known; /* or nothing would be left to be shown */
    c->main = is_main(c->name);
}

static void read_columns(struct report *r)
{
    for (size_t i = 0; i < report_rows(r); i++)
        columns_of(r, report_row(r, i));
    for (size_t i = 0; i < r->columns; i++)
        look_at(r, &r->column[i]);
}

struct place { /* of a row in its sweep */
    json_int_t cell, repeat;
    size_t at;
    json_t *row;
};

static int by_place(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    int order = (p->cell > q->cell) - (p->cell < q->cell);

    if (!order)
        order = (p->repeat > q->repeat) - (p->repeat < q->repeat);
    return order ? order : (p->at > q->at) - (p->at < q->at);
}

/* A sweep runs in a drawn order, in which nobody finds a row: they are told
 * cell by cell. Rows of no sweep stay where they are. */
static void order_rows(struct report *r)
{
    json_t *rows = json_object_get(r->result, "rows"), *ordered;
    size_t count = json_array_size(rows);
    struct place *place = must(calloc(count + 1, sizeof *place));

    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array_get(rows, i);

        place[i] = (struct place){
            json_integer_value(json_object_get(row, "cell")), 0, i, row};
        if (place[i].cell > 0)
            place[i].repeat =
                json_integer_value(json_object_get(row, "repeat"));
    }
    qsort(place, count, sizeof *place, by_place);
    ordered = must(json_array());
    for (size_t i = 0; i < count; i++)
        json_array_append(ordered, place[i].row);
    if (count > 0)
        json_object_set(r->result, "rows", ordered);
    json_decref(ordered);
    free(place);
}

int report_open(struct report *r, const char *path, char *why, size_t why_size)
{
    struct stat is;
    int result;

    *r = (struct report){.linked = true};
    if (stat(path, &is) < 0) {
        snprintf(why, why_size, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (S_ISDIR(is.st_mode)) {
        r->folder = must(strdup(path));
        result = read_result(r, why, why_size);
        if (result == 0)
            result = read_claims(r, why, why_size);
        r->host = read_json(path, "host.json");
        read_plots(r);
    } else {
        result = read_file(r, path, why, why_size);
    }
    if (result < 0) {
        report_release(r);
        return -1;
    }
    order_rows(r);
    read_columns(r);
    return 0;
}

void report_release(struct report *r)
{
    for (size_t i = 0; i < r->plots; i++) {
        free(r->plot[i].name);
        free(r->plot[i].title);
        free(r->plot[i].svg);
    }
    for (size_t i = 0; i < r->charts; i++) {
        free(r->chart[i].title);
        free(r->chart[i].svg);
    }
    free(r->plot);
    free(r->chart);
    free(r->claim);
    free(r->column);
    free(r->folder);
    json_decref(r->result);
    json_decref(r->host);
    *r = (struct report){0};
}

void report_add_chart(struct report *r, char *title, char *svg)
{
    r->chart = must(reallocarray(r->chart, r->charts + 1, sizeof *r->chart));
    r->chart[r->charts++] = (struct report_chart){title, svg};
}

size_t report_rows(const struct report *r)
{
    return json_array_size(json_object_get(r->result, "rows"));
}

const json_t *report_row(const struct report *r, size_t i)
{
    return json_array_get(json_object_get(r->result, "rows"), i);
}

const char *report_text_of(const struct report *r, const char *name)
{
    const char *text = json_string_value(json_object_get(r->result, name));

    return text ? text : "";
}

/* Six digits are more than any clock here deserves; whole numbers stay. */
static const char *put_real(double x, char room[REPORT_ROOM])
{
    if (x == floor(x) && fabs(x) < 1e15)
        snprintf(room, REPORT_ROOM, "%.0f", x);
    else if (fabs(x) >= 1000)
        snprintf(room, REPORT_ROOM, "%.1f", x);
    else
        snprintf(room, REPORT_ROOM, "%.6g", x);
    return room;
}

const char *report_cell(const struct report_column *c, const json_t *row,
                        char room[REPORT_ROOM])
{
    const json_t *value = value_of(c, row);
    char *text;

    if (!value || json_is_null(value))
        return "";
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_real(value))
        return put_real(json_real_value(value), room);
    text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(room, REPORT_ROOM, "%s", text ? text : "");
    free(text);
    return room;
}

size_t report_invalid(const struct report *r)
{
    size_t n = 0;

    for (size_t i = 0; i < report_rows(r); i++)
        n += json_is_false(json_object_get(report_row(r, i), "valid"));
    return n;
}

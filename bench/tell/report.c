/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what a report tells of. */
#include "bench/tell/report.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/tell/folder.h"
#include "bench/tell/joined.h"
#include "bench/tell/plot.h"
#include "bench/tell/report_inner.h"
#include "bench/tell/saves.h"

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
static json_t *order_rows(const struct report *r)
{
    const json_t *rows = json_object_get(r->result, "rows");
    size_t count = json_array_size(rows);
    struct place *place = must(calloc(count + 1, sizeof *place));
    json_t *ordered = must(json_array());

    for (size_t i = 0; i < count; i++) {
        json_t *row = json_array_get(rows, i);

        place[i] = (struct place){
            json_integer_value(json_object_get(row, "cell")), 0, i, row};
        if (place[i].cell > 0)
            place[i].repeat =
                json_integer_value(json_object_get(row, "repeat"));
    }
    qsort(place, count, sizeof *place, by_place);
    for (size_t i = 0; i < count; i++)
        json_array_append(ordered, place[i].row);
    free(place);
    return ordered;
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
        r->saves = saves_read(path);
        read_plots(r);
    } else {
        result = read_file(r, path, why, why_size);
    }
    if (result < 0) {
        report_release(r);
        return -1;
    }
    table_take(&r->row, order_rows(r));
    report_read_cells(r);
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
    table_release(&r->row);
    report_release_cells(r);
    free(r->folder);
    json_decref(r->result);
    json_decref(r->host);
    json_decref(r->saves);
    *r = (struct report){0};
}

void report_add_chart(struct report *r, char *title, char *svg)
{
    r->chart = must(reallocarray(r->chart, r->charts + 1, sizeof *r->chart));
    r->chart[r->charts++] = (struct report_chart){title, svg};
}

size_t report_rows(const struct report *r)
{
    return table_count(&r->row);
}

const json_t *report_row(const struct report *r, size_t i)
{
    return table_row(&r->row, i);
}

const char *report_text_of(const struct report *r, const char *name)
{
    const char *text = json_string_value(json_object_get(r->result, name));

    return text ? text : "";
}

size_t report_invalid(const struct report *r)
{
    size_t n = 0;

    for (size_t i = 0; i < report_rows(r); i++)
        n += json_is_false(json_object_get(report_row(r, i), "valid"));
    return n;
}

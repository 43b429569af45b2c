/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/folder.h"

#include "bench/tell/joined.h"
#include "bench/tell/version.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static const char unfinished[] = "the run has not ended, or was killed";

/* Texts and trees of a few bytes: without memory for them nothing goes on. */
static char *text_copy(const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        abort();
    return copy;
}

char *folder_path(const char *folder, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", folder, name) < 0)
        abort();
    return path;
}

int folder_failed(const char *folder, const char *name, char *why,
                  size_t why_size)
{
    snprintf(why, why_size, "%.500s/%s: %s", folder, name, strerror(errno));
    return -1;
}

static int failed(char *why, size_t why_size, const char *path)
{
    snprintf(why, why_size, "%s: %s", path, strerror(errno));
    return -1;
}

/* A word that no shell would change needs no quotes. */
static void put_word(FILE *to, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789@%+=:,./_-";

    if (*word && !word[strspn(word, plain)]) {
        fputs(word, to);
        return;
    }
    putc('\'', to);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", to);
        else
            putc(*word, to);
    }
    putc('\'', to);
}

char *command_line(int argc, char *const *argv)
{
    char *line = NULL;
    size_t len;
    FILE *to = open_memstream(&line, &len);

    if (!to)
        abort();
    fputs("turnaround", to);
    for (int i = 0; i < argc; i++) {
        putc(' ', to);
        put_word(to, argv[i]);
    }
    if (fclose(to))
        abort();
    return line;
}

int folder_ensure(const char *path, char *why, size_t why_size)
{
    char *part = text_copy(path);
    int status = 0;

    for (char *at = part + 1; !status && *path; at++) {
        char was = *at;

        if (was != '/' && was != '\0')
            continue;
        *at = '\0';
        if (mkdir(part, 0777) && errno != EEXIST)
            status = failed(why, why_size, part);
        *at = was;
        if (!was)
            break;
    }
    free(part);
    return status;
}

/* To a name beside it, then renamed. */
int folder_keep(const char *folder, const char *name, json_t *value, char *why,
                size_t why_size)
{
    char *path = folder_path(folder, name);
    char *beside = folder_path(folder, ".new.json");
    FILE *to = fopen(beside, "w");
    int status = to ? 0 : -1;

    if (to) {
        status = json_dumpf(value, to, JSON_MANNER);
        putc('\n', to);
        if (fflush(to) || ferror(to) || fsync(fileno(to)))
            status = -1;
        if (fclose(to) || status || rename(beside, path))
            status = -1;
    }
    if (status) {
        failed(why, why_size, path);
        unlink(beside);
    }
    free(path);
    free(beside);
    json_decref(value);
    return status;
}

static void stamp(char started[32])
{
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(started, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static int folder_begin(struct results *r, char *why, size_t why_size)
{
    char *csv = folder_path(r->path, "rows.csv");
    int status = folder_ensure(r->path, why, why_size);

    if (!status) {
        r->csv = fopen(csv, "wx"); /* refuses one that exists */
        if (!r->csv && errno == EEXIST) {
            snprintf(why, why_size,
                     "%s holds results already: name another folder, or "
                     "remove it",
                     r->path);
            status = -1;
        } else if (!r->csv || csv_write_header(r->csv)) {
            status = failed(why, why_size, csv);
        }
    }
    free(csv);
    if (status)
        return -1;
    r->error = text_copy(unfinished);
    return folder_keep(r->path, "result.json", results_to_json(r), why,
                       why_size);
}

int results_create(struct results *r, const char *path, const char *command,
                   int64_t seed, char *why, size_t why_size)
{
    *r = (struct results){.seed = seed};
    r->command = text_copy(command);
    r->version = text_copy(turnaround_version());
    r->path = path ? text_copy(path) : NULL;
    stamp(r->started);
    if (path && folder_begin(r, why, why_size)) {
        results_release(r);
        return -1;
    }
    return 0;
}

/* The first line of a file of /proc or /sys, or null. */
static json_t *first_line(const char *path)
{
    char line[256];
    FILE *from = fopen(path, "r");
    json_t *value = NULL;

    if (from && fgets(line, sizeof line, from)) {
        line[strcspn(line, "\n")] = '\0';
        value = json_text(line);
    }
    if (from)
        fclose(from);
    return value ? value : json_null();
}

int folder_host(const char *path, const struct setting *setting, size_t count,
                char *why, size_t why_size)
{
    struct utsname host;
    json_t *settings = json_object(), *all;

    uname(&host);
    for (size_t i = 0; i < count; i++)
        json_object_set_new(settings, setting[i].name,
                            json_text(setting[i].value));
    all = json_pack(
        "{s:i, s:s+++, s:s, s:i, s:o, s:o, s:{s:s, s:s, s:s, s:s}, s:o}",
        "schema", SCHEMA, "kernel", host.sysname, " ", host.release, "",
        "machine", host.machine, "cpus", (int)sysconf(_SC_NPROCESSORS_ONLN),
        "clock_source",
        first_line("/sys/devices/system/clocksource/clocksource0/"
                   "current_clocksource"),
        "congestion_control",
        first_line("/proc/sys/net/ipv4/tcp_congestion_control"), "versions",
        "turnaround", turnaround_version(), "compiler", __VERSION__, "libc",
        gnu_get_libc_version(), "jansson", JANSSON_VERSION, "settings",
        settings);
    return folder_keep(path, "host.json", all, why, why_size);
}

int results_add(struct results *r, struct row *row, char *why, size_t why_size)
{
    struct row *kept = rows_add(&r->rows);

    *kept = *row;
    row_init(row);
    if (r->csv && csv_write_row(r->csv, kept)) {
        snprintf(why, why_size, "%s/rows.csv: %s", r->path, strerror(errno));
        return -1;
    }
    return 0;
}

int results_end(struct results *r, const char *error, char *why,
                size_t why_size)
{
    free(r->error);
    r->error = error ? text_copy(error) : NULL;
    if (!r->path)
        return 0;
    return folder_keep(r->path, "result.json", results_to_json(r), why,
                       why_size);
}

json_t *results_to_json(const struct results *r)
{
    json_t *rows = json_array(), *all = json_object();

    for (size_t i = 0; i < r->rows.count; i++)
        json_array_append_new(rows, row_to_json(&r->rows.row[i]));
    json_object_set_new(all, "schema", json_integer(SCHEMA));
    json_object_set_new(all, "command", json_text(r->command));
    json_object_set_new(all, "version", json_text(r->version));
    json_object_set_new(all, "started", json_text(r->started));
    json_object_set_new(all, "seed", json_integer(r->seed));
    if (r->error)
        json_object_set_new(all, "error", json_text(r->error));
    if (r->rows_in_csv) {
        json_decref(rows);
        rows = json_string("rows.csv");
    }
    json_object_set_new(all, "rows", rows);
    return all;
}

void results_release(struct results *r)
{
    rows_release(&r->rows);
    free(r->command);
    free(r->version);
    free(r->error);
    free(r->path);
    if (r->csv)
        fclose(r->csv);
    *r = (struct results){0};
}

static char *text_of(const json_t *all, const char *name)
{
    const char *text = json_string_value(json_object_get(all, name));

    return text_copy(text ? text : "");
}

/* Takes what result.json says; `path` is its name, for the message. */
static int take_json(struct results *r, const json_t *all, const char *path,
                     char *why, size_t why_size)
{
    const json_t *schema = json_object_get(all, "schema"), *row;
    const json_t *rows = json_object_get(all, "rows");
    char *started = text_of(all, "started"), reason[200];
    size_t i;

    snprintf(r->started, sizeof r->started, "%s", started);
    free(started);
    r->command = text_of(all, "command");
    r->version = text_of(all, "version");
    r->seed = json_integer_value(json_object_get(all, "seed"));
    if (json_is_string(json_object_get(all, "error")))
        r->error = text_of(all, "error");
    if (!json_is_integer(schema) || json_integer_value(schema) != SCHEMA) {
        snprintf(why, why_size,
                 "%s: schema: %" JSON_INTEGER_FORMAT
                 " found; this program reads %d",
                 path, json_integer_value(schema), SCHEMA);
        return -1;
    }
    r->rows_in_csv = json_is_string(rows) &&
                     strcmp(json_string_value(rows), "rows.csv") == 0;
    if (r->rows_in_csv)
        return 0;
    if (!json_is_array(rows)) {
        snprintf(why, why_size, "%s: rows: there is no such array", path);
        return -1;
    }
    json_array_foreach(rows, i, row) if (row_from_json(rows_add(&r->rows), row,
                                                       reason, sizeof reason))
    {
        snprintf(why, why_size, "%s: rows[%zu]: %s", path, i, reason);
        return -1;
    }
    return 0;
}

/* Returns 1 if there is none. */
static int read_json(struct results *r, const char *path, char *why,
                     size_t why_size)
{
    json_error_t at;
    json_t *all;
    FILE *from = fopen(path, "r");
    int status;

    if (!from)
        return errno == ENOENT ? 1 : failed(why, why_size, path);
    all = json_loadf(from, 0, &at);
    fclose(from);
    if (!all) {
        snprintf(why, why_size, "%s:%d: %s", path, at.line, at.text);
        return -1;
    }
    status = take_json(r, all, path, why, why_size);
    json_decref(all);
    return status;
}

/* Returns 1 if there is none. */
static int read_csv(struct results *r, const char *path, bool *torn, char *why,
                    size_t why_size)
{
    FILE *from = fopen(path, "r");
    int status;

    if (!from)
        return errno == ENOENT ? 1 : failed(why, why_size, path);
    status = csv_read(from, path, &r->rows, torn, why, why_size);
    fclose(from);
    return status;
}

/* Rows that result.json leaves to rows.csv. */
static int take_csv(struct results *r, const char *folder, char *note,
                    size_t note_size, char *why, size_t why_size)
{
    char *path = folder_path(folder, "rows.csv");
    bool torn = false;
    int status = read_csv(r, path, &torn, why, why_size);

    if (status == 1)
        snprintf(why, why_size, "%s: it is missing", path);
    else if (status == 0 && torn)
        snprintf(note, note_size, "%s: its torn last line is left out", path);
    else if (status == 0)
        joined_twice(path, &r->rows, note, note_size);
    free(path);
    return status ? -1 : 0;
}

/* Reads rows.csv in place of a result.json that is absent or unfinished. */
static int fall_back(struct results *r, const char *folder, char *note,
                     size_t note_size, char *why, size_t why_size)
{
    const char *told = r->error ? "of a run that did not end"
                                : "without a result.json, which would say "
                                  "what was run and whether it ended";
    char *path = folder_path(folder, "rows.csv");
    bool torn = false;
    int status;

    rows_release(&r->rows);
    status = read_csv(r, path, &torn, why, why_size);
    if (status == 1)
        snprintf(why, why_size, "%s: no result.json and no rows.csv there",
                 folder);
    else if (status == 0 && !joined_twice(path, &r->rows, note, note_size))
        snprintf(note, note_size, "%s: %zu rows %s%s", path, r->rows.count,
                 told, torn ? "; its torn last line is left out" : "");
    free(path);
    return status ? -1 : 0;
}

int results_open(struct results *r, const char *folder, char *note,
                 size_t note_size, char *why, size_t why_size)
{
    char *path = folder_path(folder, "result.json");
    int status;

    *r = (struct results){0};
    note[0] = '\0';
    status = read_json(r, path, why, why_size);
    if (status == 1) {
        r->command = text_copy("");
        r->version = text_copy("");
    }
    if (status == 1 ||
        (status == 0 && r->error && strcmp(r->error, unfinished) == 0))
        status = fall_back(r, folder, note, note_size, why, why_size);
    else if (status == 0 && r->rows_in_csv)
        status = take_csv(r, folder, note, note_size, why, why_size);
    else if (status == 0)
        joined_beside(folder, r->rows.count, note, note_size);
    free(path);
    if (status)
        results_release(r);
    return status;
}

int results_again(struct results *r, const char *folder, const char *command,
                  int64_t seed, char *why, size_t why_size)
{
    char *path = folder_path(folder, "result.json");
    int status;

    *r = (struct results){0};
    status = read_json(r, path, why, why_size);
    free(path);
    if (status < 0) {
        results_release(r);
        return -1;
    }
    if (status == 1) {
        r->command = text_copy(command);
        r->version = text_copy(turnaround_version());
        r->seed = seed;
        stamp(r->started);
    }
    free(r->error);
    r->error = text_copy(unfinished);
    r->path = text_copy(folder);
    r->rows_in_csv = true;
    status =
        folder_keep(folder, "result.json", results_to_json(r), why, why_size);
    if (status)
        results_release(r);
    return status;
}

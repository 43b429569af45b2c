/* SPDX-License-Identifier: BSD-2-Clause */
/* A results folder: what a run leaves, and what plots and reports are made
 * from again without running anything.
 *
 *   result.json  {"schema":1,"command":…,"version":…,"started":…,"seed":…,
 *                "rows":[…]}, and "error":… where it failed; of a sweep, "rows"
 *                is "rows.csv", which alone has them
 *   rows.csv     the same rows, a line each as soon as it is known
 *   host.json    kernel, settings, versions
 *   claims.json  of `turnaround reproduce`: its lines, as bench/tell/claims.h
 *                has them: {"schema":1,"claims":[…]}
 *   saves.json   of `turnaround sweep --saves`: bench/tell/saves.h
 *   captures/    a folder for each row, named by it
 *   plots/       made by `turnaround plot`
 */
#ifndef BENCH_TELL_FOLDER_H
#define BENCH_TELL_FOLDER_H

#include "bench/tell/csv.h"
#include "bench/tell/result.h"

struct results {
    char *command; /* owned; as a shell would need it */
    char *version; /* owned: of the program that ran */
    char started[32];
    int64_t seed;
    char *error; /* owned; NULL: it went well */
    struct rows rows;
    bool rows_in_csv; /* result.json leaves them to rows.csv */
    /* private */
    char *path; /* NULL: kept in memory alone */
    FILE *csv;
};

struct setting { /* borrowed: any fact of the host that a caller names */
    const char *name, *value;
};

/* A subcommand's arguments as a shell would need the whole command line:
 * "turnaround run --rtt 200ms". Caller frees. */
char *command_line(int argc, char *const *argv);

/* Begins a result; `path` NULL keeps it in memory, else the folder is made
 * (with those above it) with a rows.csv and a result.json that says that the
 * run has not ended. A folder that holds results already is refused. On
 * failure returns -1 and says why; nothing is to be released then. */
int results_create(struct results *, const char *path, const char *command,
                   int64_t seed, char *why, size_t why_size);

/* Begins it again in a folder that was left before its end, or finished; its
 * rows.csv is the caller's then. The command stays what it was. */
int results_again(struct results *, const char *path, const char *command,
                  int64_t seed, char *why, size_t why_size);

/* Makes a folder, with those above it; one that exists is as good. */
int folder_ensure(const char *path, char *why, size_t why_size);

/* FOLDER/NAME; the caller frees it. And what errno says of it as -1 and why. */
char *folder_path(const char *path, const char *name);
int folder_failed(const char *path, const char *name, char *why,
                  size_t why_size);

/* A file of a folder, whole or not at all; takes the value over. */
int folder_keep(const char *path, const char *name, json_t *value, char *why,
                size_t why_size);

/* host.json: what this module can see by itself, and the settings given. */
int folder_host(const char *path, const struct setting *, size_t count,
                char *why, size_t why_size);

/* Adds a row, which is taken over; also to rows.csv, at once. */
int results_add(struct results *, struct row *, char *why, size_t why_size);

/* Writes result.json, with the error if there was one. */
int results_end(struct results *, const char *error, char *why,
                size_t why_size);

json_t *results_to_json(const struct results *); /* caller decrefs */

/* Opens a folder for reading: result.json, or rows.csv where that has no
 * whole result. `note`, which may be empty, says what was healed. On failure
 * returns -1 and says why, and nothing is to be released. */
int results_open(struct results *, const char *path, char *note,
                 size_t note_size, char *why, size_t why_size);

void results_release(struct results *);

/* How the program prints JSON: indented, numbers of at most 15 digits. */
#define JSON_MANNER (JSON_INDENT(2) | JSON_REAL_PRECISION(15))

#endif

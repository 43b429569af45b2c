/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/cmd/sweep_tell.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/draw_out.h"
#include "bench/cmd/json_out.h"
#include "bench/tell/beside.h"
#include "bench/tell/saves.h"
#include "bench/tell/summary.h"

enum {
    BAR = 24,
    BAR_LEAST = 4,
    LINE_EVERY_S = 10,
    GROUPS_PRINTED = 40,
    INVALID_LISTED = 20
};

static void left(char room[40], double s)
{
    if (isnan(s))
        snprintf(room, 40, "-:--");
    else if (s < 3600)
        snprintf(room, 40, "%d:%02d", (int)s / 60, (int)s % 60);
    else if (s < 3.6e7)
        snprintf(room, 40, "%d:%02d:%02d", (int)(s / 3600),
                 (int)fmod(s, 3600) / 60, (int)fmod(s, 60));
    else
        snprintf(room, 40, "over a year");
}

static double share(const struct sweep_progress *p)
{
    return p->total > 0 ? (double)p->done / (double)p->total : 1;
}

/* Runs a second: two digits of it, or all before the point; "-": unknown. */
static void rate(char room[40], const struct sweep_progress *p)
{
    double each = p->seconds > 0 && !isnan(p->left_s) && p->left_s > 0
                      ? (double)(p->total - p->done) / p->left_s
                      : 0;

    if (each > 0)
        snprintf(room, 40, "%.*f", each >= 10 ? 0 : each >= 1 ? 1 : 2, each);
    else
        snprintf(room, 40, "-");
}

void sweep_tell_line(const struct sweep_progress *p, size_t columns,
                     char room[SWEEP_LINE])
{
    char text[SWEEP_LINE - BAR - 4], time_left[40], each[40];
    size_t len, bar;
    int full;

    left(time_left, p->left_s);
    rate(each, p);
    snprintf(text, sizeof text,
             "%llu/%llu  %s/s  %s left  %llu INVALID%s  %zu at once",
             (unsigned long long)p->done, (unsigned long long)p->total, each,
             time_left, (unsigned long long)p->invalid,
             p->again ? ", again" : "", p->at_once);
    len = strlen(text);
    bar = columns > len + 4 ? columns - len - 4 : 0;
    bar = bar < BAR ? bar : BAR;
    full = (int)(share(p) * (double)bar);
    if (bar >= BAR_LEAST)
        snprintf(room, SWEEP_LINE, "[%.*s%*s] %s", full,
                 "########################", (int)bar - full, "", text);
    else
        snprintf(room, SWEEP_LINE, "%.*s", (int)(columns - 1), text);
}

static size_t columns_now(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1
               ? size.ws_col
               : 80;
}

void sweep_tell_progress(void *teller, const struct sweep_progress *p)
{
    struct sweep_teller *t = teller;
    char line[SWEEP_LINE], time_left[40], each[40];

    if (t->terminal) {
        sweep_tell_line(p, columns_now(), line);
        fprintf(stderr, "\r%s\033[K", line);
        t->drawn = true;
    } else if (p->seconds - t->told_s >= LINE_EVERY_S) {
        t->told_s = p->seconds;
        left(time_left, p->left_s);
        rate(each, p);
        fprintf(stderr,
                "%llu of %llu runs, %s/s, %s left, %llu INVALID, %zu at "
                "once\n",
                (unsigned long long)p->done, (unsigned long long)p->total, each,
                time_left, (unsigned long long)p->invalid, p->at_once);
    }
}

void sweep_tell_end(struct sweep_teller *t)
{
    if (t->drawn)
        fputs("\r\033[K", stderr);
}

int sweep_tell_json(const struct sweep_flags *f, json_t *all)
{
    return json_out("sweep", f->json_file, stdout, all) < 0 ? EXIT_INVALID
                                                            : EXIT_GOOD;
}

int sweep_summary_file(const struct summary *s, const char *dir,
                       const char *who)
{
    struct beside file;
    int result = beside_open(&file, dir, "summary.csv");

    if (result == 0) {
        summary_csv(file.to, s);
        result = beside_keep(&file);
    }
    if (result < 0)
        fprintf(stderr, "%s: %s/summary.csv: %s\n", who, dir, strerror(errno));
    return result;
}

static size_t count_invalid(const struct results *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->rows.count; i++)
        n += r->rows.row[i].valid != FLAG_TRUE;
    return n;
}

static size_t count_undelivered(const struct results *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->rows.count; i++) {
        const char *outcome = r->rows.row[i].outcome;

        n += !outcome || strncmp(outcome, "delivered", 9) != 0;
    }
    return n;
}

static void list_invalid(const struct results *r)
{
    size_t listed = 0, all = count_invalid(r);

    for (size_t i = 0; i < r->rows.count && listed < INVALID_LISTED; i++) {
        const struct row *row = &r->rows.row[i];

        if (row->valid == FLAG_TRUE)
            continue;
        listed++;
        printf("INVALID: cell %lld (%s), repetition %lld: %s\n",
               (long long)row->cell, row->varied ? row->varied : "",
               (long long)row->repeat,
               row->invalid_because ? row->invalid_because : "");
    }
    if (all > listed)
        printf("INVALID: and %zu more\n", all - listed);
}

static void print_all(const struct sweep_flags *f,
                      const struct sweep_outcome *o, const struct results *r,
                      const struct summary *s)
{
    summary_print(stdout, s, GROUPS_PRINTED);
    list_invalid(r);
    printf("%zu rows in %s", r->rows.count, f->out);
    if (o->ran > 0)
        printf("; %llu runs in %.1f s, %.1f s one after the other, up to %zu "
               "at once",
               (unsigned long long)o->ran, o->last.seconds, o->summed_s,
               o->widest);
    if (o->skipped > 0)
        printf("; %llu runs without meaning left out",
               (unsigned long long)o->skipped);
    putchar('\n');
}

static json_t *all_to_json(const struct sweep_flags *f,
                           const struct sweep_outcome *o,
                           const struct results *r, const struct summary *s,
                           json_t *savings)
{
    return json_pack(
        "{s:i, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:I, s:o, "
        "s:o}",
        "schema", SCHEMA, "command", json_text(r->command), "folder", f->out,
        "cells", (json_int_t)f->sweep.cells, "repeat",
        (json_int_t)f->sweep.repeat, "rows", (json_int_t)r->rows.count,
        "invalid", (json_int_t)count_invalid(r), "skipped",
        (json_int_t)o->skipped, "ran", (json_int_t)o->ran, "seconds",
        o->last.seconds, "summed_s", o->summed_s, "widest",
        (json_int_t)o->widest, "summary", summary_to_json(s), "saves", savings);
}

static int tell_savings(const struct sweep_flags *f, const struct results *r,
                        json_t **as_json)
{
    struct saving_answer *answer;
    size_t count;
    int status = EXIT_GOOD;
    char why[SWEEP_WHY];

    *as_json = json_array();
    if (!f->saving.fast)
        return EXIT_GOOD;
    count = saving_answer(&f->saving, &r->rows, &answer);
    for (size_t i = 0; i < count; i++) {
        if (!f->json || f->json_file)
            saving_print(stdout, &f->saving, &answer[i]);
        if (answer[i].state == SAVING_UNKNOWN)
            status = EXIT_INVALID;
    }
    json_decref(*as_json);
    *as_json = saving_to_json(&f->saving, answer, count);
    if (saves_keep(f->out, &f->saving, answer, count, r->rows.count, why,
                   sizeof why) < 0) {
        fprintf(stderr, "sweep: %s\n", why);
        status = EXIT_INVALID;
    }
    free(answer);
    return count > 0 ? status : EXIT_INVALID;
}

int sweep_tell_results(const struct sweep_flags *f,
                       const struct sweep_outcome *o, const struct results *r)
{
    struct summary s;
    json_t *savings, *all;
    int status = EXIT_GOOD, saved;

    summary_make(&s, &r->rows, NULL, (uint64_t)f->sweep.seed);
    if (!f->json || f->json_file)
        print_all(f, o, r, &s);
    saved = tell_savings(f, r, &savings);
    all = all_to_json(f, o, r, &s, savings);
    if (f->json)
        status = sweep_tell_json(f, all);
    else
        json_decref(all);
    if (sweep_summary_file(&s, f->out, "sweep") < 0)
        status = EXIT_INVALID;
    summary_release(&s);
    if (f->plots && draw_out(r, f->out, "sweep") < 0)
        status = EXIT_INVALID;
    if (status == EXIT_GOOD)
        status = saved;
    if (status == EXIT_GOOD && count_undelivered(r) > 0)
        status = EXIT_CHECK_FAILED;
    return count_invalid(r) > 0 ? EXIT_INVALID : status;
}

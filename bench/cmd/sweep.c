/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround sweep`: a scenario for every combination of what varies. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/sweep_flags.h"
#include "bench/cmd/sweep_tell.h"
#include "bench/run/pinned.h"
#include "bench/run/sweep_predict.h"
#include "bench/run/sweep_run.h"

enum { CELLS_LISTED = 10000 };

static void print_cells(const struct sweep *s)
{
    for (uint64_t cell = 0; cell < s->cells && cell < CELLS_LISTED; cell++) {
        struct scenario one;
        char why[SWEEP_WHY], *varied = sweep_varied(s, cell);
        bool meant = sweep_scenario(s, cell, 1, &one, why) == 0;

        printf("%llu  %s%s\n", (unsigned long long)cell + 1,
               varied ? varied : "", meant ? "" : "  (without meaning)");
        scenario_release(&one);
        free(varied);
    }
    if (s->cells > CELLS_LISTED)
        printf("and %llu more\n",
               (unsigned long long)(s->cells - CELLS_LISTED));
}

static int say(const char *why)
{
    fprintf(stderr, "sweep: %s\n", why);
    return EXIT_INVALID;
}

/* Refuses what has no meaning, or this program cannot run. */
static int look(const struct sweep *s)
{
    char why[SWEEP_WHY];
    int status = EXIT_GOOD;

    if (sweep_look(s, why) < 0) {
        status = errno == ENOSYS ? EXIT_UNSUPPORTED : EXIT_USAGE;
        say(why);
    }
    return status;
}

static int dry_run(const struct sweep_flags *f)
{
    const struct sweep *s = &f->sweep;
    struct sweep_prediction p;
    int status = look(s);
    json_t *all;

    if (status != EXIT_GOOD)
        return status;
    sweep_predict(s, (size_t)f->at_once, &p);
    all =
        json_pack("{s:i, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "schema", SCHEMA,
                  "cells", (json_int_t)s->cells, "repeat",
                  (json_int_t)s->repeat, "runs", (json_int_t)s->mine, "sampled",
                  (json_int_t)p.sampled, "summed_kernel_s", p.kernel_s,
                  "summed_virtual_s", p.virtual_s, "predicted_s", p.wall_s);
    if (f->json)
        return sweep_tell_json(f, all);
    json_decref(all);
    print_cells(s);
    printf("%llu cells, %lld times each", (unsigned long long)s->cells,
           (long long)s->repeat);
    if (s->shards > 1)
        printf("; shard %llu of %llu", (unsigned long long)s->shard,
               (unsigned long long)s->shards);
    printf(": %llu runs\n%.1f s", (unsigned long long)s->mine, p.wall_s);
    if (p.kernel_s > 0)
        printf(", with %zu at once in the kernel world; %.1f s one after the "
               "other",
               p.wide, p.kernel_s + p.virtual_s);
    printf("; reckoned from %llu of the runs%s; plots not counted\n",
           (unsigned long long)p.sampled,
           p.kernel_s > 0 ? ", kernel ones in the ideal world" : "");
    return EXIT_GOOD;
}

static void on_signal(int number)
{
    (void)number;
    sweep_stop = 1;
}

static void catch_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal};

    stop.sa_flags = (int)SA_RESETHAND; /* a second one ends it at once */
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
}

static bool has_kernel(const struct sweep *s, enum port_kind *port)
{
    const struct sweep_axis *world = sweep_axis(s, "world");
    char why[SWEEP_WHY];
    struct scenario first;
    bool kernel;

    kernel = sweep_scenario(s, 0, 1, &first, why) == 0 &&
             first.world == WORLD_KERNEL;
    *port = first.port;
    scenario_release(&first);
    for (size_t i = 0; world && i < world->values; i++)
        kernel |= strcmp(world->value[i], world_name(WORLD_KERNEL)) == 0;
    return kernel;
}

/* Runs what the folder lacks, and closes it. */
static int run(const struct sweep_flags *f, struct store *st,
               struct sweep_outcome *o)
{
    struct sweep_teller teller = {.terminal = isatty(STDERR_FILENO)};
    const struct sweep_order order = {.at_once = (size_t)f->at_once,
                                      .warm_up = f->warm_up,
                                      .captures = f->captures ? f->out : NULL,
                                      .told = sweep_tell_progress,
                                      .arg = &teller};
    char why[SWEEP_WHY] = "", ended[SWEEP_WHY], wrong[SWEEP_WHY];
    int status = EXIT_GOOD;

    if (sweep_run(&f->sweep, st, &order, o, why) < 0)
        status = o->unsupported ? EXIT_UNSUPPORTED : EXIT_INVALID;
    sweep_tell_end(&teller);
    if (status == EXIT_GOOD && st->have < f->sweep.mine) {
        status = EXIT_INVALID;
        snprintf(why, sizeof why, "%s",
                 o->stopped ? "stopped by a signal" : o->why);
    }
    snprintf(ended, sizeof ended, "%llu of %llu runs: %.900s",
             (unsigned long long)st->have, (unsigned long long)f->sweep.mine,
             why);
    if (store_end(st, status == EXIT_GOOD ? NULL : ended, wrong) < 0)
        status = say(wrong);
    if (status != EXIT_GOOD) {
        say(ended);
        fprintf(stderr, "sweep: go on with: turnaround sweep --resume %s\n",
                f->out);
    }
    return status;
}

static int tell(const struct sweep_flags *f, const struct sweep_outcome *o)
{
    struct results r;
    char note[512], why[SWEEP_WHY];
    int status;

    if (results_open(&r, f->out, note, sizeof note, why, sizeof why) < 0)
        return say(why);
    status = sweep_tell_results(f, o, &r);
    results_release(&r);
    return status;
}

static int sweep(const struct sweep_flags *f, const char *command)
{
    char why[SWEEP_WHY], wrong[KERNEL_WHY];
    struct sweep_outcome o;
    enum port_kind port;
    struct store st;
    bool kernel = has_kernel(&f->sweep, &port);
    int status = look(&f->sweep);

    if (status != EXIT_GOOD)
        return status;
    if (store_open(&st, &f->sweep, f->out, command, f->resume, why) < 0)
        return say(why);
    if (*st.note)
        fprintf(stderr, "sweep: %s\n", st.note);
    if (st.have > 0)
        fprintf(stderr, "sweep: %llu of %llu runs are there already\n",
                (unsigned long long)st.have, (unsigned long long)f->sweep.mine);
    status = EXIT_GOOD;
    if (pinned_tell(f->out, kernel, port, wrong) < 0)
        status = say(wrong);
    catch_signals();
    if (status == EXIT_GOOD)
        status = run(f, &st, &o);
    store_release(&st);
    return status == EXIT_GOOD ? tell(f, &o) : status;
}

int sweep_main(int argc, char **argv)
{
    char *command = command_line(argc, argv);
    struct sweep_flags *f = calloc(1, sizeof *f);
    int status = EXIT_INVALID;

    if (f) {
        status = sweep_flags_parse(f, argc, argv);
        if (status < 0)
            status = f->dry_run ? dry_run(f) : sweep(f, command);
        sweep_flags_release(f);
    }
    free(f);
    free(command);
    return status;
}

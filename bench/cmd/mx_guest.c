/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a command among the hosts of a topology, and tells what they saw. */
#include "bench/cmd/mx_guest.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/json_out.h"
#include "bench/cmd/mx_folder.h"
#include "bench/run/mx_guest.h"
#include "bench/tell/result.h"

static void print_visit(const struct topology *t, const struct mx_visit *v)
{
    fprintf(stderr, "  %-28s at %10.1f ms", t->host[v->host].name,
            (double)v->at_ns / 1e6);
    if (v->over)
        fprintf(stderr, "  took %zu message%s for %zu", v->mails,
                v->mails == 1 ? "" : "s", v->recipients);
    else
        fputs("  never ended", stderr);
    fputc('\n', stderr);
}

static void print(const struct topology *t, const struct mx_guest *g)
{
    fprintf(stderr, "mx: %.1f ms; %zu questions to the DNS; %zu session%s\n",
            (double)g->took_ns / 1e6, g->questions, g->visits,
            g->visits == 1 ? "" : "s");
    for (size_t i = 0; i < g->visits && i < MX_VISITS; i++)
        print_visit(t, &g->visit[i]);
    if (g->visits > MX_VISITS)
        fprintf(stderr, "  and %zu more\n", g->visits - MX_VISITS);
    if (!g->road.valid)
        fprintf(stderr, "mx: INVALID: %s\n", g->road.why);
}

static json_t *visits_json(const struct topology *t, const struct mx_guest *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < g->visits && i < MX_VISITS; i++) {
        const struct mx_visit *v = &g->visit[i];

        json_array_append_new(
            list,
            json_pack("{s:s, s:f, s:b, s:I, s:I}", "host",
                      t->host[v->host].name, "at_ms", (double)v->at_ns / 1e6,
                      "ended", v->over, "messages", (json_int_t)v->mails,
                      "recipients", (json_int_t)v->recipients));
    }
    return list;
}

static json_t *to_json(const struct mx_guest_ask *ask, const struct mx_guest *g)
{
    return json_pack(
        "{s:i, s:s, s:f, s:I, s:I, s:o, s:b, s:o}", "schema", SCHEMA,
        "topology", ask->topology->name, "took_ms", (double)g->took_ns / 1e6,
        "dns_questions", (json_int_t)g->questions, "sessions",
        (json_int_t)g->visits, "visits", visits_json(ask->topology, g), "valid",
        g->road.valid, "invalid_because",
        g->road.valid ? json_null() : json_string(g->road.why));
}

static int status_of(const struct sandbox_end *e)
{
    if (e->how == SANDBOX_RAN)
        return WIFSIGNALED(e->status) ? 128 + WTERMSIG(e->status)
                                      : WEXITSTATUS(e->status);
    fprintf(stderr, "mx: %s\n", e->why);
    if (e->how == SANDBOX_NO_COMMAND)
        return e->error == ENOENT ? 127 : 126; /* as env(1) has it */
    return EXIT_INVALID;
}

int mx_guest_main(const struct mx_guest_ask *ask)
{
    const struct mx_part part = {.topology = ask->topology,
                                 .message = &ask->topology->message[0],
                                 .seed = ask->topology->seed,
                                 .port = ask->port};
    struct mx_guest *g = malloc(sizeof *g);
    char why[MX_WHY] = "out of memory", captures[MX_FOLDER_PATH];
    int status = EXIT_INVALID;

    if (ask->out && mx_folder_captures(ask->out, captures, why) < 0) {
        fprintf(stderr, "mx: %s\n", why);
        free(g);
        return EXIT_INVALID;
    }
    if (!g || mx_guest_run(&part, ask->command, ask->out ? captures : NULL, g,
                           why) < 0) {
        fprintf(stderr, "mx: %s\n", why);
        free(g);
        return EXIT_INVALID;
    }
    if (!ask->json || ask->json_file)
        print(ask->topology, g);
    status = status_of(&g->end);
    if (ask->json &&
        json_out("mx", ask->json_file, stderr, to_json(ask, g)) < 0)
        status = EXIT_INVALID;
    ferry_report_release(&g->road);
    free(g);
    return status;
}

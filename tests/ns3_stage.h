/* SPDX-License-Identifier: BSD-2-Clause */
/* A stage of the ns3 world for puppets: a client, and hosts on roads of their
 * own. */
#ifndef TESTS_NS3_STAGE_H
#define TESTS_NS3_STAGE_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netem/spec.h"
#include "tests/ns3_help.h"
#include "tests/puppet.h"

#define MS INT64_C(1000000)

enum { HOSTS = 4 };

struct stage {
    struct link_params up[HOSTS], down[HOSTS];
    struct ns3_host host[HOSTS];
    struct ns3_config config;
    struct puppet client, *server; /* accept()'s last one */
    struct puppet *made[HOSTS];
    void (*serve)(struct puppet *, const struct told *);
    size_t take_at_most;
    int accepted, gone;
    bool refuse;
    struct ns3_report report;
    char why[NS3_WHY];
};

static const struct endpoint mx[HOSTS] = {
    {{192, 0, 2, 2}, 4, 25},
    {{198, 51, 100, 7}, 4, 25},
    {{0x20, 1, 0xd, 0xb8, [15] = 2}, 6, 25},
    {{203, 0, 113, 255}, 4, 25},
};

static struct machine *accept_puppet(void *stage, struct endpoint client)
{
    struct stage *s = stage;

    ck_assert_int_ge(client.port, 49152);
    if (s->refuse)
        return NULL;
    ck_assert_int_lt(s->accepted, HOSTS);
    s->server = malloc(sizeof *s->server);
    s->made[s->accepted++] = s->server;
    puppet_init(s->server, s->serve);
    s->server->take_at_most = s->take_at_most;
    return &s->server->machine;
}

static void puppet_gone(void *stage, struct machine *m)
{
    struct stage *s = stage;

    ck_assert_ptr_nonnull(m);
    s->gone++;
}

static void stage_init(struct stage *s, const char *const *words, size_t hosts)
{
    struct spec_error error;

    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < hosts; i++) {
        ck_assert_int_eq(spec_parse(words[i], &s->up[i], &error), 0);
        ck_assert_int_eq(spec_parse(words[i], &s->down[i], &error), 0);
        s->host[i] = (struct ns3_host){.at = mx[i],
                                       .up = &s->up[i],
                                       .down = &s->down[i],
                                       .seed = 1,
                                       .accept = accept_puppet,
                                       .gone = puppet_gone,
                                       .arg = s};
    }
    s->config = (struct ns3_config){
        .hosts = s->host, .host_count = hosts, .limit_ns = NEVER_NS, .arg = s};
}

static int64_t stage_run(struct stage *s)
{
    int64_t end_ns;

    errno = 0;
    end_ns = ns3_run(&s->config, &s->client.machine, &s->report, s->why);
    ck_assert_int_eq(s->gone, s->accepted);
    return end_ns;
}

static void stage_release(struct stage *s)
{
    int error = errno;

    for (size_t i = 0; i < HOSTS; i++) {
        spec_release(&s->up[i]);
        spec_release(&s->down[i]);
        free(s->made[i]);
    }
    errno = error;
}

/* One host, 100 ms each way. */
static void stage_simple(struct stage *s)
{
    static const char *const words[] = {"delay 100ms"};

    stage_init(s, words, 1);
}

#endif

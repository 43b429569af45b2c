/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of a topology with somebody else's client in it. */
#include "bench/run/mx_guest.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "netem/clock.h"

#define GRACE_NS 20000000 /* beyond the roads, for what is on its way */
#define GRACE_MOST_NS INT64_C(2000000000)

/* What the command's last words still need to be heard. */
static int64_t grace_ns(const struct topology *t)
{
    int64_t most_ns = 0;

    for (size_t i = 0; i < t->hosts; i++)
        if (t->host[i].road.rtt_ns > most_ns)
            most_ns = t->host[i].road.rtt_ns;
    most_ns += GRACE_NS;
    return most_ns < GRACE_MOST_NS ? most_ns : GRACE_MOST_NS;
}

static void wait_ns(int64_t ns)
{
    const struct timespec t = {ns / 1000000000, ns % 1000000000};

    nanosleep(&t, NULL);
}

static void keep(const struct mx_lab *l, struct mx_guest *out, int64_t began_ns)
{
    const struct mx_shared *s = l->shared;

    out->questions = s->questions;
    out->visits = s->visits;
    memcpy(out->visit, s->visit, sizeof out->visit);
    for (size_t i = 0; i < MX_VISITS && i < out->visits; i++)
        out->visit[i].at_ns -= began_ns;
}

int mx_guest_run(const struct mx_part *part, char **command,
                 const char *captures, struct mx_guest *out, char why[MX_WHY])
{
    struct mx_lab *l = mx_lab_new(part, captures, why);
    char resolver[MX_ADDRESS_TEXT + 32];
    struct sandbox_config config = {.command.argv = command,
                                    .ready = SANDBOX_AT_ONCE,
                                    .resolver = resolver};
    int result = -1;

    *out = (struct mx_guest){0};
    if (!l)
        return -1;
    /* The resolver's is the first of the roads. */
    snprintf(resolver, sizeof resolver, "nameserver %s\n", l->place[0].server);
    if (mx_lab_start(l, why) == 0) {
        int64_t began_ns = clock_read_ns(CLOCK_MONOTONIC);

        config.lab = l->lab;
        config.watch = ferry_watch(l->ferry);
        sandbox_run(&config, &out->end);
        out->took_ns = clock_read_ns(CLOCK_MONOTONIC) - began_ns;
        wait_ns(grace_ns(part->topology));
        keep(l, out, began_ns);
        result = 0;
    }
    mx_lab_stop(l, &out->road);
    mx_lab_free(l);
    return result;
}

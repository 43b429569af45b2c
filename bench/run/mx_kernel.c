/* SPDX-License-Identifier: BSD-2-Clause */
/* A topology in the kernel world: its lab, and a process for the client. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/bound.h"
#include "bench/run/host.h"
#include "bench/run/mx_lab.h"

static size_t run_tell(struct machine *m, const struct told *t)
{
    struct mx_lab *r = (struct mx_lab *)m;

    r->now_ns = t->now_ns;
    return machine_tell(&r->play->dispatch.machine, t);
}

static struct ask run_ask(struct machine *m)
{
    struct mx_lab *r = (struct mx_lab *)m;
    struct ask a = machine_ask(&r->play->dispatch.machine);

    if (a.kind == ASK_OPEN)
        mx_note_step(r->play, a.peer, r->now_ns);
    return a;
}

static void dispatch(struct mx_lab *r)
{
    struct host *h = NULL;

    r->machine = (struct machine){run_tell, run_ask};
    r->before = bound_share();
    if (lab_enter(r->lab, LAB_CLIENT) == 0 && (h = host_new()) &&
        host_start(h, &r->machine, NULL, NULL) == 0 &&
        host_run(h, NEVER_NS) == 0) {
        mx_sum_up(r->play, &r->shared->tally);
        r->shared->tally.sides = bound_share_since(r->before);
        _exit(0);
    }
    r->shared->client_errno = errno;
    _exit(1);
}

static int run_client(struct mx_lab *r, char why[MX_WHY])
{
    r->client = bound_fork();
    if (r->client == 0)
        dispatch(r);
    if (r->client < 0) {
        snprintf(why, MX_WHY, "client process: %s", strerror(errno));
        return -1;
    }
    while (waitpid(r->client, NULL, 0) < 0 && errno == EINTR)
        continue;
    r->client = 0;
    if (r->shared->tally.done)
        return 0;
    snprintf(why, MX_WHY, "the client ended early: %s",
             strerror(r->shared->client_errno));
    return -1;
}

int mx_kernel(const struct mx_part *part, struct mx_tally *tally,
              struct ferry_report *road, char why[MX_WHY])
{
    struct mx_lab *r = mx_lab_new(part, NULL, why);
    int result = -1;

    *road = (struct ferry_report){0};
    if (!r)
        return -1;
    r->play->sending.attempts = 1; /* the next would be half an hour later */
    if (mx_lab_start(r, why) == 0)
        result = run_client(r, why);
    bound_end(&r->client);
    mx_lab_stop(r, road);
    if (result == 0) {
        *tally = r->shared->tally;
        tally->taken = r->shared->taken;
        tally->takers = r->shared->takers;
        tally->sides = bound_share_sum(tally->sides, r->shared->sides);
    } else {
        ferry_report_release(road);
    }
    mx_lab_free(r);
    return result;
}

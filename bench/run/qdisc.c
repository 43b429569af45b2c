/* SPDX-License-Identifier: BSD-2-Clause */
/* tc's words, tc's answers: tc-netem(8). */
#include "bench/run/qdisc.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/run/sandbox_inner.h"
#include "bench/run/tap.h"
#include "netem/clock.h"
#include "netem/spec.h"

enum { ARGS = 128, HEARD = 4096, NOT_FOUND = 127 };

/* The road's devices: what goes up leaves by d0, towards the server. */
static const char *const devices[FERRY_WAYS] = {"d0", "u0"};

struct qdisc {
    struct lab *lab;
    bool netem; /* else nothing delays */
    struct tap *client, *server;
    int64_t began_ns;
};

const char *qdisc_lacks(const struct link_params *p)
{
    if (p->base.delay.ordered)
        return "ordered";
    if (p->base.rate.trace)
        return "rate trace";
    if (p->queue.discipline != LINK_QUEUE_NONE)
        return "queue";
    if (p->change_count)
        return "at";
    return p->drop_count || p->predicate_count ? "drop" : NULL;
}

static void be_tc(struct lab *lab, char **argv, int out, int errors)
{
    if (lab_enter(lab, LAB_ROAD) == -1)
        _exit(1);
    sandbox_keep_powers();
    dup2(out, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execvp(argv[0], argv);
    _exit(NOT_FOUND);
}

/* Runs it in the road and hears what it prints, or complains of. Returns its
 * exit status, NOT_FOUND where there is none. */
static int run_tc(struct lab *lab, char **argv, bool complaints,
                  char heard[HEARD])
{
    int hear[2], status = 0;
    size_t n = 0;
    ssize_t got;
    pid_t pid;

    heard[0] = 0;
    if (pipe(hear) == -1 || (pid = fork()) == -1)
        return 1;
    if (pid == 0)
        be_tc(lab, argv, complaints ? STDERR_FILENO : hear[1],
              complaints ? hear[1] : STDERR_FILENO);
    close(hear[1]);
    while ((got = read(hear[0], heard + n, HEARD - 1 - n)) > 0)
        n += (size_t)got;
    close(hear[0]);
    heard[n] = 0;
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int refuse(int error, char why[QDISC_WHY], const char *format,
                  const char *what)
{
    snprintf(why, QDISC_WHY, format, what);
    errno = error;
    return -1;
}

static int refuse_tc(int status, char *heard, char why[QDISC_WHY])
{
    heard[strcspn(heard, "\n")] = 0;
    if (status == NOT_FOUND)
        return refuse(ENOSYS, why,
                      "the road qdisc needs the program %s (of iproute2), "
                      "which is not here; use --road ferry",
                      "tc");
    if (strstr(heard, "unknown") || strstr(heard, "No such file"))
        return refuse(ENOSYS, why,
                      "this kernel has no netem (tc: \"%.300s\"); modprobe "
                      "sch_netem, or use --road ferry",
                      heard);
    return refuse(strstr(heard, "not permitted") ? EPERM : EINVAL, why,
                  "the road qdisc: tc: %.300s", heard);
}

/* Our words are tc's, so they only have to be parted. */
static int set_netem(struct lab *lab, const char *device,
                     const struct link_params *p, char why[QDISC_WHY])
{
    char words[2048], heard[HEARD],
        *argv[ARGS] = {"tc",           "qdisc", "add",  "dev",
                       (char *)device, "root",  "netem"};
    size_t n = 7;
    int status;

    if (qdisc_lacks(p))
        return refuse(EINVAL, why,
                      "netem has no \"%s\": use --road ferry for it",
                      qdisc_lacks(p));
    spec_print(p, words, sizeof words);
    for (char *w = strtok(words, " "); w && n < ARGS - 1; w = strtok(NULL, " "))
        argv[n++] = w;
    status = run_tc(lab, argv, true, heard);
    return status == 0 ? 0 : refuse_tc(status, heard, why);
}

static void free_qdisc(struct qdisc *q)
{
    char why[TAP_WHY];

    if (q->client)
        tap_stop(q->client, why);
    if (q->server)
        tap_stop(q->server, why);
    free(q);
}

static int start(struct qdisc *q, const struct qdisc_config *c,
                 char why[QDISC_WHY])
{
    if (q->netem && (set_netem(q->lab, devices[FERRY_UP], c->up, why) < 0 ||
                     set_netem(q->lab, devices[FERRY_DOWN], c->down, why) < 0))
        return -1;
    errno = EIO;
    if (c->client_pcap && !(q->client = tap_start(q->lab, LAB_CLIENT, c->client,
                                                  c->client_pcap, why)))
        return -1;
    if (c->server_pcap && !(q->server = tap_start(q->lab, LAB_SERVER, c->server,
                                                  c->server_pcap, why)))
        return -1;
    return 0;
}

struct qdisc *qdisc_start(struct lab *lab, const struct qdisc_config *config,
                          char why[QDISC_WHY])
{
    struct qdisc *q = calloc(1, sizeof *q);
    int error;

    if (!q)
        abort();
    q->lab = lab;
    q->netem = config->up && config->down;
    q->began_ns = clock_read_ns(CLOCK_MONOTONIC);
    if (start(q, config, why) == 0)
        return q;
    error = errno;
    free_qdisc(q);
    errno = error;
    return NULL;
}

static uint64_t number(const json_t *o, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(o, key));
}

/* [{"kind": "netem", ..., "bytes": N, "packets": N, "drops": N, ...}] */
static int read_netem(struct qdisc *q, enum ferry_direction way,
                      struct ferry_way *w)
{
    char heard[HEARD],
        *argv[] = {"tc", "-s", "-j", "qdisc", "show", "dev", NULL, NULL};
    json_t *all;
    const json_t *one;

    argv[6] = (char *)devices[way];
    if (run_tc(q->lab, argv, false, heard) != 0)
        return -1;
    all = json_loads(heard, 0, NULL);
    one = json_array_get(all, 0);
    w->packets_out = number(one, "packets");
    w->bytes_out = number(one, "bytes");
    w->by_rule[LINK_DELIVERED] = w->packets_out;
    w->by_rule[LINK_LOSS] = number(one, "drops");
    w->discarded = number(one, "qlen");
    w->packets_in = w->packets_out + w->by_rule[LINK_LOSS] + w->discarded;
    json_decref(all);
    return one ? 0 : -1;
}

static void spoil(struct ferry_report *r, const char *why)
{
    if (r->valid)
        snprintf(r->why, sizeof r->why, "%s", why);
    r->valid = false;
    r->failed = true;
}

static void stop_tap(struct tap **t, struct ferry_report *r)
{
    char why[TAP_WHY];
    int64_t lost;

    if (!*t)
        return;
    lost = tap_stop(*t, why);
    *t = NULL;
    if (lost < 0)
        spoil(r, why);
    else
        r->capture_lost += (uint64_t)lost;
}

void qdisc_stop(struct qdisc *q, struct ferry_report *r)
{
    *r = (struct ferry_report){.valid = true, .ungraded = true};
    for (int way = 0; q->netem && way < FERRY_WAYS; way++)
        if (read_netem(q, (enum ferry_direction)way, &r->way[way]) < 0)
            spoil(r, "tc did not tell what netem has counted");
    stop_tap(&q->client, r);
    stop_tap(&q->server, r);
    if (r->valid && r->capture_lost) {
        r->valid = false;
        snprintf(r->why, sizeof r->why,
                 "%llu packets are missing in the "
                 "capture files",
                 (unsigned long long)r->capture_lost);
    }
    r->wall_ns = clock_read_ns(CLOCK_MONOTONIC) - q->began_ns;
    free_qdisc(q);
}

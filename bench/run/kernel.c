/* SPDX-License-Identifier: BSD-2-Clause */
/* A lab, a ferry, a server's process and a client's, and what they say. */
#include "bench/run/kernel.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/read/trace.h"
#include "bench/run/host.h"

/* A delivery takes two sessions at most, each a stream with a log. */
enum { STREAMS = 4 };

/* Shared by the processes of a run. */
struct exchange {
    struct tally tally;
    size_t sessions, mails, recipients; /* of the server */
    int client_errno, server_errno;
    struct endpoint local[STREAMS];
    size_t handed_count, handed_room;
    struct handing {
        int stream;
        struct handed handed;
    } handing[];
};

struct run { /* private to this file */
    struct cast *cast;
    struct lab *lab;
    struct ferry *ferry;
    struct exchange *exchange;
    size_t exchange_size;
    char folder[PATH_MAX]; /* of the captures */
    bool throw_away;       /* the folder is ours */
    pid_t server, client;
};

/* --- the two processes ------------------------------------------------ */

/* A child that dies with its parent and does nothing in its name. */
static pid_t fork_bound(void)
{
    pid_t parent = getpid(), child = fork();

    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1UL);
    setsid(); /* a scheduling group of its own: see docs/method.md */
    signal(SIGINT, SIG_DFL);
    if (getppid() != parent)
        _exit(1);
    return 0;
}

static void server_gone(void *run, struct machine *m)
{
    struct run *r = run;

    cast_gone(r->cast, m);
    r->exchange->sessions = r->cast->sessions;
    r->exchange->mails = r->cast->mails;
    r->exchange->recipients = r->cast->recipients;
}

static struct machine *server_accept(void *run, struct endpoint peer)
{
    return cast_accept(((struct run *)run)->cast, peer);
}

static void serve(struct run *r, int ready)
{
    struct host_acceptor acceptor = {r, server_accept, server_gone};
    struct endpoint at = r->cast->server_at;
    struct host *h = NULL;

    if (lab_enter(r->lab, LAB_SERVER) == 0 && (h = host_new()) &&
        host_listen(h, &at, &acceptor) == 0 && write(ready, "!", 1) == 1)
        host_run(h, NEVER_NS);
    r->exchange->server_errno = errno;
    _exit(1);
}

static void note_handed(void *run, int stream, struct endpoint local,
                        uint64_t offset, int64_t at_ns)
{
    struct exchange *x = ((struct run *)run)->exchange;

    if (stream < STREAMS)
        x->local[stream] = local;
    if (x->handed_count < x->handed_room)
        x->handing[x->handed_count] = (struct handing){stream, {at_ns, offset}};
    x->handed_count++;
}

static void deliver(struct run *r)
{
    struct delivery *d = malloc(sizeof *d);
    struct host *h = NULL;

    if (d && lab_enter(r->lab, LAB_CLIENT) == 0 && (h = host_new())) {
        delivery_init(d, &r->cast->sending);
        if (host_start(h, &d->machine, note_handed, r) == 0 &&
            host_run(h, NEVER_NS) == 0) {
            cast_tally(r->cast, d, &r->exchange->tally);
            _exit(0);
        }
    }
    r->exchange->client_errno = errno;
    _exit(1);
}

static int start_server(struct run *r, char why[KERNEL_WHY])
{
    int ready[2];
    char word;
    ssize_t n;

    if (pipe(ready) < 0 || (r->server = fork_bound()) < 0) {
        snprintf(why, KERNEL_WHY, "server process: %s", strerror(errno));
        return -1;
    }
    if (r->server == 0)
        serve(r, ready[1]);
    close(ready[1]);
    n = read(ready[0], &word, 1);
    close(ready[0]);
    if (n == 1)
        return 0;
    snprintf(why, KERNEL_WHY, "the server could not listen: %s",
             strerror(r->exchange->server_errno));
    return -1;
}

static int run_client(struct run *r, char why[KERNEL_WHY])
{
    r->client = fork_bound();
    if (r->client == 0)
        deliver(r);
    if (r->client < 0) {
        snprintf(why, KERNEL_WHY, "client process: %s", strerror(errno));
        return -1;
    }
    while (waitpid(r->client, NULL, 0) < 0 && errno == EINTR)
        continue;
    r->client = 0;
    if (r->exchange->tally.done)
        return 0;
    snprintf(why, KERNEL_WHY, "the client ended early: %s",
             strerror(r->exchange->client_errno));
    return -1;
}

static void end_process(pid_t *child)
{
    if (*child <= 0)
        return;
    kill(*child, SIGKILL);
    while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
        continue;
    *child = 0;
}

/* --- the road ---------------------------------------------------------- */

static int make_lab(struct run *r, const struct kernel_options *o,
                    char why[KERNEL_WHY])
{
    const struct lab_link link = {
        .client = {.ip4 = "192.0.2.1", .ip6 = "2001:db8::1"},
        .server = {.ip4 = "192.0.2.2", .ip6 = "2001:db8::2"},
    };
    struct lab_config config = lab_config_default();
    const struct lab_setting *settings;
    size_t count;

    config.port = r->cast->scenario->port;
    config.links = &link;
    config.links_count = 1;
    r->lab = lab_new(&config, why);
    if (!r->lab)
        return -1;
    settings = lab_settings(r->lab, &count);
    if (o->settings)
        o->settings(o->settings_arg, settings, count);
    return 0;
}

static int make_folder(struct run *r, const struct kernel_options *o,
                       char why[KERNEL_WHY])
{
    const char *temporary = getenv("TMPDIR");

    r->throw_away = !o->captures;
    if (o->captures) {
        snprintf(r->folder, sizeof r->folder, "%s", o->captures);
        return 0;
    }
    snprintf(r->folder, sizeof r->folder, "%s/turnaround-XXXXXX",
             temporary && *temporary ? temporary : "/tmp");
    if (mkdtemp(r->folder))
        return 0;
    snprintf(why, KERNEL_WHY, "a folder for the captures, %.400s: %s",
             r->folder, strerror(errno));
    r->folder[0] = '\0';
    return -1;
}

static int make_road(struct run *r, char why[KERNEL_WHY])
{
    const struct scenario *s = r->cast->scenario;
    char client[PATH_MAX + 16], server[PATH_MAX + 16];
    struct ferry_link link = {.up = &s->up,
                              .down = &s->down,
                              .seed = (uint64_t)s->seed,
                              .client_pcap = client,
                              .server_pcap = server};
    struct ferry_config config = {.links = &link, .links_count = 1};

    snprintf(client, sizeof client, "%s/client.pcap", r->folder);
    snprintf(server, sizeof server, "%s/server.pcap", r->folder);
    if (!r->throw_away)
        config.grace_ns = s->up.base.delay.ns + 20000000;
    r->ferry = ferry_start(r->lab, &config, why);
    return r->ferry ? 0 : -1;
}

static int make_exchange(struct run *r, char why[KERNEL_WHY])
{
    const struct scenario *s = r->cast->scenario;
    size_t waits =
        plan_turnarounds(s->manner, (size_t)s->messages, (size_t)s->recipients);
    size_t groups = (size_t)s->messages * 4 + waits * 2 + 64;

    r->exchange_size = sizeof *r->exchange + groups * sizeof(struct handing);
    r->exchange = mmap(NULL, r->exchange_size, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (r->exchange == MAP_FAILED) {
        r->exchange = NULL;
        snprintf(why, KERNEL_WHY, "shared memory: %s", strerror(errno));
        return -1;
    }
    r->exchange->handed_room = groups;
    return 0;
}

/* --- the count in the packets ----------------------------------------- */

static size_t gather_log(const struct exchange *x, int stream,
                         struct handed *to)
{
    size_t n = 0;

    for (size_t i = 0; i < x->handed_count; i++)
        if (x->handing[i].stream == stream)
            to[n++] = x->handing[i].handed;
    return n;
}

static size_t gather_logs(const struct exchange *x, struct handed *entries,
                          struct handed_log *logs)
{
    size_t count = 0;

    for (int stream = 0; stream < STREAMS; stream++) {
        size_t n = gather_log(x, stream, entries);

        if (n == 0)
            continue;
        logs[count++] = (struct handed_log){x->local[stream], entries, n};
        entries += n;
    }
    return count;
}

static void count_capture(const struct run *r, struct kernel_run *out)
{
    const struct exchange *x = r->exchange;
    struct handed *entries = calloc(x->handed_count + 1, sizeof *entries);
    struct handed_log logs[STREAMS];
    char path[PATH_MAX + 16], why[TRACE_WHY] = "out of memory";
    struct trace *t = NULL;

    snprintf(path, sizeof path, "%s/client.pcap", r->folder);
    if (x->handed_count > x->handed_room)
        snprintf(why, sizeof why, "more groups than the log holds");
    else if (entries)
        t = trace_open_handed(path, logs, gather_logs(x, entries, logs), why);
    if (t) {
        out->counted = true;
        for (size_t i = 0; i < trace_count(t); i++)
            out->turnarounds_in_capture += trace_get(t, i)->turnarounds;
    } else {
        snprintf(out->why, sizeof out->why, "%s", why);
    }
    trace_free(t);
    free(entries);
}

/* --- all of it --------------------------------------------------------- */

static void remove_folder(const struct run *r)
{
    static const char *const names[] = {"client.pcap", "server.pcap"};
    char path[PATH_MAX + 16];

    if (!r->throw_away || !r->folder[0])
        return;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", r->folder, names[i]);
        unlink(path);
    }
    rmdir(r->folder);
}

static int play(struct run *r, const struct kernel_options *o,
                char why[KERNEL_WHY])
{
    if (make_exchange(r, why) < 0 || make_folder(r, o, why) < 0 ||
        make_lab(r, o, why) < 0 || make_road(r, why) < 0 ||
        start_server(r, why) < 0)
        return -1;
    return run_client(r, why);
}

int kernel_deliver(struct cast *c, const struct kernel_options *o,
                   struct kernel_run *out, char why[KERNEL_WHY])
{
    struct run r = {.cast = c};
    int result = play(&r, o, why);

    *out = (struct kernel_run){0};
    end_process(&r.client);
    if (r.ferry)
        ferry_stop(r.ferry, &out->road);
    end_process(&r.server);
    if (result == 0) {
        out->tally = r.exchange->tally;
        out->mails = r.exchange->mails;
        out->recipients = r.exchange->recipients;
        count_capture(&r, out);
    } else {
        kernel_release(out);
    }
    lab_free(r.lab);
    remove_folder(&r);
    if (r.exchange)
        munmap(r.exchange, r.exchange_size);
    return result;
}

void kernel_release(struct kernel_run *k)
{
    ferry_report_release(&k->road);
}

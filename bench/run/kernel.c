/* SPDX-License-Identifier: BSD-2-Clause */
/* A lab, a ferry, a server's process and a client's, and what they say. */
#include "bench/run/kernel.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/read/trace.h"
#include "bench/run/bound.h"
#include "bench/run/cookie.h"
#include "bench/run/host.h"
#include "bench/run/meaning.h"
#include "bench/run/ns3_road.h"
#include "bench/run/qdisc.h"
#include "sim/ns3.h"

/* A delivery takes two sessions, each a stream with a log, unless a strategy
 * (smtp/strategy.h) has one for each recipient; each may be tried twice. */
enum { STREAMS = 2 * INQUIRY_RECIPIENTS + 4 };

/* Shared by the processes of a run. */
struct exchange {
    struct tally tally;
    size_t sessions, mails, recipients; /* of the server */
    struct bound_share client, server;  /* of the processors, in the session */
    int client_errno, server_errno;
    struct endpoint local[STREAMS];
    struct endpoint cookie; /* the connection made for it; family 0: none */
    size_t handed_count, handed_room;
    struct handing {
        int stream;
        struct handed handed;
    } handing[];
};

struct run { /* private to this file */
    struct cast *cast;
    struct lab *lab;
    struct ferry *ferry;     /* NULL: */
    struct qdisc *qdisc;     /* the kernel is the road */
    struct meaning *meaning; /* of the words' drops */
    struct exchange *exchange;
    size_t exchange_size;
    int memory; /* holds the client's capture; -1: it is kept on disk */
    char client_pcap[PATH_MAX], server_pcap[PATH_MAX];
    pid_t server, client;
    struct bound_share before_session; /* each side's own */
    bool accepted;
};

static void server_gone(void *run, struct machine *m)
{
    struct run *r = run;

    cast_gone(r->cast, m);
    r->exchange->server = bound_share_since(r->before_session);
    r->exchange->sessions = r->cast->sessions;
    r->exchange->mails = r->cast->mails;
    r->exchange->recipients = r->cast->recipients;
}

static struct machine *server_accept(void *run, struct endpoint peer)
{
    struct run *r = run;

    if (!r->accepted)
        r->before_session = bound_share();
    r->accepted = true;
    return cast_accept(r->cast, peer);
}

static void serve(void *run, int ready)
{
    struct run *r = run;
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

/* Into the client's side, with a cookie where TCP Fast Open wants one. */
static int enter_client(struct run *r)
{
    const struct delivery_config *sending = &r->cast->sending;

    if (lab_enter(r->lab, LAB_CLIENT) < 0)
        return -1;
    return r->cast->scenario->tfo
               ? cookie_fetch(sending->peer,
                              sending->session.patience->connect_ns +
                                  r->cast->scenario->greeting_delay_ns,
                              &r->exchange->cookie)
               : 0;
}

static void deliver(struct run *r)
{
    struct delivery *d = malloc(sizeof *d);
    struct host *h = NULL;

    if (d && enter_client(r) == 0 && (h = host_new())) {
        delivery_init(d, &r->cast->sending);
        r->before_session = bound_share();
        if (host_start(h, &d->machine, note_handed, r) == 0 &&
            host_run(h, NEVER_NS) == 0) {
            r->exchange->client = bound_share_since(r->before_session);
            cast_tally(r->cast, d, &r->exchange->tally);
            _exit(0);
        }
    }
    r->exchange->client_errno = errno;
    _exit(1);
}

static int start_server(struct run *r, char why[KERNEL_WHY])
{
    int started = bound_start(&r->server, serve, r);

    if (started < 0)
        snprintf(why, KERNEL_WHY, "server process: %s", strerror(errno));
    if (started <= 0)
        return started;
    errno = r->exchange->server_errno;
    snprintf(why, KERNEL_WHY, "the server could not listen: %s",
             strerror(errno));
    return -1;
}

static int run_client(struct run *r, char why[KERNEL_WHY])
{
    r->client = bound_fork();
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

static struct lab *make_lab(enum port_kind port, bool joined, bool fast_open,
                            char why[KERNEL_WHY])
{
    const struct lab_link link = {
        .client = {.ip4 = "192.0.2.1", .ip6 = "2001:db8::1"},
        .server = {.ip4 = "192.0.2.2", .ip6 = "2001:db8::2"},
    };
    struct lab_config config = lab_config_default();

    config.port = port;
    config.joined = joined;
    config.tcp.fastopen = fast_open ? 3 : 0;
    config.links = &link;
    config.links_count = 1;
    return lab_new(&config, why);
}

int kernel_settings(enum port_kind port, kernel_setting *each, void *arg,
                    char why[KERNEL_WHY])
{
    struct lab *lab = make_lab(port, false, false, why);
    const struct lab_setting *setting;
    size_t count;

    if (!lab)
        return -1;
    setting = lab_settings(lab, &count);
    for (size_t i = 0; i < count && each; i++)
        each(arg, &setting[i]);
    lab_free(lab);
    return 0;
}

/* Captures that nobody keeps live in memory, so that nothing is left behind
 * however we end; the ferry opens them by this process's descriptor. */
static int name_captures(struct run *r, const char *captures,
                         char why[KERNEL_WHY])
{
    if (captures) {
        snprintf(r->client_pcap, sizeof r->client_pcap, "%s/client.pcap",
                 captures);
        snprintf(r->server_pcap, sizeof r->server_pcap, "%s/server.pcap",
                 captures);
        return 0;
    }
    r->memory = memfd_create("client.pcap", MFD_CLOEXEC);
    if (r->memory < 0) {
        snprintf(why, KERNEL_WHY, "memory for the capture: %s",
                 strerror(errno));
        return -1;
    }
    snprintf(r->client_pcap, sizeof r->client_pcap, "/proc/%d/fd/%d",
             (int)getpid(), r->memory);
    return 0;
}

/* Client and server meet in the kernel, and nothing of ours stands between. */
static bool is_joined(enum road road)
{
    return road == ROAD_QDISC || road == ROAD_NONE;
}

static int make_joined(struct run *r, char why[KERNEL_WHY])
{
    const struct scenario *s = r->cast->scenario;
    bool bare = s->road == ROAD_NONE;
    struct qdisc_config config = {.up = bare ? NULL : &s->up,
                                  .down = bare ? NULL : &s->down,
                                  .client = "c0",
                                  .server = "s0",
                                  .client_pcap = r->client_pcap};

    if (r->memory < 0)
        config.server_pcap = r->server_pcap;
    r->qdisc = qdisc_start(r->lab, &config, why);
    return r->qdisc ? 0 : -1;
}

static int make_road(struct run *r, char why[KERNEL_WHY])
{
    const struct scenario *s = r->cast->scenario;
    struct ferry_link link = {.up = &s->up,
                              .down = &s->down,
                              .seed = (uint64_t)s->seed,
                              .client_pcap = r->client_pcap};
    struct ferry_config config = {.links = &link, .links_count = 1};

    if (is_joined(s->road))
        return make_joined(r, why);
    if (s->road == ROAD_NS3) {
        if (ns3_load(why) < 0)
            return -1;
        config.engine = ns3_road_carry;
    }
    if (s->up.predicate_count + s->down.predicate_count > 0) {
        r->meaning = meaning_new(&s->up, &s->down);
        link.drop = meaning_drop;
        link.drop_arg = r->meaning;
    }
    if (r->memory < 0) {
        link.server_pcap = r->server_pcap;
        config.grace_ns = s->up.base.delay.ns + 20000000;
    }
    r->ferry = ferry_start(r->lab, &config, why);
    return r->ferry ? 0 : -1;
}

static int make_exchange(struct run *r, char why[KERNEL_WHY])
{
    const struct scenario *s = r->cast->scenario;
    const struct manner most = {.mode = MODE_LOCKSTEP}; /* whatever happens */
    size_t waits =
        plan_turnarounds(most, (size_t)s->messages, (size_t)s->recipients);
    size_t groups = (size_t)s->messages * 4 + waits * 2 + 64;

    if (s->ask.strategy)
        groups += (size_t)s->recipients * 40;

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
    char why[TRACE_WHY] = "out of memory";
    struct trace *t = NULL;

    if (x->handed_count > x->handed_room)
        snprintf(why, sizeof why, "more groups than the log holds");
    else if (entries)
        t = trace_open_handed(r->client_pcap, logs,
                              gather_logs(x, entries, logs), why);
    if (t) {
        out->counted = true;
        for (size_t i = 0; i < trace_count(t); i++)
            if (!endpoint_equal(trace_get(t, i)->client, x->cookie))
                out->turnarounds_in_capture += trace_get(t, i)->turnarounds;
    } else {
        snprintf(out->why, sizeof out->why, "%s", why);
    }
    trace_free(t);
    free(entries);
}

/* On a road above a second a SYN is sent again although none was lost; where
 * one was, too. */
static int64_t count_syns(struct lab *lab)
{
    int64_t sum = 0;

    for (int side = LAB_CLIENT; side <= LAB_SERVER; side++) {
        unsigned long long n;

        if (lab_counter(lab, (enum lab_side)side, "TcpExt", "TCPSynRetrans",
                        &n) < 0)
            return -1;
        sum += (int64_t)n;
    }
    return sum;
}

/* Connections that the server took by TCP Fast Open. */
static int64_t count_fast(struct lab *lab)
{
    unsigned long long n;

    if (lab_counter(lab, LAB_SERVER, "TcpExt", "TCPFastOpenPassive", &n) < 0)
        return -1;
    return (int64_t)n;
}

static int play(struct run *r, const char *captures, char why[KERNEL_WHY])
{
    const struct scenario *s = r->cast->scenario;

    if (make_exchange(r, why) < 0 || name_captures(r, captures, why) < 0)
        return -1;
    r->lab = make_lab(s->port, is_joined(s->road), s->tfo, why);
    if (!r->lab || make_road(r, why) < 0 || start_server(r, why) < 0)
        return -1;
    return run_client(r, why);
}

int kernel_deliver(struct cast *c, const char *captures, struct kernel_run *out,
                   char why[KERNEL_WHY])
{
    struct run r = {.cast = c, .memory = -1};
    int result = play(&r, captures, why), error = errno;

    *out = (struct kernel_run){0};
    bound_end(&r.client);
    if (r.ferry)
        ferry_stop(r.ferry, &out->road);
    if (r.qdisc)
        qdisc_stop(r.qdisc, &out->road);
    bound_end(&r.server);
    if (result == 0) {
        out->tally = r.exchange->tally;
        out->mails = r.exchange->mails;
        out->recipients = r.exchange->recipients;
        out->hosts = bound_share_sum(r.exchange->client, r.exchange->server);
        out->syn_retransmissions = count_syns(r.lab);
        out->fast_opens = count_fast(r.lab);
        out->cookie_connections = r.exchange->cookie.family != 0;
        count_capture(&r, out);
    } else {
        kernel_release(out);
    }
    lab_free(r.lab);
    meaning_free(r.meaning);
    if (r.memory >= 0)
        close(r.memory);
    if (r.exchange)
        munmap(r.exchange, r.exchange_size);
    errno = error;
    return result;
}

void kernel_release(struct kernel_run *k)
{
    ferry_report_release(&k->road);
}

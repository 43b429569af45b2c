/* SPDX-License-Identifier: BSD-2-Clause */
/* `turnaround serve`: our server on its own, for clients of others. */
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/cmd/cmd.h"
#include "bench/cmd/serve_inner.h"
#include "bench/read/trace.h"
#include "bench/run/host.h"
#include "bench/run/mailbox.h"
#include "smtp/qmtp_server.h"

struct session { /* one accepted connection */
    union {      /* the machine is the first of either */
        struct server server;
        struct qmtp_server qmtp;
    };
    struct tls_machine *tls; /* what it is within; NULL: nothing */
    struct machine *outermost;
    struct endpoint peer;
    struct kept { /* only where there is a mailbox */
        struct mailbox mailbox;
        struct server_config config;
    } * kept;
};

struct secure_session { /* found by its machine, which is first */
    struct tls_machine tls;
    struct session *session;
};

static int put_within_tls(const struct serving *s, struct session *n)
{
    struct secure_session *t;

    n->tls = NULL;
    n->outermost = &n->server.machine;
    if (!s->config.can_secure)
        return 0;
    t = malloc(sizeof *t);
    if (!t)
        return -1;
    t->session = n;
    tls_machine_init(&t->tls, &s->secure.machine, &n->server.machine);
    n->tls = &t->tls;
    n->outermost = &t->tls.machine;
    return 0;
}

static struct session *session_of(const struct serving *s, struct machine *m)
{
    return s->config.can_secure ? ((struct secure_session *)m)->session
                                : (struct session *)m;
}

static struct machine *accept_session(void *arg, struct endpoint peer)
{
    struct serving *s = arg;
    struct session *n = malloc(sizeof *n);
    const struct server_config *config = &s->config;

    if (!n)
        return NULL;
    n->peer = peer;
    n->kept = s->mailbox ? malloc(sizeof *n->kept) : NULL;
    if (n->kept) {
        mailbox_init(&n->kept->mailbox, s->mailbox);
        n->kept->config = s->config;
        n->kept->config.sink = &n->kept->mailbox.sink;
        n->kept->config.keeper = &mailbox_keeper;
        config = &n->kept->config;
    } else if (s->mailbox) {
        free(n);
        return NULL;
    }
    if (put_within_tls(s, n) < 0) {
        free(n->kept);
        free(n);
        return NULL;
    }
    if (s->qmtp)
        qmtp_server_init(&n->qmtp, config);
    else
        server_init(&n->server, config);
    return n->outermost;
}

/* What the session came to, whatever it spoke. */
struct came_to {
    size_t mails, recipients, replies;
    uint64_t text_bytes;
    bool secure, early_talker, authenticated;
};

static struct came_to came_to(const struct serving *s, const struct session *n)
{
    const struct server *v = &n->server;
    const struct qmtp_server *q = &n->qmtp;

    if (s->qmtp)
        return (struct came_to){.mails = q->mails,
                                .recipients = q->recipients,
                                .replies = q->replies,
                                .text_bytes = q->text_bytes,
                                .secure = q->secure};
    return (struct came_to){v->mails,        v->recipients, v->replies,
                            v->text_bytes,   v->secure,     v->early_talker,
                            v->authenticated};
}

/* "TLS 1.3", or why there is none; null where none was asked for. */
static json_t *describe_tls(const struct session *n, bool secure)
{
    const struct tls_engine *e = n->tls ? &n->tls->engine : NULL;

    if (!e || (!secure && !*e->why))
        return json_null();
    return json_string(*e->why ? e->why : tls_version_name(e->version));
}

static void log_session(struct serving *s, const struct session *n,
                        const struct came_to *v)
{
    char peer[ENDPOINT_TEXT];
    json_t *line = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:o}", "client",
        endpoint_text(&n->peer, peer), "messages", (json_int_t)v->mails,
        "recipients", (json_int_t)v->recipients, "body_bytes",
        (json_int_t)v->text_bytes, "replies", (json_int_t)v->replies,
        "spoke_before_greeting", (int)v->early_talker, "authenticated",
        (int)v->authenticated, "tls", describe_tls(n, v->secure));

    json_dumpf(line, s->log, JSON_COMPACT);
    fputc('\n', s->log);
    fflush(s->log);
    json_decref(line);
}

static void end_session(void *arg, struct machine *m)
{
    struct serving *s = arg;
    struct session *n = session_of(s, m);
    struct came_to v = came_to(s, n);

    s->sessions++;
    s->config.qhlo_key += (s->config.flaws & FLAW_STALE_ID) && s->qhlo_ids;
    s->mails += v.mails;
    s->recipients += v.recipients;
    if (s->log)
        log_session(s, n, &v);
    if (n->kept)
        mailbox_release(&n->kept->mailbox);
    free(n->kept);
    if (n->tls)
        tls_machine_release(n->tls);
    free(n->tls);
    free(n);
}

/* A descriptor that tells of Ctrl-C and of kill. */
static int interruptions(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Said once: the kernel keeps the clients in its queue meanwhile. */
static void tell_full(void *arg, int error)
{
    struct serving *s = arg;

    if (!s->full)
        fprintf(stderr,
                "serve: %s (ulimit -Hn is %zu): clients wait until "
                "others leave\n",
                strerror(error), host_raise_limit());
    s->full = true;
}

static int serve(struct serving *s)
{
    const struct host_acceptor acceptor = {s, accept_session, end_session};
    struct host *h = host_new();
    int stop = interruptions(), result = EXIT_INVALID;
    char at[ENDPOINT_TEXT];

    host_raise_limit();
    if (h)
        host_on_full(h, tell_full, s);
    if (h && stop >= 0 && host_stop_on(h, stop) == 0 &&
        host_listen(h, &s->at, &acceptor) == 0) {
        fprintf(stderr, "serve: listening on %s\n", endpoint_text(&s->at, at));
        if (host_run(h, NEVER_NS) == 0)
            result = EXIT_GOOD;
    }
    if (result != EXIT_GOOD)
        fprintf(stderr, "serve: %s: %s\n", endpoint_text(&s->at, at),
                strerror(errno));
    host_free(h);
    for (int i = 0; i < CHECKPOINT_SLOTS; i++)
        mailbox_drop(s->checkpoint.at[i].kept);
    fprintf(stderr, "serve: %zu sessions, %zu messages to %zu recipients\n",
            s->sessions, s->mails, s->recipients);
    if (s->log && s->log_file)
        fclose(s->log);
    if (stop >= 0)
        close(stop);
    return result;
}

int serve_main(int argc, char **argv)
{
    struct serving s = {.at = {{127, 0, 0, 1}, 4, 2525}};
    int first, result = EXIT_USAGE;

    secure_flags_init(&s.secure);
    scenario_init(&s.scenario);
    server_defaults(&s.config, "server.example");
    first = flags_parse(argc, argv, &s.scenario, serve_of_scenario, serve_flags,
                        serve_given, &s);
    if (first == 0) {
        serve_help(stdout);
        result = EXIT_GOOD;
    } else if (first > 0 && first < argc) {
        fprintf(stderr, "serve: \"%s\" is no flag\n", argv[first]);
    } else if (first > 0 && !s.refused && serve_ready(&s)) {
        result = serve(&s);
    }
    secure_flags_release(&s.secure);
    scenario_release(&s.scenario);
    return result;
}

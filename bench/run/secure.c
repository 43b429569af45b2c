/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates and setups of a lab, and its key log. */
#include "bench/run/secure.h"

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench/run/authority.h"
#include "smtp/wire.h"

/* 0-RTT data that a server takes: an envelope of some hundred recipients. */
enum { EARLY_MAX = 16384, SESSIONS = 8 };

void secure_write_key(void *arg, const char *line)
{
    const int *fd = arg;
    struct iovec both[2] = {{(char *)(uintptr_t)line, strlen(line)},
                            {(char *)(uintptr_t) "\n", 1}};

    if (*fd >= 0 && writev(*fd, both, 2) < 0)
        return; /* a log that cannot be written to holds up no mail */
}

int secure_open_keys(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

int secure_log_keys(struct secure *s, const char *path)
{
    s->keylog = secure_open_keys(path);
    return s->keylog < 0 ? -1 : 0;
}

static int make_setups(struct secure *s, const struct scenario *x,
                       const struct certificate *root,
                       const struct certificate *host, char why[TLS_WHY])
{
    const enum tls_version newest =
        x->tls_version == TLS_RELEASE_12 ? TLS_V12 : TLS_V13;
    struct tls_config client = {.max = newest,
                                .anchors = span_of(root->chain),
                                .judged_at_s = AUTHORITY_TODAY_S,
                                .keylog = secure_write_key,
                                .arg = &s->keylog};
    struct tls_config server = {.server = true,
                                .max = newest,
                                .chain = span_of(host->chain),
                                .key = span_of(host->key),
                                .judged_at_s = AUTHORITY_TODAY_S,
                                .half_rtt = x->tls_early_banner};

    if (x->tls_session != TLS_SESSION_FULL)
        client.store = s->store = tls_store_new(SESSIONS);
    if (x->tls_session == TLS_SESSION_0RTT)
        server.early_max = EARLY_MAX;
    s->client = tls_setup_new(&client, why);
    s->server = s->client ? tls_setup_new(&server, why) : NULL;
    return s->server ? 0 : -1;
}

int secure_init(struct secure *s, const struct scenario *x, const char *name,
                int64_t handshake_ns, char why[TLS_WHY])
{
    const struct certificate *root = authority_root(why);
    const struct certificate *host = root ? authority_issue(name, why) : NULL;
    bool implicit = x->tls == TLS_USE_IMPLICIT;

    *s = (struct secure){.keylog = -1};
    if (!host || make_setups(s, x, root, host, why) < 0) {
        secure_release(s);
        return -1;
    }
    s->to =
        (struct tls_machine_config){.setup = s->client,
                                    .implicit = implicit,
                                    .name = name,
                                    .early = x->tls_session == TLS_SESSION_0RTT,
                                    .hello_in_syn = x->tfo && implicit,
                                    .handshake_ns = handshake_ns};
    s->from = (struct tls_machine_config){
        .setup = s->server, .implicit = implicit, .handshake_ns = handshake_ns};
    return 0;
}

void secure_release(struct secure *s)
{
    if (s->client && s->keylog >= 0)
        close(s->keylog);
    tls_setup_free(s->client);
    tls_setup_free(s->server);
    tls_store_free(s->store);
    *s = (struct secure){.keylog = -1};
}

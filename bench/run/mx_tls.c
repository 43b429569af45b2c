/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made on the spot. How a host stands to MTA-STS or DANE is told
 * by its `check`, so each has a certificate that is right. */
#include "bench/run/mx_tls.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/run/authority.h"
#include "smtp/wire.h"

static int make_client(struct mx_tls *t, char why[TLS_WHY])
{
    const struct certificate *root = authority_root(why);
    struct tls_config client = {.judged_at_s = AUTHORITY_TODAY_S};

    if (!root)
        return -1;
    client.anchors = span_of(root->chain);
    t->client = tls_setup_new(&client, why);
    t->to.setup = t->client;
    return t->client ? 0 : -1;
}

static int make_host(struct mx_tls *t, size_t i, const char *name,
                     char why[TLS_WHY])
{
    struct mx_tls_host *h = &t->host[i];
    const struct certificate *own = authority_issue(name, why);
    struct tls_config server = {.server = true,
                                .judged_at_s = AUTHORITY_TODAY_S};

    if (!own)
        return -1;
    server.chain = span_of(own->chain);
    server.key = span_of(own->key);
    h->server = tls_setup_new(&server, why);
    h->config.setup = h->server;
    return h->server ? 0 : -1;
}

struct mx_tls *mx_tls_new(const struct topology *t, char why[TLS_WHY])
{
    struct mx_tls *x = calloc(1, sizeof *x);
    int result = x ? make_client(x, why) : -1;

    if (!x)
        snprintf(why, TLS_WHY, "out of memory");
    for (size_t i = 0; i < t->hosts && result == 0; i++)
        if (t->host[i].tls)
            result = make_host(x, i, t->host[i].name, why);
    if (result == 0)
        return x;
    mx_tls_free(x);
    return NULL;
}

void mx_tls_free(struct mx_tls *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < TOPOLOGY_HOSTS; i++)
        tls_setup_free(t->host[i].server);
    tls_setup_free(t->client);
    free(t);
}
